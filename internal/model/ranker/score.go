package ranker

import (
	"math"

	"readnext/internal/feed"
)

// finalists is how many candidates the hidden layer looks at: those that are
// best without it.
const finalists = 64

// scoring is the working memory of scores.
type scoring struct {
	context Context
	weights []float64 // of the features
	scores  []float64 // by candidate
	best    []float64
	final   []bool  // by candidate: the hidden layer looked at it
	units   []units // by candidate, of finalists
}

// scoreLocked sets s to the candidates' scores in a query.
func (m *Model) scoreLocked(s *scoring, q *feed.Query, cands []feed.Candidate) {
	s.context = m.contextLocked(q)
	d := &m.minds[s.context.situation()]
	s.weights = d.weigh(s.context, q.Channel, s.weights)
	s.scores = s.scores[:0]
	for i := range cands {
		s.scores = append(s.scores, dot(s.weights, cands[i].Features))
	}
	s.final = grown(s.final, len(cands))
	clear(s.final)
	if m.cfg.HiddenRate < 0 {
		return
	}
	s.units = grown(s.units, len(cands))
	least, bar := math.Inf(1), s.bar()
	left := finalists
	for i := range cands {
		if s.scores[i] < bar || left == 0 {
			continue
		}
		left--
		more := d.network.forward(s.context, cands[i].Features, &s.units[i])
		s.scores[i] += more
		s.final[i] = true
		least = min(least, more)
	}
	for i := range cands {
		if !s.final[i] {
			s.scores[i] += least
		}
	}
}

// bar returns the score that finalists reach.
func (s *scoring) bar() float64 {
	if len(s.scores) <= finalists {
		return math.Inf(-1)
	}
	// A heap of the best so far, the least of them first.
	h := append(s.best[:0], s.scores[:finalists]...)
	s.best = h
	for i := finalists/2 - 1; i >= 0; i-- {
		sink(h, i)
	}
	for _, x := range s.scores[finalists:] {
		if x > h[0] {
			h[0] = x
			sink(h, 0)
		}
	}
	return h[0]
}

func sink(h []float64, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[i] <= h[child] {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// weigh sets dst to the weights of features in a context.
func (d *mind) weigh(context Context, channel feed.ChannelID, dst []float64) []float64 {
	dst = append(dst[:0], d.general.w...)
	for f := range facets {
		if context&(1<<f) == 0 {
			continue
		}
		for i, x := range d.facets[f].w {
			dst[i] += x
		}
	}
	if c := d.channels[channel]; c != nil {
		for i, x := range c.w {
			dst[i] += x
		}
	}
	return dst
}

// dot returns w·x. Two sums run side by side, since each addition waits for the
// one before it.
func dot(w []float64, x []float32) float64 {
	w = w[:len(x)]
	a, b := 0.0, 0.0
	i := 0
	for ; i+1 < len(x); i += 2 {
		a += w[i] * float64(x[i])
		b += w[i+1] * float64(x[i+1])
	}
	if i < len(x) {
		a += w[i] * float64(x[i])
	}
	return a + b
}
