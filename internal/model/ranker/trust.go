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
	depthRate = 0.1
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
// the best of them, between 32 and 192. The trust in a source that need not be asked
// is negative: it is what its list would count, see [Config.Spare].
func (m *Model) Trust(q *feed.Query, dst []float32) (trust []float32, depth int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := &m.minds[m.contextLocked(q).situation()]
	dst = dst[:0]
	for s, w := range d.trust.w[:m.lists] {
		if !d.spare.asks(s) {
			w = -w
		}
		dst = append(dst, float32(w))
	}
	return dst, int(math.Ceil(d.trust.depth))
}

// Survey learns from the candidates of a query, with the features and proposals of
// all sources, how much the list of each is to be trusted, and which need not be
// asked: lists has [feed.Standing] of their ranks, by candidate and source. Of no
// more candidates than count as high it learns nothing, nor does a model that never
// learns.
func (m *Model) Survey(q *feed.Query, cands []feed.Candidate, lists []float32) {
	if m.cfg.Rate < 0 || m.lists == 0 || len(cands) <= leading {
		return
	}
	k := &m.work
	m.mu.RLock()
	m.scoreLocked(&k.scoring, q, cands)
	m.mu.RUnlock()
	top := slices.Max(k.scores)
	for i, score := range k.scores {
		k.scores[i] = math.Exp(score - top)
	}
	m.survey(cands, lists)
}

// survey is Survey of candidates whose odds were just taken for scores.
func (m *Model) survey(cands []feed.Candidate, lists []float32) {
	k := &m.work
	if len(cands) <= leading {
		return
	}
	m.surveySpares(cands, lists)
	k.order = append(k.order[:0], k.scores...)
	bar := highest(k.order, leading)[0]
	t := &m.minds[k.context.situation()].trust
	k.trust = grown(k.trust, m.lists+1)
	clear(k.trust)
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
			k.trust[s] += slope * float64(x)
		}
		k.trust[m.lists] += slope
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rule(trustRate, 0).step(t.w, t.g, k.trust)
	for s := range m.lists {
		t.w[s] = max(t.w[s], leastTrust)
	}
}

// deepen moves the depth by the share that was missed.
func (t *trust) deepen(share float64) {
	t.depth *= math.Exp(depthRate * (share - missed))
	t.depth = min(max(t.depth, leastDepth), mostDepth)
}
