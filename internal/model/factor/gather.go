package factor

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// scratch is a request's working memory, reused.
type scratch struct {
	sources []int32 // numbers of the articles in the reader's past
	past    []feed.Ord
	sums    []float32 // by number; zero between uses
	touched []int32   // numbers that may have sums, as far as they are noted
	keys    []uint64
	order   []uint64
	count   [buckets]int32
}

// view returns the fit that answers a query.
func (m *Model) view(q *feed.Query) *view {
	if q.Settled {
		return m.settled.Load()
	}
	return m.serving.Load()
}

// gather collects the articles in the reader's past, the newest History, as
// long as the query's Acted tells them, else from its Acts but for those
// whose newest act is a dislike.
func (s *scratch) gather(v *view, q *feed.Query, limit int) {
	s.sources, s.past = s.sources[:0], s.past[:0]
	if len(q.Acted) > 0 {
		for _, ord := range q.Acted[max(0, len(q.Acted)-limit):] {
			if i := v.find(ord); i != none {
				s.sources = append(s.sources, i)
			}
		}
		return
	}
	for i := range q.Acts {
		a := &q.Acts[i]
		if len(s.sources) == limit {
			return
		}
		if slices.Contains(s.past, a.Item.Ord) {
			continue
		}
		s.past = append(s.past, a.Item.Ord)
		if n := v.find(a.Item.Ord); n != none && a.Value > 0 {
			s.sources = append(s.sources, n)
		}
	}
}

// edges returns how many leave the sources.
func (s *scratch) edges(v *view) int {
	n := 0
	for _, i := range s.sources {
		n += int(v.start[i+1] - v.start[i])
	}
	return n
}

// room makes room for the sums.
func (s *scratch) room(v *view) {
	if len(s.sums) < len(v.ords) {
		s.sums = make([]float32, len(v.ords))
	}
}

// sum adds up what the sources say of each article. The sums must be cleared
// before the scratch is used again.
func (s *scratch) sum(v *view) {
	s.room(v)
	for _, i := range s.sources {
		to, weights := v.row(i)
		weights = weights[:len(to)]
		for k, j := range to {
			s.sums[j] += weights[k]
		}
	}
}

// sumNoting is sum, and notes which articles it touched: those whose sum was 0.
// That is a coin's toss to a processor that would guess it, so each is written
// down, and stays if it counts. One whose sum comes back to 0 is noted again.
// Sums are never -0, since they begin as 0.
func (s *scratch) sumNoting(v *view) {
	s.room(v)
	s.touched = slices.Grow(s.touched[:0], s.edges(v)+1)
	sums, touched, n := s.sums, s.touched[:cap(s.touched)], 0
	for _, i := range s.sources {
		to, weights := v.row(i)
		weights = weights[:len(to)]
		for k, j := range to {
			bits := math.Float32bits(sums[j])
			sums[j] += weights[k]
			touched[n] = j
			n += int((bits - 1) >> 31 &^ (bits >> 31)) // 1 for 0
		}
	}
	s.touched = touched[:n]
}

// erase takes the articles that the reader acted on out of the sums.
func (s *scratch) erase(v *view, q *feed.Query) {
	for _, ord := range q.Acted {
		if i := v.find(ord); i != none {
			s.sums[i] = 0
		}
	}
	for i := range q.Acts {
		if n := v.find(q.Acts[i].Item.Ord); n != none {
			s.sums[n] = 0
		}
	}
}
