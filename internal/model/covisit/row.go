package covisit

import "readnext/internal/feed"

// row is the edges that leave an article, in the order they came to be in
// their places. Weights are scaled by 2^(t/HalfLife-landmark), landmark being a
// whole number: moving it scales by a power of two and so loses nothing.
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
	x := float32(w * t.scale * pow2(t.whole-r.landmark))
	if x < faintest {
		return
	}
	for i, have := range r.to {
		if have == to {
			r.weights[i].count += x
			r.weights[i].sure += x
			return
		}
	}
	if len(r.to) < limit {
		r.to = append(r.to, to)
		r.weights = append(r.weights, weight{x, x})
		return
	}
	weakest := 0
	least := r.weights[0].count
	for i := range r.weights {
		if c := r.weights[i].count; c < least {
			weakest, least = i, c
		}
	}
	r.to[weakest] = to
	r.weights[weakest] = weight{least + x, x}
}

// move moves the landmark ahead and drops what has become too faint.
func (r *row) move(landmark float64) {
	f := float32(pow2(r.landmark - landmark))
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
	r.to, r.weights = r.to[:n], r.weights[:n]
}
