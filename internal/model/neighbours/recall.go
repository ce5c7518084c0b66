package neighbours

import (
	"math"

	"readnext/internal/feed"
	"readnext/internal/least"
)

// Recall appends up to n articles that the nearest trails speak for, best
// first: those that the query's channel may show at its time and that the
// reader did not act on. Scores are shares of the best.
func (m *Model) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	if n <= 0 || len(q.Acts) == 0 {
		return dst
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	highest := m.rankLocking(s, q)
	for _, o := range least.Sorted(s.order, n) {
		i := uint32(o)
		dst = append(dst, feed.Proposal{Ord: feed.Ord(i), Score: math.Float32frombits(^uint32(o>>32)) / highest})
	}
	return dst
}

// rankLocking fills s.order by the articles that may be shown, so that what is
// less is better, and returns the highest score.
func (m *Model) rankLocking(s *scratch, q *feed.Query) float32 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	m.answerLocked(s, q)
	s.order = s.order[:0]
	highest := float32(0)
	for i, v := range s.totals {
		if ord := s.ords[i]; v > 0 && m.articles[ord].eligible(q.Members.Rest(ord, q.Channel), q.Now) {
			highest = max(highest, float32(v))
			s.order = append(s.order, uint64(^math.Float32bits(float32(v)))<<32|uint64(ord))
		}
	}
	return highest
}
