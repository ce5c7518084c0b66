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
type trust struct {
	weights // of the sources, then b
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
)

func newTrust(lists int) trust {
	t := trust{newWeights(lists + 1)}
	for i := range lists {
		t.w[i] = 1
	}
	t.w[lists] = restingTrust
	return t
}

// Trust sets dst to how much the list of each source says of what Rank puts high
// in a query.
func (m *Model) Trust(q *feed.Query, dst []float32) []float32 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t := &m.minds[m.contextLocked(q).situation()].trust
	dst = dst[:0]
	for _, w := range t.w[:m.lists] {
		dst = append(dst, float32(w))
	}
	return dst
}

// Survey learns from the candidates of a query, with their features, how much the
// list of each source is to be trusted: lists has [feed.Standing] of their ranks,
// by candidate and source. Of no more candidates than count as high it learns
// nothing, nor does a model that never learns.
func (m *Model) Survey(q *feed.Query, cands []feed.Candidate, lists []float32) {
	if m.cfg.Rate < 0 || len(cands) <= leading || m.lists == 0 {
		return
	}
	k := &m.work
	m.mu.RLock()
	m.scoreLocked(&k.scoring, q, cands)
	m.mu.RUnlock()
	k.p = append(k.p[:0], k.scores...)
	slices.Sort(k.p)
	bar := k.p[len(k.p)-leading]
	t := &m.minds[k.context.situation()].trust
	k.gradient = grown(k.gradient, m.lists+1)
	clear(k.gradient)
	for i, score := range k.scores {
		x := lists[i*m.lists:][:m.lists]
		z := t.w[m.lists]
		for s, x := range x {
			z += t.w[s] * float64(x)
		}
		slope := 1 / (1 + math.Exp(-z))
		if score >= bar {
			slope--
		}
		for s, x := range x {
			k.gradient[s] += slope * float64(x)
		}
		k.gradient[m.lists] += slope
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rule(trustRate, 0).step(t.w, t.g, k.gradient)
	for s := range m.lists {
		t.w[s] = max(t.w[s], leastTrust)
	}
}
