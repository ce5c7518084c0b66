package factor

import (
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// lineOfOrds is how many fit in a line of the processor's cache.
const lineOfOrds = 16

// Touch reads what the next observations will need: readers' articles, which lie
// far apart in memory. A loop that does nothing but fetch them waits for many at a
// time. Only the goroutine that changes the model may call it, so it takes no
// lock.
func (m *Model) Touch(ahead []feed.Observation) {
	sum := feed.Ord(0)
	m.ahead = m.ahead[:0]
	for i := range ahead {
		m.ahead = append(m.ahead, m.readers.keys.Touch(keyOf(ahead[i].User)))
	}
	for _, who := range m.ahead {
		if who != recent.None {
			sum += feed.Ord(len(m.readers.ords[who]))
		}
	}
	for _, who := range m.ahead {
		if who == recent.None {
			continue
		}
		ords := m.readers.ords[who]
		for i := 0; i < len(ords); i += lineOfOrds {
			sum += ords[i]
		}
	}
	m.touched = sum
}
