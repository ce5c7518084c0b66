package recommend

import (
	"cmp"
	"math"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// choose runs recall, shortlist, features, rank and slate for the scratch's query
// and returns up to n places in order; they live in the scratch.
func (r *Recommender) choose(s *scratch, profile *feed.Profile, n int) []slot {
	s.trust, s.depth = r.Ranker.Trust(&s.query, s.trust)
	enough := max(min(s.depth, r.cfg.Ranked), 3*n)
	r.recall(s, profile, n)
	r.shortlist(s, profile, enough)
	if len(s.cands) < enough && s.spares() {
		s.empty()
		s.askAll()
		r.recall(s, profile, n)
		r.shortlist(s, profile, enough)
	}
	if len(s.cands) < n {
		r.fill(s, profile, n)
	}
	r.rank(s)
	return r.slate(s, profile, n)
}

// spares reports whether there are sources that are not asked.
func (s *scratch) spares() bool {
	return slices.ContainsFunc(s.trust, func(w float32) bool { return w < 0 })
}

// trustAll lets all of n sources be asked, alike.
func (s *scratch) trustAll(n int) {
	s.trust = s.trust[:0]
	for range n {
		s.trust = append(s.trust, 1)
	}
}

// askAll lets all sources be asked.
func (s *scratch) askAll() {
	for i, w := range s.trust {
		s.trust[i] = max(w, -w)
	}
}

// drawnAfter is after when an article was published that chance may give a
// place, the end of time if it gives none.
func (r *Recommender) drawnAfter(s *scratch) feed.Millis {
	if policy, _ := r.cfg.slates(s.query.Channel); policy.FreshShare == 0 {
		return math.MaxInt64
	}
	return s.query.Now - r.cfg.FreshFor
}

// best moves the n candidates with the highest scores to the front, in order,
// and returns them. It sorts no more than those: most candidates lose against
// the n-th at first sight.
func (s *scratch) best(n int) []feed.Candidate {
	n = min(n, len(s.cands))
	if n == 0 {
		return nil
	}
	top := s.cands[:n]
	slices.SortFunc(top, byScore)
	for i := n; i < len(s.cands); i++ {
		c := s.cands[i]
		if byScore(c, top[n-1]) > 0 {
			continue
		}
		s.cands[i] = top[n-1]
		at, _ := slices.BinarySearchFunc(top, c, byScore)
		copy(top[at+1:], top[at:n-1])
		top[at] = c
	}
	return top
}

// byScore orders the highest score first and, among equals, the youngest id.
func byScore(a, b feed.Candidate) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return cmp.Compare(b.Item.ID, a.Item.ID)
}

// recall asks every source for proposals. Of a reader who has had much, and of
// whom much is dropped again, twice as much is asked for.
func (r *Recommender) recall(s *scratch, profile *feed.Profile, n int) {
	each := max(r.cfg.Recall, 3*n)
	if len(profile.Served)+len(profile.Acted) > each/2 {
		each *= 2
	}
	s.found.reset(each * len(r.Sources))
	r.propose(s, each)
}

// propose notes what each source that is asked proposes.
func (r *Recommender) propose(s *scratch, each int) {
	for i, src := range r.Sources {
		if s.trust[i] < 0 {
			continue
		}
		s.proposals = src.Recall(&s.query, each, s.proposals[:0])
		for k, p := range s.proposals {
			s.stand(s.note(p, uint8(i)), i, k)
		}
	}
}

// note notes that a source, by number, proposes an article, and returns where.
func (s *scratch) note(p feed.Proposal, source uint8) int32 {
	at := s.place(p.Ord)
	s.noted[at].sources |= 1 << source
	if s.explain {
		s.hits = append(s.hits, hit{p.Ord, source, p.Score})
	}
	return at
}

// place returns where an article is noted.
func (s *scratch) place(ord feed.Ord) int32 {
	at, added := s.found.add(uint64(ord), int32(len(s.noted)))
	if added {
		s.noted = append(s.noted, noted{ord: ord})
		for range s.width {
			s.lists = append(s.lists, 0)
		}
	}
	return at
}

// stand notes that an article has a rank in a source's list.
func (s *scratch) stand(at int32, source, rank int) {
	x := feed.Standing(rank)
	s.noted[at].stand += s.trust[source] * x
	if s.width > 0 {
		s.lists[int(at)*s.width+source] = x
	}
}

// fetch fills items by those of some noted articles, nil for what was dropped. They
// lie far apart in memory: a loop that does nothing but fetch them waits for
// many at a time, one that admits waits for each.
func (s *scratch) fetch(c *catalog.Catalog, some []uint64) {
	s.items = s.items[:0]
	sum := feed.ArticleID(0)
	for _, key := range some {
		it := c.Item(s.noted[uint32(key)].ord)
		s.items = append(s.items, it)
		if it != nil {
			sum += it.ID
			if len(it.Channels) > 0 {
				sum += feed.ArticleID(it.Channels[0])
			}
		}
	}
	s.touched = sum
}

// drop takes the items away of what was served lately, and of what the reader ever
// acted on.
func (s *scratch) drop(profile *feed.Profile) {
	if len(profile.Served)+len(profile.Acted) == 0 {
		return
	}
	s.index.reset(len(s.items))
	for i, it := range s.items {
		if it != nil {
			s.index.add(uint64(it.ID), int32(i))
		}
	}
	since := s.query.Now - feed.ServedWindow
	for _, sv := range profile.Served {
		if sv.At <= since {
			continue
		}
		if i := s.index.find(uint64(sv.Article)); i >= 0 {
			s.items[i] = nil
		}
	}
	for _, id := range profile.Acted {
		if i := s.index.find(uint64(id)); i >= 0 {
			s.items[i] = nil
		}
	}
}

// fill adds the newest eligible articles that no source proposed, until there
// are n candidates or no more articles: what makes pages full.
func (r *Recommender) fill(s *scratch, profile *feed.Profile, n int) {
	s.index.reset(n + len(profile.Served) + len(profile.Acted))
	for i, c := range s.cands {
		s.index.add(uint64(c.Item.ID), int32(i))
	}
	since := s.query.Now - feed.ServedWindow
	for _, sv := range profile.Served {
		if sv.At > since {
			s.index.add(uint64(sv.Article), 0)
		}
	}
	for _, id := range profile.Acted {
		s.index.add(uint64(id), 0)
	}
	r.Catalog.Newest(s.query.Channel, s.query.Now, func(it *feed.Item) bool {
		// An article whose publish time changes meanwhile may be yielded twice.
		if _, added := s.index.add(uint64(it.ID), 0); added {
			s.cands = append(s.cands, feed.Candidate{Item: it})
		}
		return len(s.cands) < n
	})
}

// rank gives the candidates their features and scores. An editor's boost
// multiplies the odds of being chosen, of which scores are the logarithm.
func (r *Recommender) rank(s *scratch) {
	r.describe(s)
	r.Ranker.Rank(&s.query, s.cands)
	for i := range s.cands {
		if c := &s.cands[i]; c.Item.Boost != 1 {
			c.Score += math.Log(float64(c.Item.Boost))
		}
	}
}

// describe gives the candidates their features, of the sources that are asked.
func (r *Recommender) describe(s *scratch) {
	width := len(r.names)
	if need := width * len(s.cands); cap(s.features) < need {
		s.features = make([]float32, need)
	} else {
		s.features = s.features[:need]
		clear(s.features)
	}
	for i := range s.cands {
		s.cands[i].Features = s.features[i*width : (i+1)*width : (i+1)*width]
	}
	for i, c := range r.columns {
		if s.trust[i] < 0 {
			continue
		}
		c.source.Score(&s.query, s.cands, c.first)
	}
}
