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
	if !slices.ContainsFunc(also, func(it *feed.Item) bool { return !it.In(q.Channel) }) {
		s.query.Members = r.Catalog.Members(q.Channel)
	}
	s.found.reset(each*len(r.Sources) + len(also) + len(q.Acts))
	for _, it := range also {
		s.noted[s.place(it.Ord)].also = true
	}
	for i := range q.Acts {
		if x := &s.noted[s.place(q.Acts[i].Item.Ord)]; !x.also {
			x.acted = true
		}
	}
	s.trustAll(len(r.Sources))
	r.propose(s, each)
	s.order = s.order[:0]
	for i := range s.noted {
		s.order = append(s.order, uint64(i))
	}
	s.fetch(r.Catalog, s.order)
	for i, it := range s.items {
		x := &s.noted[i]
		if x.acted || it == nil || !x.also && !it.Eligible(q.Channel, q.Now) {
			continue
		}
		copy(s.lists[len(s.cands)*s.width:], s.lists[i*s.width:(i+1)*s.width])
		s.cands = append(s.cands, feed.Candidate{Item: it, Sources: x.sources})
	}
	r.describe(s)
	use(s.cands, s.lists[:len(s.cands)*s.width])
}
