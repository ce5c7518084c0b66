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
	// Lists are where the candidates stand in the sources' lists, see
	// [Model.Survey]; nil if they were not recalled.
	Lists []float32
	// Weight says how much the example counts; below 0 the reader disliked what
	// they chose.
	Weight float64
}

// maxWeight is the most that one example counts.
const maxWeight = 3

// work is the memory of Learn.
type work struct {
	scoring
	looks    []float64 // by candidate: the logarithm of its place's share of looks
	slopes   []float64 // by candidate: the loss's slope by its utility to all classes
	shared   []float64 // the gradient by the weights that all classes share
	gradient gradient

	// Of Survey: numbers in order, the gradient of the trust.
	order, trust []float64
	// Of candidates that some of the sources propose: themselves, their odds by all
	// features and how high they stand; their scores by features of these sources.
	heard        []feed.Candidate
	odds, stands []float64
	heardScores  []float64
	spared       scoring
}

// Learn takes one step towards the choice. Choices among fewer than two
// candidates, or of no weight, teach nothing. What was recalled is surveyed, too.
// A page's few places tell too little of a context, a channel or a class to take
// steps in what these add; and where pages have taught enough, what no page
// explains teaches no more.
func (m *Model) Learn(c *Choice) {
	if m.cfg.Rate < 0 || len(c.Candidates) < 2 || c.Weight == 0 || math.IsNaN(c.Weight) {
		return
	}
	k := &m.work
	k.looks = k.looks[:0]
	m.mu.RLock()
	k.context = m.contextLocked(c.Query)
	d := &m.minds[k.context.situation()]
	k.weights = d.weigh(k.context, c.Query.Channel, k.weights)
	for _, place := range c.Places {
		k.looks = append(k.looks, m.looks.w[min(int(place), MaxPositions-1)])
	}
	k.mixLocked(d, c.Candidates, k.looks)
	m.mu.RUnlock()
	onPage := c.Places != nil
	k.differentiate(c)
	if c.Lists != nil {
		k.scores = grown(k.scores, len(c.Candidates))
		for i := range k.scores {
			k.scores[i] = k.chance(i)
		}
		m.survey(c.Candidates, c.Lists)
	}
	if !onPage && d.hands.enough(&m.cfg) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if onPage && k.context.situation() != shelved {
		m.judge(d, c, k.looks)
	}
	m.rule(m.cfg.Rate, 0).step(d.general.w, d.general.g, k.shared)
	if m.cfg.ContextRate > 0 && !onPage {
		r := m.rule(m.cfg.ContextRate, m.cfg.Shrink)
		for f := range facets {
			if k.context&(1<<f) != 0 {
				r.step(d.facets[f].w, d.facets[f].g, k.shared)
			}
		}
		if w := m.channelOf(d, c.Query.Channel); w != nil {
			r.step(w.w, w.g, k.shared)
		}
	}
	if m.cfg.ClassRate > 0 && !onPage {
		d.mixture.step(k.context, &k.gradient, m.rule(m.cfg.ClassRate, 0))
	}
	looks := m.rule(max(m.cfg.ContextRate, m.cfg.Rate), 0)
	for i, place := range c.Places {
		at := min(int(place), MaxPositions-1)
		looks.step(m.looks.w[at:at+1], m.looks.g[at:at+1], k.slopes[i:i+1])
	}
	m.version++
}

// negligible is the slope by a candidate's utility that moves no weight. It is
// far below what hundreds of candidates have that nobody chooses: together they
// weigh as much as the one that was chosen.
const negligible = 1e-5

// differentiate fills in the gradient of the loss: -log p(chosen), or
// -log(1-p(chosen)) for what was disliked, times the weight.
func (k *work) differentiate(c *Choice) {
	weight := max(-maxWeight, min(c.Weight, maxWeight))
	var p, part, pull ways // of the chosen: by class, its part of the whole; the loss's slope by p's logarithm
	all := 0.0
	for i := range p {
		p[i] = k.z[c.Chosen][i] / k.sum[i]
		part[i] = k.shares[i] * p[i]
		all += part[i]
	}
	k.gradient.reset(len(k.weights))
	scale := -weight / max(all, 1e-300)
	if weight < 0 {
		scale = -weight / max(1-all, 1e-6)
	}
	for i := range pull {
		pull[i] = scale * part[i]
		k.gradient.share[i] = scale * (part[i] - k.shares[i]*all)
	}
	k.slopes = grown(k.slopes, len(c.Candidates))
	for i := range c.Candidates {
		var d ways
		sum, size := 0.0, 0.0
		for j := range d {
			d[j] = -pull[j] * k.z[i][j] / k.sum[j]
			if i == c.Chosen {
				d[j] += pull[j]
			}
			sum += d[j]
			size += math.Abs(d[j])
		}
		k.slopes[i] = sum
		if size > negligible {
			k.gradient.add(c.Candidates[i].Features, &d)
		}
	}
	k.shared = grown(k.shared, len(k.weights))
	for j := range k.shared {
		k.shared[j] = k.gradient.w[j][0] + k.gradient.w[j][1] + k.gradient.w[j][2] + k.gradient.w[j][3]
	}
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
