package recommend

import (
	"math"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/least"
)

// Offer recalls candidates for a query as a refresh does, asking each source
// for so many proposals, adds the items in also, leaves out whatever else the
// reader acted on, fills features, and calls use with them. Unless all are
// wanted, they are the items in also and the shortlist, those that a refresh
// would rank, by the sources that it would ask; then lists is nil. Otherwise it tells where the candidates stand in
// the sources' lists: for each candidate and source [feed.Standing] of its rank,
// 0 if it was not proposed. Both live until use returns.
func (r *Recommender) Offer(q *feed.Query, each int, also []*feed.Item, all bool, use func(cands []feed.Candidate, lists []float32)) {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.empty()
	s.query = *q
	if all {
		s.width = len(r.Sources)
	}
	if !slices.ContainsFunc(also, func(it *feed.Item) bool { return !it.In(q.Channel) }) {
		s.query.Members = r.Catalog.Members(q.Channel)
	}
	if all {
		s.trustAll(len(r.Sources))
		r.noteOffer(s, each, also)
		r.offerAll(s)
		r.describe(s)
		use(s.cands, s.lists[:len(s.cands)*s.width])
		return
	}
	s.trust, s.depth = r.Ranker.Trust(q, s.trust)
	enough := len(also) + min(s.depth, r.cfg.Ranked)
	r.noteOffer(s, each, also)
	r.offerHigh(s, enough)
	if len(s.cands) < enough && s.spares() {
		s.empty()
		s.askAll()
		r.noteOffer(s, each, also)
		r.offerHigh(s, enough)
	}
	r.describe(s)
	use(s.cands, nil)
}

// noteOffer notes some items, what the reader acted on, and what sources that are
// asked propose.
func (r *Recommender) noteOffer(s *scratch, each int, also []*feed.Item) {
	acts := s.query.Acts
	s.found.reset(each*len(r.Sources) + len(also) + len(acts))
	for _, it := range also {
		s.noted[s.place(it.Ord)].also = true
	}
	for i := range acts {
		if x := &s.noted[s.place(acts[i].Item.Ord)]; !x.also {
			x.acted = true
		}
	}
	r.propose(s, each)
}

// offerAll makes candidates of all noted articles that may be offered, and moves
// their places in lists along.
func (r *Recommender) offerAll(s *scratch) {
	s.order = s.order[:0]
	for i := range s.noted {
		s.order = append(s.order, uint64(i))
	}
	s.fetch(r.Catalog, s.order)
	for i, it := range s.items {
		if s.offers(i, it) {
			copy(s.lists[len(s.cands)*s.width:], s.lists[i*s.width:(i+1)*s.width])
			s.cands = append(s.cands, feed.Candidate{Item: it, Sources: s.noted[i].sources})
		}
	}
}

// offerHigh makes candidates of the n noted articles that stand highest, and that
// may be offered.
func (r *Recommender) offerHigh(s *scratch, n int) {
	s.order = s.order[:0]
	for i := range s.noted {
		if x := &s.noted[i]; x.also {
			x.stand = math.MaxFloat32
		}
		s.order = append(s.order, s.key(i, 1))
	}
	for left := s.order; len(left) > 0 && len(s.cands) < n; {
		some := min(len(left), n-len(s.cands)+n/4) // a few may not be offered
		least.Sorted(left, some)
		s.fetch(r.Catalog, left[:some])
		for k, it := range s.items {
			if i := int(uint32(left[k])); len(s.cands) < n && s.offers(i, it) {
				s.cands = append(s.cands, feed.Candidate{Item: it, Sources: s.noted[i].sources})
			}
		}
		left = left[some:]
	}
}

// offers reports whether the i-th noted article, an item or nil, may be offered.
func (s *scratch) offers(i int, it *feed.Item) bool {
	x := &s.noted[i]
	return it != nil && !x.acted && (x.also || it.Eligible(s.query.Channel, s.query.Now))
}
