package neighbours

import (
	"slices"

	"readnext/internal/feed"
)

// Because returns the article of the reader's past that speaks most for an
// article: what each of the nearest trails says for it counts for the common
// articles in proportion to their weights, and the newest is taken among
// equals. It is false if no trail speaks for the article.
func (m *Model) Because(q *feed.Query, ord feed.Ord) (from feed.Ord, ok bool) {
	if len(q.Acts) == 0 {
		return 0, false
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	m.answerLocked(s, q)
	if s.total(ord) == 0 {
		return 0, false
	}
	credit := make([]float64, len(s.session))
	for _, x := range s.near {
		ords := m.trails.ordsOf(x.slot)[:m.trails.heads[x.slot].n]
		j := slices.Index(ords, ord)
		if j < 0 {
			continue
		}
		m.speakLocked(s, &heard{x, 1 << j})
		common := 0.0
		for _, y := range s.session {
			if slices.Contains(ords, y.ord) {
				common += y.weight
			}
		}
		for k, y := range s.session {
			if slices.Contains(ords, y.ord) {
				credit[k] += s.voice[j] * y.weight / common
			}
		}
	}
	best := 0
	for k := range credit {
		if credit[k] > credit[best] {
			best = k
		}
	}
	return s.session[best].ord, true
}

// Explain says that readers with a session like this one read an article.
func (m *Model) Explain(q *feed.Query, it *feed.Item, _ []float32, _ []float64) (feed.Reason, bool) {
	_, ok := m.Because(q, it.Ord)
	return feed.Reason{Kind: feed.ReasonSession}, ok
}
