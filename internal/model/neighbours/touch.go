package neighbours

import (
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// Touch reads what the next observations will need, for the reason that
// [Model.touchLocked] does: trails, and articles' lists of readers. Only the
// goroutine that changes the model may call it, so it takes no lock.
func (m *Model) Touch(ahead []feed.Observation) {
	sum := feed.Millis(0)
	m.ahead = m.ahead[:0]
	for i := range ahead {
		o := &ahead[i]
		m.ahead = append(m.ahead, m.trails.keys.Touch(keyOf(o.User)))
		if int(o.Item.Ord) < len(m.articles) {
			sum += feed.Millis(len(m.articles[o.Item.Ord].readers))
		}
	}
	for i, s := range m.ahead {
		if ord := ahead[i].Item.Ord; int(ord) < len(m.articles) {
			if readers := m.articles[ord].readers; len(readers) > 0 {
				sum += feed.Millis(readers[0] + readers[len(readers)-1])
			}
		}
		if s == recent.None {
			continue
		}
		ords, ats := m.trails.ordsOf(s), m.trails.atsOf(s)
		sum += feed.Millis(ords[0]+ords[len(ords)-1]) + m.trails.heads[s].latest
		for i := 0; i < len(ats); i += lineOfTimes {
			sum += ats[i]
		}
	}
	m.touched = sum
}
