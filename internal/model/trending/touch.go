package trending

import "readnext/internal/feed"

// Touch reads what the next observations will need: articles' scores, which lie
// far apart in memory. A loop that does nothing but fetch them waits for many at a
// time. Only the goroutine that changes the model may call it, so it takes no
// lock.
func (m *Model) Touch(ahead []feed.Observation) {
	sum := 0.0
	for i := range ahead {
		ord := int(ahead[i].Item.Ord)
		if ord < len(m.articles) {
			sum += m.scores[ord*len(m.perMilli)] + float64(m.articles[ord].published)
		}
	}
	m.touched = sum
}
