package recommend

import (
	"slices"

	"readnext/internal/feed"
)

// Offer recalls candidates for a query as a refresh does, asking each source
// for so many proposals, adds the items in also, leaves out whatever else the
// reader acted on, fills features, and calls use with them and with where they
// stand in the sources' lists: for each candidate and source [feed.Standing] of
// its rank, 0 if it was not proposed. Both live until use returns.
func (r *Recommender) Offer(q *feed.Query, each int, also []*feed.Item, use func(cands []feed.Candidate, lists []float32)) {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.empty()
	s.query, s.width = *q, len(r.Sources)
	s.trust = r.Ranker.Trust(&s.query, s.trust)
	if !slices.ContainsFunc(also, func(it *feed.Item) bool { return !it.In(q.Channel) }) {
		s.query.Members = r.Catalog.Members(q.Channel)
	}
	s.index.reset(each*len(r.Sources) + len(also) + len(q.Acts))
	for _, it := range also {
		if _, added := s.index.add(it.ID, int32(len(s.cands))); added {
			s.append(feed.Candidate{Item: it})
		}
	}
	for i := range q.Acts {
		// What was not added before stays without an item.
		if _, added := s.index.add(q.Acts[i].Item.ID, int32(len(s.cands))); added {
			s.append(feed.Candidate{})
		}
	}
	r.propose(s, each)
	s.compact()
	r.describe(s)
	use(s.cands, s.lists)
}
