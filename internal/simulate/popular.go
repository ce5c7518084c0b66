package simulate

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// popular serves what was clicked most, a click counting half after each
// half-life, and then what nobody clicked, newest first.
func popular(halfLife feed.Millis) Policy {
	// Forward decay: a count is the logarithm to base 2 of Σ 2^(t/halfLife),
	// which time does not change. So a click moves its article up, and nothing
	// else ever moves.
	var (
		counts  []float64 // by number
		clicked []int     // numbers, descending by count
	)
	s := newShelf()
	s.order = func(yield func(int) bool) {
		for _, i := range clicked {
			if !yield(i) {
				return
			}
		}
		s.newestFirst(yield)
	}
	s.observe = func(ev *feed.Event) {
		if ev.Action != feed.Click {
			return
		}
		i := int(ev.Article) - 1 // a world's ids are numbers, from 1
		for i >= len(counts) {
			counts = append(counts, math.Inf(-1))
		}
		at := len(clicked)
		if math.IsInf(counts[i], -1) {
			clicked = append(clicked, i)
		} else {
			at = slices.Index(clicked, i)
		}
		t, c := float64(ev.Time)/float64(halfLife), counts[i]
		high, low := max(c, t), min(c, t)
		counts[i] = high + math.Log2(1+math.Exp2(low-high))
		for ; at > 0 && counts[clicked[at-1]] < counts[i]; at-- {
			clicked[at-1], clicked[at] = clicked[at], clicked[at-1]
		}
	}
	return s
}
