package response

import (
	"math"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// belief is what is believed of one term of log λ: its mean, beyond what the
// term is taken to be of nothing known, and its spread, as of a time.
type belief struct {
	mean, spread float32
	at           feed.Millis // 0: nothing was ever heard
}

const (
	most  = 8    // a mean is at most, either way
	least = 1e-4 // a spread is at least
)

// Prior is what a belief begins with and returns to: a spread, at a half-life.
// A half-life of 0 is forever.
type Prior struct {
	Spread   float64
	HalfLife feed.Millis
}

// relax takes a belief to a time. Time that goes back changes nothing.
func (b *belief) relax(now feed.Millis, p *Prior) {
	if b.at == 0 {
		*b = belief{0, float32(p.Spread), max(now, 1)}
		return
	}
	if now <= b.at {
		return
	}
	if p.HalfLife > 0 {
		f := decay.Since(b.at, now, 1/float64(p.HalfLife))
		b.mean *= float32(f)
		b.spread = max(float32(p.Spread+f*f*(float64(b.spread)-p.Spread)), least)
	}
	b.at = now
}

// meanAt is what the mean of a belief has become by a time; perMilli is
// 1/half-life, 0 forever.
func (b *belief) meanAt(now feed.Millis, perMilli float64) float32 {
	if perMilli == 0 || b.mean == 0 || now <= b.at {
		return b.mean
	}
	return b.mean * float32(decay.Since(b.at, now, perMilli))
}

// firstRate is the click rate that a site is taken to have.
const firstRate = 0.05

// places is how many places of a page have a term of their own; those below
// share the last one's.
const places = 32

// ages is how many points the curve of ages has: the k-th lies at (2^k-1)
// quarters of an hour, the last one beyond a thousand years.
const ages = 26

const youngest = 15 * feed.Minute

// ageAt returns the point at or before an age, and how far the next one is
// near.
func ageAt(age feed.Millis) (k int, f float64) {
	return between(decay.Log2(1+max(0, float64(age))/float64(youngest)), ages)
}

// ageMean is what the term of a point is taken to be: interest falls by a
// quarter when age doubles.
func ageMean(k int) float64 { return -0.3 * float64(k) }

// tirings is how many points there are of having just seen as many articles on
// a tag.
const tirings = 10

// tiredMean is what the term of a point is taken to be.
func tiredMean(k int) float64 { return -0.05 * float64(k) }

// between returns the whole number at or below x of n, but the last, and how
// near the next one is.
func between(x float64, n int) (k int, f float64) {
	k = min(int(max(x, 0)), n-2)
	return k, min(max(x, 0)-float64(k), 1)
}

// tagPower is what one of n tags weighs.
func tagPower(n int) float64 {
	if n < 1 {
		return 0
	}
	return 1 / math.Sqrt(float64(n))
}
