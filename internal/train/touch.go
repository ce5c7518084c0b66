package train

import (
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// lineOfActs is how many fill a line of the processor's cache.
const lineOfActs = 2

// Touch reads what the next observations will need: readers' acts, which lie far
// apart in memory. A loop that does nothing but fetch them waits for many at a
// time.
func (t *Trainer) Touch(ahead []feed.Observation) {
	sum := feed.Ord(0)
	t.ahead = t.ahead[:0]
	for i := range ahead {
		t.ahead = append(t.ahead, t.readers.keys.Touch(readerKey(ahead[i].User)))
	}
	for _, who := range t.ahead {
		if who != recent.None {
			sum += feed.Ord(len(t.readers.acts[who]))
		}
	}
	for _, who := range t.ahead {
		if who == recent.None {
			continue
		}
		acts := t.readers.acts[who]
		for i := 0; i < len(acts); i += lineOfActs {
			sum += acts[i].ord
		}
	}
	t.touched = sum
}
