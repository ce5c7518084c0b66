package covisit

import (
	"math"

	"readnext/internal/feed"
	"readnext/internal/least"
)

// Recall appends up to n articles that follow the reader's latest ones, best
// first: those that the query's channel may show at its time and that the
// reader did not act on. Scores are shares of the best.
func (m *Model) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	s.gather(q, &m.cfg)
	if len(s.sources) == 0 || n <= 0 {
		return dst
	}
	s.table.reset(len(q.Acts) + len(s.sources)*m.cfg.Neighbours)
	for i := range q.Acts {
		s.table.put(q.Acts[i].Item.Ord, acted)
	}
	return m.propose(s, &q.Members, q.Channel, q.Now, n, dst)
}

// Similar appends up to n articles that follow one article, or that it
// follows, best first: those that may be shown on some channel at a time.
// Scores are shares of the best.
func (m *Model) Similar(ord feed.Ord, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	if n <= 0 || ord < 0 {
		return dst
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	s.sources = append(s.sources[:0], source{ord, 1})
	s.table.reset(1 + m.cfg.Neighbours)
	s.table.put(ord, acted)
	return m.propose(s, new(feed.Members), feed.AllChannels, now, n, dst)
}

// acted marks articles in the table that are not to be proposed.
const acted = int32(-1)

// propose appends the best that follow the sources.
func (m *Model) propose(s *scratch, members *feed.Members, c feed.ChannelID, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	s.total, s.order = s.total[:0], s.order[:0]
	m.mu.RLock()
	defer m.mu.RUnlock()
	reference := m.reference(s.sources)
	s.touch(m)
	s.touchEnds(m, members)
	highest := 0.0
	for _, src := range s.sources {
		f := m.outflow(src, reference)
		for e, to := range f.to {
			if !members.May(to) {
				continue
			}
			i, ok := s.table.get(to)
			if !ok {
				if i = acted; m.articles[to].eligible(members.Rest(to, c), now) {
					i = int32(len(s.total))
					s.total = append(s.total, 0)
					s.order = append(s.order, uint64(to))
				}
				s.table.put(to, i)
			}
			if i != acted {
				s.total[i] += f.evidence(e)
				highest = max(highest, s.total[i])
			}
		}
	}
	if highest == 0 {
		return dst
	}
	// Floats that are not negative sort like their bits; the best come first
	// when those are flipped, and the lower Ord among equals.
	for i, v := range s.total {
		s.order[i] |= uint64(^math.Float32bits(float32(v/highest))) << 32
	}
	for _, x := range least.Sorted(s.order, n) {
		dst = append(dst, feed.Proposal{Ord: feed.Ord(uint32(x)), Score: math.Float32frombits(^uint32(x >> 32))})
	}
	return dst
}
