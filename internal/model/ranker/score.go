package ranker

import (
	"math"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// scoring is the working memory of scores.
type scoring struct {
	context Context
	weights []float64 // of the features, shared by all classes
	scores  []float64 // by candidate

	// Of a mind that was taught: the weights of each class; the classes' shares of
	// choices; by candidate, its utility to each class and then exp(utility -
	// highest); by class, Σ of these and the highest.
	byClass      []ways
	shares       ways
	z            []ways
	sum, highest ways
}

// scoreLocked sets s to the candidates' scores in a query.
func (m *Model) scoreLocked(s *scoring, q *feed.Query, cands []feed.Candidate) {
	s.context = m.contextLocked(q)
	d := &m.minds[s.context.situation()]
	s.weights = d.weigh(s.context, q.Channel, s.weights)
	s.scores = grown(s.scores, len(cands))
	if !d.mixture.taught {
		for i := range cands {
			s.scores[i] = dot(s.weights, cands[i].Features)
			cands[i].Classes = feed.Candidate{}.Classes
		}
		return
	}
	s.mixLocked(d, cands, nil)
	var a ways
	for k := range a {
		a[k] = math.Log(s.shares[k]) - math.Log(s.sum[k]) - s.highest[k]
	}
	for i := range cands {
		if p := s.chance(i); p > least {
			s.scores[i] = decay.Log2(p) * math.Ln2
		} else {
			u := utilities(s.byClass, cands[i].Features)
			for k := range u {
				u[k] += a[k]
			}
			s.scores[i] = u.logSum()
		}
		for k := range a {
			cands[i].Classes[k] = float32(a[k])
		}
	}
}

// mixLocked fills in what a mind's classes make of the candidates; looks are
// added to their utilities, as far as there are any.
func (s *scoring) mixLocked(d *mind, cands []feed.Candidate, looks []float64) {
	s.byClass = d.mixture.weigh(s.weights, s.byClass)
	s.shares = d.mixture.shares(s.context)
	s.mix(cands, looks)
}

// mix fills in what classes make of the candidates by their weights.
func (s *scoring) mix(cands []feed.Candidate, looks []float64) {
	s.z = grown(s.z, len(cands))
	for k := range s.highest {
		s.highest[k] = math.Inf(-1)
	}
	for i := range cands {
		z := utilities(s.byClass, cands[i].Features)
		if len(looks) > 0 {
			for k := range z {
				z[k] += looks[i]
			}
		}
		for k, v := range z {
			s.highest[k] = max(s.highest[k], v)
		}
		s.z[i] = z
	}
	s.sum = ways{}
	for i := range s.z {
		z := &s.z[i]
		for k, v := range z {
			z[k] = exp(v - s.highest[k])
			s.sum[k] += z[k]
		}
	}
}

// least is a probability that is next to none.
const least = 1e-290

// exp returns e^x of an x of at most 0, or 0 where that is next to none.
func exp(x float64) float64 {
	if x < -670 {
		return 0
	}
	return decay.Exp2(x * math.Log2E)
}

// chance returns the probability that a candidate is chosen.
func (s *scoring) chance(i int) float64 {
	p := 0.0
	for k, e := range s.z[i] {
		p += s.shares[k] * e / s.sum[k]
	}
	return p
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// weigh sets dst to the weights of features that all classes share in a context.
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
