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

// shortlist makes candidates of the n noted articles that stand highest, those
// proposed first among equals, and that may be shown to the reader; and of what
// chance may give a place. An article is fetched only if it stands high enough, or
// if it may count for more than its place in the lists: where editors boost
// articles, or chance gives places to fresh ones.
func (r *Recommender) shortlist(s *scratch, profile *feed.Profile, n int) {
	after := r.drawnAfter(s)
	boosted := r.Catalog.Boosted()
	s.order = s.order[:0]
	for i := range s.noted {
		s.order = append(s.order, s.key(i, 1))
	}
	if boosted || after != math.MaxInt64 {
		r.admit(s, profile, s.order, after, n)
		return
	}
	for left := s.order; len(left) > 0 && len(s.cands) < n; {
		some := min(len(left), n-len(s.cands)+n/4) // a few may not be shown
		least.Sorted(left, some)                   // admit keeps their order among equals
		r.admit(s, profile, left[:some], after, n)
		left = left[some:]
	}
}

// key orders noted articles: the highest standing comes first. Floats that are not
// negative sort like their bits, flipped the other way round.
func (s *scratch) key(i int, boost float32) uint64 {
	return uint64(^math.Float32bits(s.noted[i].stand*boost))<<32 | uint64(i)
}

// admit makes candidates of those of some noted articles that may be shown, as far
// as there is room for n or they were published after a time.
func (r *Recommender) admit(s *scratch, profile *feed.Profile, some []uint64, after feed.Millis, n int) {
	s.fetch(r.Catalog, some)
	for i, it := range s.items {
		if it != nil && !it.Eligible(s.query.Channel, s.query.Now) {
			s.items[i] = nil
		}
	}
	s.drop(profile)
	s.high = s.high[:0]
	for i, it := range s.items {
		if it != nil {
			k := uint32(some[i])
			s.high = append(s.high, s.key(int(k), it.Boost)&^math.MaxUint32|uint64(i))
		}
	}
	room := max(0, n-len(s.cands))
	least.Sorted(s.high, room)
	for k, key := range s.high {
		i := uint32(key)
		if it := s.items[i]; k < room || it.Published > after {
			s.cands = append(s.cands, feed.Candidate{Item: it, Sources: s.noted[uint32(some[i])].sources})
		}
	}
}
