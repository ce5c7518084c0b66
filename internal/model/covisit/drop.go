package covisit

import (
	"math"
	"sync"

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
	inParts(&m.mu, len(m.rows), func(from, to int) { m.dropEdgesLocked(from, to, gone) })
	inParts(&m.mu, len(m.readers.held), func(from, to int) {
		for s := from; s < to; s++ {
			m.readers.drop(int32(s), gone)
		}
	})
	inParts(&m.mu, len(gone.Ords), func(from, to int) {
		for _, ord := range gone.Ords[from:to] {
			if int(ord) < len(m.articles) {
				m.articles[ord] = article{mass: math.Inf(-1)}
			}
		}
	})
}

// inParts calls do for parts of 0 to n-1 and lets others have the lock in
// between.
func inParts(mu sync.Locker, n int, do func(from, to int)) {
	for from := 0; from < n; from += lockFor {
		mu.Lock()
		do(from, min(from+lockFor, n))
		mu.Unlock()
	}
}

// touchedTogether is how many rows are read before they are looked at.
const touchedTogether = 64

// dropEdgesLocked takes out the edges of some rows' articles that are gone, and
// those that lead to any. Rows are touched first, for the reason that
// [Model.touchLocked] does.
func (m *Model) dropEdgesLocked(from, to int, gone *feed.Gone) {
	sum := feed.Ord(0)
	for ; from < to; from += touchedTogether {
		rows := m.rows[from:min(from+touchedTogether, to)]
		for i := range rows {
			for j := 0; j < len(rows[i].to); j += lineOfOrds {
				sum += rows[i].to[j]
			}
		}
		for i := range rows {
			if gone.Has(feed.Ord(from + i)) {
				rows[i] = row{}
			} else {
				rows[i].drop(gone)
			}
		}
	}
	m.touched = sum
}

// drop takes out the edges that lead to articles. Most rows have none, and only
// the ends of their edges are read.
func (r *row) drop(gone *feed.Gone) {
	n := 0
	for n < len(r.to) && !gone.Has(r.to[n]) {
		n++
	}
	if n == len(r.to) {
		return
	}
	for i := n + 1; i < len(r.to); i++ {
		if !gone.Has(r.to[i]) {
			r.to[n], r.weights[n] = r.to[i], r.weights[i]
			n++
		}
	}
	r.shrink(n)
}

// drop takes out a reader's acts on articles.
func (r *readers) drop(s int32, gone *feed.Gone) {
	had := r.held[s]
	if had == 0 {
		return // free
	}
	acts := r.actsOf(s)
	n := 0
	for _, a := range acts[:had] {
		if !gone.Has(a.ord) {
			acts[n] = a
			n++
		}
	}
	if n == 0 {
		r.erase(s)
		return
	}
	clear(acts[n:had])
	r.held[s] = int32(n)
}
