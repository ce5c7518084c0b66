package covisit

import "readnext/internal/feed"

// Because returns the article among the reader's latest that says most for
// another: whose readers went on to it. ok is false if none of them says
// anything.
func (m *Model) Because(q *feed.Query, ord feed.Ord) (from feed.Ord, ok bool) {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	s.gather(q, &m.cfg)
	m.mu.RLock()
	defer m.mu.RUnlock()
	reference := m.reference(s.sources)
	most := 0.0
	for _, src := range s.sources {
		f := m.outflow(src, reference)
		for e, to := range f.to {
			if to != ord {
				continue
			}
			if x := f.evidence(e); x > most {
				from, most = src.ord, x
			}
		}
	}
	return from, most > 0
}

// Explain says whose readers went on to an article.
func (m *Model) Explain(q *feed.Query, it *feed.Item, _ []float32, _ []float64) (feed.Reason, bool) {
	from, ok := m.Because(q, it.Ord)
	if !ok {
		return feed.Reason{}, false
	}
	for i := range q.Acts {
		if past := q.Acts[i].Item; past.Ord == from {
			return feed.Reason{Kind: feed.ReasonFollows, Article: past.ID}, true
		}
	}
	return feed.Reason{}, false
}
