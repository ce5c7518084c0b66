package factor

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// scratch is a request's working memory, reused, and what its last question
// came to: Score finds there what Recall added up for the same past.
type scratch struct {
	sources []int32 // numbers of the articles in the reader's past
	past    []feed.Ord

	sums    []float32 // by number: what folded say in the fit of, else zero
	of      *view
	folded  []int32
	noted   bool    // touched holds the numbers that may have sums
	touched []int32 // some of them twice, if the sum went back to 0
	erased  []erased

	keys  []uint64
	order []uint64
	count [buckets]int32
}

// erased is a sum that was put aside.
type erased struct {
	i   int32
	sum float32
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

// fold adds up what the sources say of each article, unless that is what the
// sums hold. Of few edges it is noted which articles have sums; to look at all
// is faster where there are many.
func (s *scratch) fold(v *view) {
	if s.of == v && slices.Equal(s.folded, s.sources) {
		return
	}
	s.wipe()
	if len(s.sums) < len(v.ords) {
		s.sums = make([]float32, len(v.ords))
	}
	s.of, s.folded = v, append(s.folded[:0], s.sources...)
	if s.noted = 4*s.edges(v) < len(v.ords); s.noted {
		s.sumNoting(v)
	} else {
		s.sum(v)
	}
}

// wipe makes all sums zero.
func (s *scratch) wipe() {
	if s.noted {
		for _, i := range s.touched {
			s.sums[i] = 0
		}
	} else {
		clear(s.sums)
	}
	s.of = nil
}

func (s *scratch) sum(v *view) {
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

// erase puts the sums of the articles that the reader acted on aside.
func (s *scratch) erase(v *view, q *feed.Query) {
	s.erased = s.erased[:0]
	aside := func(i int32) {
		if i != none && s.sums[i] != 0 {
			s.erased = append(s.erased, erased{i, s.sums[i]})
			s.sums[i] = 0
		}
	}
	for _, ord := range q.Acted {
		aside(v.find(ord))
	}
	for i := range q.Acts {
		aside(v.find(q.Acts[i].Item.Ord))
	}
}

// restore takes back what erase did.
func (s *scratch) restore() {
	for _, e := range s.erased {
		s.sums[e.i] = e.sum
	}
	s.erased = s.erased[:0]
}
