package covisit

import (
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// Touch reads what the next observations will need, for the reason that
// [Model.touchLocked] does: where readers' acts are, and where the edges of the
// articles in them. Only the goroutine that changes the model may call it, so it
// takes no lock.
func (m *Model) Touch(ahead []feed.Observation) {
	sum := feed.Ord(0)
	m.ahead = m.ahead[:0]
	for i := range ahead {
		o := &ahead[i]
		s := m.readers.keys.Touch(keyOf(o.User))
		m.ahead = append(m.ahead, s)
		if int(o.Item.Ord) < len(m.articles) {
			sum += feed.Ord(len(m.articles[o.Item.Ord].channels) + len(m.rows[o.Item.Ord].to))
		}
	}
	for _, s := range m.ahead {
		if s == recent.None {
			continue
		}
		acts := m.readers.actsOf(s)
		for i := 0; i < len(acts); i += 2 { // at most a line of the processor's cache
			sum += acts[i].ord
		}
		sum += feed.Ord(m.readers.held[s])
	}
	for _, s := range m.ahead {
		if s == recent.None {
			continue
		}
		for _, a := range m.readers.actsOf(s)[:m.readers.held[s]] {
			sum += feed.Ord(len(m.rows[a.ord].to))
		}
	}
	m.touched = sum
}
