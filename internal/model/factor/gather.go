package factor

import (
	"slices"

	"readnext/internal/feed"
)

// scratch is a request's working memory, reused.
type scratch struct {
	sources []int32 // numbers of the articles in the reader's past
	past    []feed.Ord
	sums    []float32 // by number; zero between uses
	dirty   []bool    // by stripe of numbers: whether it has sums; likewise
	keys    []uint64
	order   []uint64
	count   [buckets]int32
}

// stripe is how many bits of a number are its place within a stripe.
const stripe = 6

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

// sum adds up what the sources say of each article. What it touched must be
// wiped before the scratch is used again.
func (s *scratch) sum(v *view) {
	if n := len(v.ords); n > len(s.sums) {
		s.sums = make([]float32, (n+1<<stripe-1)>>stripe<<stripe)
		s.dirty = make([]bool, len(s.sums)>>stripe)
	}
	sums, dirty := s.sums, s.dirty
	for _, i := range s.sources {
		to, weights := v.row(i)
		weights = weights[:len(to)]
		for k, j := range to {
			sums[j] += weights[k]
			dirty[j>>stripe] = true
		}
	}
}

// wipe clears the sums.
func (s *scratch) wipe() {
	for b, dirty := range s.dirty {
		if dirty {
			clear(s.sums[b<<stripe:][:1<<stripe])
			s.dirty[b] = false
		}
	}
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
