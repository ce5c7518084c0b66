package recommend

import (
	"cmp"
	"math"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// choose runs recall, filter, shortlist, features, rank and slate for the scratch's query
// and returns up to n places in order; they live in the scratch.
func (r *Recommender) choose(s *scratch, profile *feed.Profile, n int) []slot {
	r.recall(s, profile, n)
	s.filter(profile)
	if len(s.cands) < n {
		r.fill(s, profile, n)
	}
	s.shortlist(max(r.cfg.Ranked, 3*n), r.drawnAfter(s))
	r.rank(s)
	return r.slate(s, profile, n)
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

// recall asks every source and merges what is eligible. Of a reader who has had
// much, and of whom much is dropped again, twice as much is asked for.
func (r *Recommender) recall(s *scratch, profile *feed.Profile, n int) {
	each := max(r.cfg.Recall, 3*n)
	if len(profile.Served)+len(profile.Acted) > each/2 {
		each *= 2
	}
	s.index.reset(each * len(r.Sources))
	s.trust = r.Ranker.Trust(&s.query, s.trust)
	r.propose(s, each)
}

// propose admits what each source proposes.
func (r *Recommender) propose(s *scratch, each int) {
	for i, src := range r.Sources {
		s.proposals = src.Recall(&s.query, each, s.proposals[:0])
		s.fetch(r.Catalog)
		for k, p := range s.proposals {
			if c := s.admit(s.items[k], uint8(i), p.Score); c >= 0 {
				s.stand(c, i, k)
			}
		}
	}
}

// fetch fills items by those of the proposals, nil for what was dropped. They
// lie far apart in memory: a loop that does nothing but fetch them waits for
// many at a time, one that admits waits for each.
func (s *scratch) fetch(c *catalog.Catalog) {
	s.items = s.items[:0]
	sum := feed.ArticleID(0)
	for _, p := range s.proposals {
		it := c.Item(p.Ord)
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

// admit makes an eligible item a candidate of a source, and returns which; nil is
// an article that was dropped since it was proposed, and -1 no candidate.
func (s *scratch) admit(it *feed.Item, source uint8, score float32) int {
	if it == nil {
		return -1
	}
	cand, added := s.index.add(it.ID, int32(len(s.cands)))
	if added {
		c := feed.Candidate{Item: it}
		if !it.Eligible(s.query.Channel, s.query.Now) {
			c.Item = nil // keeps its place, so that it is looked at once
		}
		s.append(c)
	}
	s.cands[cand].Sources |= 1 << source
	if s.explain {
		s.hits = append(s.hits, hit{it.ID, source, score})
	}
	return int(cand)
}

// stand notes that a candidate has a rank in a source's list.
func (s *scratch) stand(cand, source, rank int) {
	at := feed.Standing(rank)
	s.stands[cand] += s.trust[source] * at
	if s.width > 0 {
		s.lists[cand*s.width+source] = at
	}
}

// append adds a candidate that stands nowhere yet.
func (s *scratch) append(c feed.Candidate) {
	s.cands = append(s.cands, c)
	s.stands = append(s.stands, 0)
	for range s.width {
		s.lists = append(s.lists, 0)
	}
}

// filter drops what is ineligible, what was served lately, and what the reader
// ever acted on.
func (s *scratch) filter(profile *feed.Profile) {
	since := s.query.Now - feed.ServedWindow
	for _, sv := range profile.Served {
		if sv.At <= since {
			continue
		}
		if c := s.index.find(sv.Article); c >= 0 {
			s.cands[c].Item = nil
		}
	}
	for _, id := range profile.Acted {
		if c := s.index.find(id); c >= 0 {
			s.cands[c].Item = nil
		}
	}
	s.compact()
}

// compact drops the candidates without an item.
func (s *scratch) compact() {
	n := 0
	for i, c := range s.cands {
		if c.Item != nil {
			s.cands[n], s.stands[n] = c, s.stands[i]
			copy(s.lists[n*s.width:], s.lists[i*s.width:(i+1)*s.width])
			n++
		}
	}
	clear(s.cands[n:])
	s.cands, s.stands, s.lists = s.cands[:n], s.stands[:n], s.lists[:n*s.width]
}

// fill adds the newest eligible articles that no source proposed, until there
// are n candidates or no more articles: what makes pages full.
func (r *Recommender) fill(s *scratch, profile *feed.Profile, n int) {
	s.index.reset(n + len(profile.Served) + len(profile.Acted))
	for i, c := range s.cands {
		s.index.add(c.Item.ID, int32(i))
	}
	since := s.query.Now - feed.ServedWindow
	for _, sv := range profile.Served {
		if sv.At > since {
			s.index.add(sv.Article, 0)
		}
	}
	for _, id := range profile.Acted {
		s.index.add(id, 0)
	}
	r.Catalog.Newest(s.query.Channel, s.query.Now, func(it *feed.Item) bool {
		// An article whose publish time changes meanwhile may be yielded twice.
		if _, added := s.index.add(it.ID, 0); added {
			s.append(feed.Candidate{Item: it})
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

// describe gives the candidates their features.
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
	for _, c := range r.columns {
		c.source.Score(&s.query, s.cands, c.first)
	}
}
