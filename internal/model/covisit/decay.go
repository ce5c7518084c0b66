package covisit

import (
	"math"

	"readnext/internal/feed"
)

// moment is a point in time in half-lives since 1970, split into a whole
// number and 2^rest, which is what weights at that time are scaled by.
type moment struct {
	whole float64
	scale float64 // 2^rest, in [1,2)
}

func timeOf(t, halfLife feed.Millis) moment {
	x := float64(t) / float64(halfLife)
	whole := math.Floor(x)
	return moment{whole, exp2(x - whole)}
}

func (t moment) halfLives() float64 { return t.whole + math.Log2(t.scale) }

// logAdd returns log2(2^a + 2^b); -Inf is the logarithm of nothing.
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if d := b - a; d > -64 { // further away b is beyond a's last bit
		return a + math.Log2(1+exp2(d))
	}
	return a
}

// exp2 returns 2^x for |x| < 1000, to within 1e-12 of the value and faster
// than math.Exp2, which guards against what cannot be here: the integer part
// goes into the exponent, a Taylor polynomial around the middle of the interval
// makes the rest.
func exp2(x float64) float64 {
	n := math.Floor(x)
	r := (x - n - 0.5) * math.Ln2
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r*(1./120+r*(1./720+r*(1./5040+
		r*(1./40320+r*(1./362880+r*(1./3628800))))))))))
	return p * math.Sqrt2 * pow2(n)
}

// pow2 returns 2^n for a whole number below 1024; 0 below -1022.
func pow2(n float64) float64 {
	if n < -1022 {
		return 0
	}
	return math.Float64frombits(uint64(1023+int64(n)) << 52)
}
