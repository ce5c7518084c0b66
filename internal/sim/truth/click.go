package truth

import (
	"math"
	"math/rand/v2"

	"readnext/internal/feed"
)

// Taste is how much a reader likes what an article is about: 1 is love, 0.1
// indifference.
func (w *World) Taste(r *Reader, a *Article, now feed.Millis) float64 {
	taste := r.taste[w.day(now)]
	x := (1-secondShare)*float64(taste[a.Sub]) + secondShare*float64(taste[a.Second])
	if a.broken(now) {
		x = max(x, breakBreadth)
	}
	return x
}

// Interested reports whether an article is one of those a reader comes for.
func (w *World) Interested(r *Reader, a *Article, now feed.Millis) bool {
	return w.Taste(r, a, now) >= 0.5
}

func (a *Article) broken(now feed.Millis) bool { return a.Breaks != 0 && now >= a.Breaks }

// Freshness is what is left of the interest in an article at a time.
func (a *Article) Freshness(now feed.Millis) float64 {
	x := float64(max(0, now-a.Published)) / float64(a.HalfLife)
	return 1 / (1 + x*math.Sqrt(x))
}

// Hazard is h without fatigue.
func (w *World) Hazard(r *Reader, a *Article, now feed.Millis) float64 {
	return w.hazard(r, a, a.Quality, now)
}

// hazard is Hazard as if the quality were another.
func (w *World) hazard(r *Reader, a *Article, quality float64, now feed.Millis) float64 {
	h := w.cfg.Base * w.Taste(r, a, now) * w.trend[w.day(now)][a.Topic] * quality * a.Freshness(now)
	if a.broken(now) {
		h *= breakLift
	}
	return h
}

// Examine is the probability that a reader looks at a position, from 0.
func (r *Reader) Examine(position int) float64 {
	return math.Pow(1+float64(position), -r.Bias)
}

// Mood is what a visit has done to a reader. The zero Mood is a fresh mind.
type Mood struct {
	visit int // 1 more than its number
	shown []uint8
}

// Enter forgets the mood of another visit.
func (w *World) Enter(m *Mood, visit int) {
	if m.visit == visit+1 {
		return
	}
	m.visit = visit + 1
	if m.shown == nil {
		m.shown = make([]uint8, w.cfg.Topics)
	}
	clear(m.shown)
}

// Fatigue is Fatigue^n for a topic.
func (w *World) Fatigue(m *Mood, topic int) float64 {
	x := 1.0
	for range m.shown[topic] {
		x *= w.cfg.Fatigue
	}
	return x
}

// Show has an article shown: it tires of its topic.
func (m *Mood) Show(a *Article) {
	if m.shown[a.Topic] < math.MaxUint8 {
		m.shown[a.Topic]++
	}
}

// ClickProbability is the exact probability of a click.
func (w *World) ClickProbability(r *Reader, m *Mood, a *Article, position int, now feed.Millis) float64 {
	h := w.Hazard(r, a, now) * w.Fatigue(m, a.Topic)
	return r.Examine(position) * -math.Expm1(-h)
}

// Deed is something a reader does with an article.
type Deed struct {
	Action   feed.Action
	After    feed.Millis // since the page was shown
	ReadTime feed.Millis // of a read
}

// Respond tells all that a reader does with an article that is clicked with
// probability p: nothing, or a click, the read that follows, and perhaps more.
// Deeds are ascending by After. The chance in it is the reader's and the
// article's, always the same: shown by two recommenders, an article is clicked
// by both or none as far as their probabilities agree.
func (w *World) Respond(reader int, a *Article, position int, p float64, now feed.Millis) []Deed {
	rng := rand.New(rand.NewPCG(w.cfg.Seed^0x9E3779B97F4A7C15*uint64(reader+1), uint64(a.ID)))
	if rng.Float64() >= p {
		return nil
	}
	// Eyes take about two seconds a position.
	clicked := feed.Second + feed.Millis((1+float64(position))*(500+3000*rng.Float64()))
	liking := min(1, w.Taste(&w.readers[reader], a, now))
	dwell := dwell(rng, a, liking)
	deeds := []Deed{
		{Action: feed.Click, After: clicked},
		{Action: feed.Read, After: clicked + dwell, ReadTime: dwell},
	}
	pleased := liking * a.Substance
	switch u := rng.Float64(); {
	case u < 0.08*pleased:
		deeds = append(deeds, Deed{Action: feed.Collect, After: clicked + dwell + feed.Second})
	case u < 0.12*pleased:
		deeds = append(deeds, Deed{Action: feed.Share, After: clicked + dwell + feed.Second})
	case u > 0.995+0.005*pleased:
		deeds = append(deeds, Deed{Action: feed.Dislike, After: clicked + dwell})
	}
	return deeds
}

// dwell draws how long a reader stays: log-normal (Yi et al., 2014), its
// median between 10 s for nothing much and a minute and a half.
func dwell(rng *rand.Rand, a *Article, liking float64) feed.Millis {
	median := 10 + 80*a.Substance*(0.3+0.7*liking)
	seconds := median * math.Exp(0.9*rng.NormFloat64())
	return feed.Millis(1000 * min(max(seconds, 1), 900))
}
