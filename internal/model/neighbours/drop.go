package neighbours

import "readnext/internal/feed"

// Drop erases articles, from trails too; a trail that is left empty goes.
func (m *Model) Drop(gone *feed.Gone) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	for s := range int32(len(m.trails.heads)) {
		h := &m.trails.heads[s]
		if h.n == 0 {
			continue // free
		}
		if m.trails.filter(s, gone); h.n == 0 {
			m.trails.remove(s)
		}
	}
	for _, ord := range gone.Ords {
		if int(ord) < len(m.articles) {
			m.articles[ord] = article{}
		}
	}
}

// filter takes articles off a trail.
func (t *trails) filter(s int32, gone *feed.Gone) {
	h, ords, ats := &t.heads[s], t.ordsOf(s), t.atsOf(s)
	kept := 0
	for i := range ords[:h.n] {
		if !gone.Has(ords[i]) {
			ords[kept], ats[kept] = ords[i], ats[i]
			kept++
		}
	}
	h.n, h.latest = int32(kept), 0
	if kept > 0 {
		h.latest = ats[0]
	}
}
