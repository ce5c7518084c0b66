package factor

import "readnext/internal/feed"

// Explain says whose readers often read an article.
func (m *Model) Explain(q *feed.Query, it *feed.Item, _ []float32, _ []float64) (feed.Reason, bool) {
	from, ok := m.Because(q, it.Ord)
	if !ok {
		return feed.Reason{}, false
	}
	for i := range q.Acts {
		if past := q.Acts[i].Item; past.Ord == from {
			return feed.Reason{Kind: feed.ReasonTogether, Article: past.ID}, true
		}
	}
	return feed.Reason{}, false // too long ago to be told by
}
