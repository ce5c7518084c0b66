package affinity

import "readnext/internal/feed"

// Explain says what the reader likes about an article: its tag, its author,
// its channel, or that it is like one they read. lift says what each feature
// adds to its score beyond what it adds to others'; the one with the highest
// lift that the taste bears out is the reason.
func (m *Model) Explain(q *feed.Query, it *feed.Item, _ []float32, lift []float64) (reason feed.Reason, ok bool) {
	if len(q.Acts) == 0 {
		return feed.Reason{}, false
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	s.learn(m, q)
	most := 0.0
	for _, c := range []struct {
		lift float64
		why  func() (feed.Reason, bool)
	}{
		{lift[0] + lift[6] + lift[7], func() (feed.Reason, bool) { return m.likedTag(s, it) }},
		{lift[1] + lift[8], func() (feed.Reason, bool) {
			return feed.Reason{Kind: feed.ReasonAuthor, Name: it.Author}, s.authors.of(uint32(it.Author)) > 0
		}},
		{lift[2], func() (feed.Reason, bool) { return s.likedChannel(it) }},
		{lift[3], func() (feed.Reason, bool) { return m.likeness(q, it) }},
	} {
		if c.lift <= most {
			continue
		}
		if r, borne := c.why(); borne {
			reason, most, ok = r, c.lift, true
		}
	}
	return reason, ok
}

// likedTag returns the tag that adds most to the cosine.
func (m *Model) likedTag(s *scratch, it *feed.Item) (feed.Reason, bool) {
	reason, most := feed.Reason{Kind: feed.ReasonTag}, 0.0
	for _, t := range it.Tags {
		if x := s.tags.of(uint32(t)) * m.idf(t); x > most {
			reason.Name, most = t, x
		}
	}
	return reason, most > 0
}

func (s *scratch) likedChannel(it *feed.Item) (feed.Reason, bool) {
	reason, most := feed.Reason{Kind: feed.ReasonChannel}, 0.0
	for _, c := range it.Channels {
		if x := s.channels.of(uint32(c)); x > most {
			reason.Channel, most = c, x
		}
	}
	return reason, most > 0
}

// likeness returns the article of the reader's past whose weight times cosine
// is the highest.
func (m *Model) likeness(q *feed.Query, it *feed.Item) (feed.Reason, bool) {
	reason, most := feed.Reason{Kind: feed.ReasonLikeness}, 0.0
	own := sketchOf(it.Embedding, feed.MaxEmbedding)
	for rank := range q.Acts[:min(len(q.Acts), m.cfg.Latest)] {
		a := &q.Acts[rank]
		w := m.weigh(a, rank, q.Acts[0].Time)
		if w <= 0 || a.Item.Ord == it.Ord {
			continue
		}
		if x := w * own.cosine(sketchOf(a.Item.Embedding, feed.MaxEmbedding)); x > most {
			reason.Article, most = a.Item.ID, x
		}
	}
	return reason, most > 0
}
