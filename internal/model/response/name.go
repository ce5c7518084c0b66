package response

import (
	"math"

	"readnext/internal/feed"
)

// name is what is believed of a tag or author, and how often articles of it were
// shown.
type name struct {
	belief
	shown float32
}

// halving is after how many exposures all names' are halved: what was shown long
// ago fades.
const halving = 1 << 20

// countLocked counts an exposure for an article's tags.
func (m *Model) countLocked(it *feed.Item) {
	for _, t := range it.Tags {
		m.names[t].shown++
	}
	if m.seen%halving == 0 {
		for i := range m.names {
			m.names[i].shown /= 2
		}
	}
}

// breadthLocked is the square of what a taste for a tag weighs among an
// article's, but for a factor that is the same for all of them: how often it was
// shown. A broad tag is met again soon, so a click is first of all about it.
func (m *Model) breadthLocked(t feed.Name) float32 {
	if int(t) >= len(m.names) {
		return 1
	}
	return 1 + m.names[t].shown
}

// breadthsLocked is the sum of the breadths of an article's tags.
func (m *Model) breadthsLocked(it *feed.Item) float32 {
	sum := float32(0)
	for _, t := range it.Tags {
		sum += m.breadthLocked(t)
	}
	return sum
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }
