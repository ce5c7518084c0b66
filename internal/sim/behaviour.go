package sim

import (
	"math"
	"math/rand/v2"

	"readnext/internal/feed"
)

// The truth about clicks:
//
//	P(click) = examine(position) * relevance
//	examine  = (1+position)^-Bias
//	relevance = sigmoid(base + byTaste*affinity + byAppeal*appeal - byAge*(1-exp(-age/ageScale)))
//
// with affinity the reader's taste for the article's topics, weighed as the
// article mixes them.
const (
	base     = -4.0
	byTaste  = 4.2
	byAppeal = 1.4
	byAge    = 0.9
	ageScale = 36 * feed.Hour
)

// Affinity is how much a reader likes what an article is about, in [0,1].
func (w *World) Affinity(r *Reader, a *Article) float64 {
	return (1-secondShare)*r.Taste[a.Topic] + secondShare*r.Taste[a.Second]
}

// Relevance is the probability that a reader who looks at the article clicks
// it.
func (w *World) Relevance(r *Reader, a *Article, now feed.Millis) float64 {
	age := float64(max(0, now-a.Published))
	x := base + byTaste*w.Affinity(r, a) + byAppeal*a.Appeal - byAge*(1-math.Exp(-age/float64(ageScale)))
	return 1 / (1 + math.Exp(-x))
}

// Examine is the probability that a reader looks at a position, from 0.
func (w *World) Examine(r *Reader, position int) float64 {
	return math.Pow(1+float64(position), -r.Bias)
}

// ClickProbability is the exact probability of a click.
func (w *World) ClickProbability(r *Reader, a *Article, position int, now feed.Millis) float64 {
	return w.Examine(r, position) * w.Relevance(r, a, now)
}

// Click draws whether a reader clicks.
func (w *World) Click(r *Reader, a *Article, position int, now feed.Millis, rng *rand.Rand) bool {
	return rng.Float64() < w.ClickProbability(r, a, position, now)
}

// Deed is something a reader does with an article.
type Deed struct {
	Action   feed.Action
	After    feed.Millis // how long after the page was shown
	ReadTime feed.Millis // of a read
}

// Respond draws all that a reader does with an article at a position: nothing,
// or a click, the read that follows, and perhaps more once it is read. Deeds
// are ascending by After.
func (w *World) Respond(r *Reader, a *Article, position int, now feed.Millis, rng *rand.Rand) []Deed {
	if !w.Click(r, a, position, now, rng) {
		return nil
	}
	// Eyes take about two seconds a position.
	clicked := feed.Second + feed.Millis((1+float64(position))*(500+3000*rng.Float64()))
	dwell := w.dwell(r, a, rng)
	deeds := []Deed{
		{Action: feed.Click, After: clicked},
		{Action: feed.Read, After: clicked + dwell, ReadTime: dwell},
	}
	pleased := w.Affinity(r, a) * a.Substance
	switch u := rng.Float64(); {
	case u < 0.30*pleased:
		deeds = append(deeds, Deed{Action: feed.Collect, After: clicked + dwell + feed.Second})
	case u < 0.45*pleased:
		deeds = append(deeds, Deed{Action: feed.Share, After: clicked + dwell + 2*feed.Second})
	case u > 0.99+0.01*pleased:
		deeds = append(deeds, Deed{Action: feed.Dislike, After: clicked + dwell})
	}
	return deeds
}

// dwell draws how long a reader stays: log-normal, its median between 5 s for
// bait on a dull topic and a minute for a good article on a loved one.
func (w *World) dwell(r *Reader, a *Article, rng *rand.Rand) feed.Millis {
	median := 5 + 55*a.Substance*(0.3+0.7*w.Affinity(r, a))
	seconds := median * math.Exp(0.5*rng.NormFloat64())
	return feed.Millis(1000 * min(max(seconds, 1), 300))
}
