package covisit

import (
	"readnext/internal/decay"
	"readnext/internal/feed"
)

// row is the edges that leave an article, as a binary heap: the weakest count
// is the first, no edge is weaker than its parent. Weights are scaled by
// 2^(t/HalfLife-landmark), landmark being a whole number: moving it scales by
// a power of two and so loses nothing.
//
// Invariant: count >= sure >= 0 and count >= faintest, for every edge.
type row struct {
	landmark float64
	to       []feed.Ord
	weights  []weight
}

// weight is an edge's, by Space-Saving.
type weight struct {
	count float32 // at least its weight
	sure  float32 // at most its weight
}

const (
	// headroom is how many half-lives weights may be ahead of the landmark.
	headroom = 32
	// faintest is the least count that is kept: edges 100 half-lives behind
	// are dropped.
	faintest = 1. / (1 << 50) / (1 << 50)
)

// add adds a weight to an edge.
func (r *row) add(to feed.Ord, t moment, w float64, limit int) {
	if len(r.to) == 0 {
		r.landmark = t.whole
	}
	if t.whole-r.landmark > headroom {
		r.move(t.whole)
	}
	x := float32(w * t.scale * decay.Pow2(t.whole-r.landmark))
	if x < faintest {
		return
	}
	for i, have := range r.to {
		if have == to {
			r.weights[i].count += x
			r.weights[i].sure += x
			r.sink(i)
			return
		}
	}
	if n := len(r.to); n < limit {
		r.to = append(r.to, to)
		r.weights = append(r.weights, weight{x, x})
		r.rise(n)
		return
	}
	r.to[0] = to
	r.weights[0] = weight{r.weights[0].count + x, x}
	r.sink(0)
}

// rise restores the heap after an edge has come in at i.
func (r *row) rise(i int) {
	for i > 0 && r.weights[i].count < r.weights[(i-1)/2].count {
		r.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

// sink restores the heap after the edge at i has become stronger.
func (r *row) sink(i int) {
	weights := r.weights
	to := r.to[:len(weights)]
	edge, w := to[i], weights[i]
	for child := 2*i + 1; child < len(weights); child = 2*i + 1 {
		if child+1 < len(weights) {
			next := 0 // chosen without a branch, since nobody could guess it
			if weights[child+1].count < weights[child].count {
				next = 1
			}
			child += next
		}
		if w.count <= weights[child].count {
			break
		}
		to[i], weights[i] = to[child], weights[child]
		i = child
	}
	to[i], weights[i] = edge, w
}

func (r *row) swap(i, j int) {
	r.to[i], r.to[j] = r.to[j], r.to[i]
	r.weights[i], r.weights[j] = r.weights[j], r.weights[i]
}

// move moves the landmark ahead and drops what has become too faint.
func (r *row) move(landmark float64) {
	f := float32(decay.Pow2(r.landmark - landmark))
	r.landmark = landmark
	n := 0
	for i, w := range r.weights {
		w.count *= f
		w.sure *= f
		if w.count >= faintest {
			r.to[n], r.weights[n] = r.to[i], w
			n++
		}
	}
	r.shrink(n)
}

// shrink restores the heap after all but the first n edges were dropped, in
// any order.
func (r *row) shrink(n int) {
	if n == len(r.to) {
		return
	}
	r.to, r.weights = r.to[:n], r.weights[:n]
	for i := n/2 - 1; i >= 0; i-- {
		r.sink(i)
	}
}
