package ranker

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// trust says by how much the lists of sources lead to what ranks high, before
// there are features. It distils the ranker (Hinton, Vinyals, Dean: Distilling the
// knowledge in a neural network, 2015) into a logistic regression: of a query's
// candidates, one is among the [leading] best with probability
//
//	σ(b + Σ_s w_s · x_s)
//
// where x_s is [feed.Standing] of its rank in the list of source s, 0 if it is not
// there. Weights stay above [leastTrust]: what heads a list gets to be looked at.
//
// How well that tells differs: where lists say most, forty candidates hold what
// ranks high; where it depends on what no list knows, such as how an article was
// received, more are needed. So depth follows how many are: the candidates that
// stand highest, so many that all but [missed] of the [page] best are among them. It
// is moved by each query's share of those that are not (Robbins, Monro: A stochastic
// approximation method, 1951).
type trust struct {
	weights // of the sources, then b
	depth   float64
}

const (
	// leading is how many of a query's candidates count as high: two pages.
	leading = 20
	// leastTrust bounds the weight of a source's list.
	leastTrust = 0.1
	// trustRate is the step of the weights.
	trustRate = 0.05
	// restingTrust is b before anything was learned: one in ten is high.
	restingTrust = -3

	// page is how many candidates a shortlist must not lose.
	page = 10
	// missed is the share of them that it may.
	missed = 0.02
	// depthRate is the step of the depth's logarithm.
	depthRate = 0.05
	// least and most bound the depth, and it begins at the most.
	leastDepth, mostDepth = 32, 192
)

func newTrust(lists int) trust {
	t := trust{newWeights(lists + 1), mostDepth}
	for i := range lists {
		t.w[i] = 1
	}
	t.w[lists] = restingTrust
	return t
}

// Trust sets dst to how much the list of each source says of what Rank puts high
// in a query, and returns how many of the candidates that stand highest by it hold
// the best of them, between 32 and 192.
func (m *Model) Trust(q *feed.Query, dst []float32) (trust []float32, depth int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t := &m.minds[m.contextLocked(q).situation()].trust
	dst = dst[:0]
	for _, w := range t.w[:m.lists] {
		dst = append(dst, float32(w))
	}
	return dst, int(math.Ceil(t.depth))
}

// Survey learns from the candidates of a query, with their features, how much the
// list of each source is to be trusted: lists has [feed.Standing] of their ranks,
// by candidate and source. Of no more candidates than count as high it learns
// nothing, nor does a model that never learns.
func (m *Model) Survey(q *feed.Query, cands []feed.Candidate, lists []float32) {
	if m.cfg.Rate < 0 || m.lists == 0 {
		return
	}
	k := &m.work
	m.mu.RLock()
	m.scoreLocked(&k.scoring, q, cands)
	m.mu.RUnlock()
	m.survey(lists)
}

// survey is Survey of the candidates whose scores were just taken.
func (m *Model) survey(lists []float32) {
	k := &m.work
	n := len(k.scores)
	if n <= leading {
		return
	}
	k.order = append(k.order[:0], k.scores...)
	slices.Sort(k.order)
	bar, best := k.order[n-leading], k.order[n-page]
	t := &m.minds[k.context.situation()].trust
	k.trust = grown(k.trust, m.lists+1)
	clear(k.trust)
	k.stands = k.stands[:0]
	for i, score := range k.scores {
		x := lists[i*m.lists:][:m.lists]
		z := t.w[m.lists]
		for s, x := range x {
			z += t.w[s] * float64(x)
		}
		k.stands = append(k.stands, z)
		slope := 1 / (1 + math.Exp(-z))
		if score >= bar {
			slope--
		}
		for s, x := range x {
			k.trust[s] += slope * float64(x)
		}
		k.trust[m.lists] += slope
	}
	lost := 0
	for i, score := range k.scores {
		if score >= best && k.above(k.stands[i]) >= int(t.depth) {
			lost++
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t.depth *= math.Exp(depthRate * (float64(lost)/page - missed))
	t.depth = min(max(t.depth, leastDepth), mostDepth)
	m.rule(trustRate, 0).step(t.w, t.g, k.trust)
	for s := range m.lists {
		t.w[s] = max(t.w[s], leastTrust)
	}
}

// above returns how many candidates stand higher than one.
func (k *work) above(stand float64) (n int) {
	for _, z := range k.stands {
		if z > stand {
			n++
		}
	}
	return n
}
