package factor

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// Recall appends up to n articles that the reader's past speaks for, best
// first: those that the query's channel may show at its time and that the
// reader did not act on. Scores are sums of weights, above 0.
func (m *Model) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	v := m.view(q)
	s.gather(v, q, m.cfg.History)
	if len(s.sources) == 0 || n <= 0 {
		return dst
	}
	s.collect(v, q, &q.Members)
	return m.propose(s, v, &q.Members, q.Channel, q.Now, n, dst)
}

// Similar appends up to n articles that one article speaks for, best first:
// those that may be shown on some channel at a time. Scores are shares of the
// strongest edge.
func (m *Model) Similar(ord feed.Ord, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	v := m.serving.Load()
	i := v.find(ord)
	if i == none || n <= 0 {
		return dst
	}
	s.sources = append(s.sources[:0], i)
	s.collect(v, nil, new(feed.Members))
	from := len(dst)
	dst = m.propose(s, v, new(feed.Members), feed.AllChannels, now, n, dst)
	for k := len(dst) - 1; k >= from; k-- {
		dst[k].Score /= dst[from].Score
	}
	return dst
}

// Because returns the article in the reader's past that speaks most for one,
// false if none does.
func (m *Model) Because(q *feed.Query, ord feed.Ord) (from feed.Ord, ok bool) {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	v := m.view(q)
	j := v.find(ord)
	if j == none {
		return 0, false
	}
	s.gather(v, q, m.cfg.History)
	most := float32(0)
	for _, i := range s.sources {
		if w := v.weight(i, j); w > most {
			most, from, ok = w, v.ords[i], true
		}
	}
	return from, ok
}

// Scores above 0 sort like their bits. They are counted by the first 11 bits
// beyond the sign, so that the best are found without sorting all.
const (
	bucketShift = 20
	buckets     = 1 << (31 - bucketShift)
)

// collect lists the sums above 0 of articles that the query's reader did not
// act on and that may be in its channel, and counts them by bucket.
func (s *scratch) collect(v *view, q *feed.Query, members *feed.Members) {
	s.fold(v)
	if q != nil {
		s.erase(v, q)
	}
	if s.noted {
		s.keep(v, s.touched, members)
	} else {
		s.keepAll(v, members)
	}
	s.restore()
	s.count = [buckets]int32{}
	for _, key := range s.keys {
		s.count[key>>(32+bucketShift)%buckets]++
	}
}

// keep lists those of some sums that are above 0, each once.
func (s *scratch) keep(v *view, some []int32, members *feed.Members) {
	s.keys = s.keys[:0]
	for _, i := range some {
		if x := s.sums[i]; x > 0 && members.May(v.ords[i]) {
			s.keys = append(s.keys, uint64(math.Float32bits(x))<<32|uint64(i))
		}
	}
}

// keepAll is keep of all sums.
func (s *scratch) keepAll(v *view, members *feed.Members) {
	s.keys = s.keys[:0]
	for i, x := range s.sums[:len(v.ords)] {
		if x > 0 && members.May(v.ords[i]) {
			s.keys = append(s.keys, uint64(math.Float32bits(x))<<32|uint64(i))
		}
	}
}

// propose appends the n best that may be shown. It looks at the best buckets
// first, and at as many as it needs.
func (m *Model) propose(s *scratch, v *view, members *feed.Members, c feed.ChannelID, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for above, left := buckets, len(s.keys); left > 0 && n > 0; {
		low, got := above, 0
		for got < left && got < n+n/8 { // some may not be shown
			low--
			got += int(s.count[low])
		}
		left -= got
		s.order = s.order[:0]
		for _, key := range s.keys {
			if b := int(key >> (32 + bucketShift)); b >= low && b < above {
				s.order = append(s.order, key^0xffffffff<<32) // best first, lower number among equals
			}
		}
		above = low
		slices.Sort(s.order)
		for k, key := range s.order {
			if k > 0 && key == s.order[k-1] {
				continue // it was noted twice
			}
			ord := v.ords[uint32(key)]
			if n > 0 && m.articles[ord].eligible(members.Rest(ord, c), now) {
				dst = append(dst, feed.Proposal{Ord: ord, Score: math.Float32frombits(^uint32(key >> 32))})
				n--
			}
		}
	}
	return dst
}
