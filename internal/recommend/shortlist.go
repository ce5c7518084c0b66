package recommend

import (
	"math"

	"readnext/internal/feed"
	"readnext/internal/least"
)

// Ranking has two stages (Covington, Adams, Sargin: Deep neural networks for
// YouTube recommendations, 2016). What features and a score cost is spent on a
// shortlist: the candidates that stand highest in the lists of the sources that
// proposed them, by the sum of
//
//	boost · trust(source) · standing(rank)
//
// over these (weighted reciprocal rank fusion: Cormack, Clarke, Büttcher, 2009;
// see [feed.Standing]). Scores of different sources do not compare; ranks do. How
// much a source's list is trusted is learned from what the ranker made of
// candidates ([Ranker.Trust]).

// shortlist drops all candidates but the n that stand highest, those proposed
// first among equals, and those published after a time.
func (s *scratch) shortlist(n int, after feed.Millis) {
	if len(s.cands) <= n {
		return
	}
	s.order = s.order[:0]
	for i, x := range s.stands {
		// Floats that are not negative sort like their bits; flipped, the highest
		// come first.
		s.order = append(s.order, uint64(^math.Float32bits(x*s.cands[i].Item.Boost))<<32|uint64(i))
	}
	least.Select(s.order, n)
	for _, key := range s.order[n:] {
		if c := &s.cands[uint32(key)]; c.Item.Published <= after {
			c.Item = nil
		}
	}
	s.compact()
}
