package ranker

import (
	"math"

	"readnext/internal/feed"
)

// Choice is what a reader chose among what they could see.
type Choice struct {
	Query *feed.Query
	// Candidates are what they could see, with their features.
	Candidates []feed.Candidate
	// Chosen is the index of what they chose.
	Chosen int
	// Places are the candidates' places on the page that showed them, from 0;
	// nil if no page did.
	Places []uint16
	// Weight says how much the example counts; below 0 the reader disliked what
	// they chose.
	Weight float64
}

// maxWeight is the most that one example counts.
const maxWeight = 3

// work is the memory of Learn.
type work struct {
	scoring
	p, gradient []float64
	stands      []float64 // of Survey, by candidate
	network     gradient
}

// Learn takes one step towards the choice. Choices among fewer than two
// candidates, or of no weight, teach nothing.
func (m *Model) Learn(c *Choice) {
	if m.cfg.Rate < 0 || len(c.Candidates) < 2 || c.Weight == 0 || math.IsNaN(c.Weight) {
		return
	}
	k := &m.work
	m.mu.RLock()
	m.scoreLocked(&k.scoring, c.Query, c.Candidates)
	m.mu.RUnlock()
	m.softmax(c)
	d := &m.minds[k.context.situation()]
	k.slopes(c.Chosen, c.Weight)
	k.gradient = append(k.gradient[:0], k.weights...)
	clear(k.gradient)
	for i := range c.Candidates {
		slope := k.p[i]
		for j, x := range c.Candidates[i].Features {
			k.gradient[j] += slope * float64(x)
		}
	}
	if m.cfg.HiddenRate > 0 {
		k.network.reset(len(m.names))
		for i := range c.Candidates {
			if k.final[i] && math.Abs(k.p[i]) > negligible {
				k.network.add(&d.network, k.context, c.Candidates[i].Features, &k.units[i], k.p[i])
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rule(m.cfg.Rate, 0).step(d.general.w, d.general.g, k.gradient)
	if m.cfg.ContextRate > 0 {
		r := m.rule(m.cfg.ContextRate, m.cfg.Shrink)
		for f := range facets {
			if k.context&(1<<f) != 0 {
				r.step(d.facets[f].w, d.facets[f].g, k.gradient)
			}
		}
		if w := m.channelOf(d, c.Query.Channel); w != nil {
			r.step(w.w, w.g, k.gradient)
		}
	}
	if m.cfg.HiddenRate > 0 {
		d.network.step(&k.network, m.rule(m.cfg.HiddenRate, 0))
	}
	looks := m.rule(max(m.cfg.ContextRate, m.cfg.Rate), 0)
	for i, place := range c.Places {
		at := min(int(place), MaxPositions-1)
		looks.step(m.looks.w[at:at+1], m.looks.g[at:at+1], k.p[i:i+1])
	}
	m.version++
}

// negligible is the slope by a candidate's score that the hidden layer does not
// hear of.
const negligible = 1e-3

// softmax sets p to the probabilities of being chosen.
func (m *Model) softmax(c *Choice) {
	k := &m.work
	k.p = k.p[:0]
	highest := math.Inf(-1)
	for i, s := range k.scores {
		if c.Places != nil {
			s += m.looks.w[min(int(c.Places[i]), MaxPositions-1)]
		}
		k.p = append(k.p, s)
		highest = max(highest, s)
	}
	sum := 0.0
	for i, s := range k.p {
		k.p[i] = math.Exp(s - highest)
		sum += k.p[i]
	}
	for i := range k.p {
		k.p[i] /= sum
	}
}

// slopes turns probabilities p into the derivatives of the loss by the scores:
// that of -log p(chosen), or of -log(1-p(chosen)) for what was disliked.
func (k *work) slopes(chosen int, weight float64) {
	if weight > 0 {
		weight = min(weight, maxWeight)
		for i := range k.p {
			k.p[i] *= weight
		}
		k.p[chosen] -= weight
		return
	}
	weight = min(-weight, maxWeight)
	p := k.p[chosen]
	others := max(1-p, 1e-6)
	for i := range k.p {
		k.p[i] *= -weight * p / others
	}
	k.p[chosen] = weight * p
}

// channelOf returns what a channel adds, nil for those beyond the bound.
func (m *Model) channelOf(d *mind, c feed.ChannelID) *weights {
	w := d.channels[c]
	if w == nil && len(d.channels) < m.cfg.Channels {
		fresh := newWeights(len(m.names))
		w = &fresh
		d.channels[c] = w
	}
	return w
}

// rule is how a step is taken.
type rule struct{ rate, shrink, fade, caution float64 }

func (m *Model) rule(rate, shrink float64) rule {
	return rule{rate, shrink, 1 - 1/m.cfg.Memory, m.cfg.Caution}
}

// step takes one step of AdaGrad in weights w with fading sums g of squared
// gradients. Weights without a gradient stay as they are.
func (r rule) step(w, g, gradient []float64) {
	for i, d := range gradient {
		if d == 0 {
			continue
		}
		d += r.shrink * w[i]
		g[i] = g[i]*r.fade + d*d
		w[i] -= r.rate * d / math.Sqrt(r.caution+g[i])
	}
}
