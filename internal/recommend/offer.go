package recommend

import (
	"slices"

	"readnext/internal/feed"
)

// Offer recalls candidates for a query as a refresh does, asking each source
// for so many proposals, adds the items in also, leaves out whatever else the
// reader acted on, fills features, and calls use. The candidates live until use
// returns.
func (r *Recommender) Offer(q *feed.Query, each int, also []*feed.Item, use func([]feed.Candidate)) {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.proposals, s.hits, s.cands, s.stands = s.proposals[:0], s.hits[:0], s.cands[:0], s.stands[:0]
	s.query = *q
	if !slices.ContainsFunc(also, func(it *feed.Item) bool { return !it.In(q.Channel) }) {
		s.query.Members = r.Catalog.Members(q.Channel)
	}
	s.index.reset(each*len(r.Sources) + len(also) + len(q.Acts))
	for _, it := range also {
		if _, added := s.index.add(it.ID, int32(len(s.cands))); added {
			s.cands, s.stands = append(s.cands, feed.Candidate{Item: it}), append(s.stands, 0)
		}
	}
	for i := range q.Acts {
		// What was not added before stays without an item.
		if _, added := s.index.add(q.Acts[i].Item.ID, int32(len(s.cands))); added {
			s.cands, s.stands = append(s.cands, feed.Candidate{}), append(s.stands, 0)
		}
	}
	r.propose(s, each)
	s.compact()
	r.describe(s)
	use(s.cands)
}
