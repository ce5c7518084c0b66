package covisit

import (
	"math"

	"readnext/internal/feed"
)

// lockFor is how many rows, readers or articles are gone through under one
// lock, so that requests wait for no more.
const lockFor = 4096

// Drop erases articles: their edges and those that lead to them, their mass,
// and readers' acts on them, readers without other acts included.
//
// It goes through all edges. While it does, the articles keep their mass, so
// that what is left of their edges still means what it did.
func (m *Model) Drop(gone *feed.Gone) {
	if len(gone.Ords) == 0 {
		return
	}
	inParts(&m.mu, len(m.rows), func(i int) {
		if r := &m.rows[i]; gone.Has(feed.Ord(i)) {
			*r = row{}
		} else {
			r.drop(gone)
		}
	})
	inParts(&m.mu, len(m.readers.slots), func(s int) { m.readers.drop(int32(s), gone) })
	inParts(&m.mu, len(gone.Ords), func(i int) {
		if ord := int(gone.Ords[i]); ord < len(m.articles) {
			m.articles[ord] = article{mass: math.Inf(-1)}
		}
	})
}

// inParts calls do for 0 to n-1 and lets others have the lock now and then.
func inParts(mu interface {
	Lock()
	Unlock()
}, n int, do func(i int)) {
	for from := 0; from < n; from += lockFor {
		mu.Lock()
		for i := from; i < min(from+lockFor, n); i++ {
			do(i)
		}
		mu.Unlock()
	}
}

// drop takes out the edges that lead to articles.
func (r *row) drop(gone *feed.Gone) {
	n := 0
	for i, to := range r.to {
		if !gone.Has(to) {
			r.to[n], r.weights[n] = to, r.weights[i]
			n++
		}
	}
	r.shrink(n)
}

// drop takes out a reader's acts on articles.
func (r *readers) drop(s int32, gone *feed.Gone) {
	slot := &r.slots[s]
	if slot.n == 0 {
		return // free
	}
	acts := r.actsOf(s)
	n := 0
	for _, a := range acts[:slot.n] {
		if !gone.Has(a.ord) {
			acts[n] = a
			n++
		}
	}
	if n == 0 {
		r.forget(slot.key)
		return
	}
	clear(acts[n:slot.n])
	slot.n = int32(n)
}
