package response

import (
	"slices"

	"readnext/internal/feed"
)

// lockFor is how many readers are gone through under one lock, so that requests
// wait for no more.
const lockFor = 4096

// Drop erases what is believed of articles and names, the tastes for those
// names and the exposures of those articles.
func (m *Model) Drop(gone *feed.Gone) {
	if len(gone.Ords) == 0 && len(gone.Names) == 0 {
		return
	}
	m.mu.Lock()
	for _, ord := range gone.Ords {
		if int(ord) < len(m.articles) {
			m.articles[ord] = belief{}
		}
	}
	for _, n := range gone.Names {
		if int(n) < len(m.names) {
			m.names[n] = name{}
		}
	}
	readers := m.readers.lru.Values()
	m.mu.Unlock()
	for part := range slices.Chunk(readers, lockFor) {
		m.mu.Lock()
		for _, r := range part {
			r.shown = slices.DeleteFunc(r.shown, func(x shown) bool { return gone.Has(x.ord) })
			if len(gone.Names) > 0 {
				r.tastes = slices.DeleteFunc(r.tastes, func(t taste) bool { return gone.HasName(t.name) })
			}
		}
		m.mu.Unlock()
	}
}
