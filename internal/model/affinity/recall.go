package affinity

import (
	"math"

	"readnext/internal/feed"
	"readnext/internal/least"
)

// maxPicked bounds Config.Tags and Config.Authors.
const maxPicked = 64

// maxNearest bounds Config.Nearest and what Similar asks of the index.
const maxNearest = 1024

// Recall appends up to n of the newest articles of the reader's strongest tags
// and authors and of the articles nearest to the reader's place in the space of
// embeddings, best first, those put later among equals: those that the query's
// channel may show at its time and that the reader did not act on. Being the
// p-th of its tag's or author's list, from 0, adds
//
//	share/(1+p/16)
//
// to an article's score, share being the tag's or author's in the taste. Being
// the p-th nearest adds as much, with the cosine for the share.
func (m *Model) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	if n <= 0 || len(q.Acts) == 0 {
		return dst
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	s.learn(m, q)
	s.scores.reset(len(q.Acts) + (m.cfg.Tags+m.cfg.Authors)*m.cfg.PerName + m.cfg.Nearest)
	for i := range q.Acts {
		*s.scores.at(uint32(q.Acts[i].Item.Ord)) = unwanted
	}
	m.collect(s, &q.Members, &s.tags, m.tags, m.cfg.Tags)
	m.collect(s, &q.Members, &s.authors, m.authors, m.cfg.Authors)
	if len(s.space) > 0 {
		m.nearest(s, s.sketch(s.space, m.cfg.Dimensions), audience{channel: q.Channel, now: q.Now}, m.cfg.Nearest)
		for p, key := range s.near {
			x := proposal(key)
			*s.scores.at(uint32(x.Ord)) += float64(x.Score) / (1 + float64(p)/16)
		}
	}
	s.order = s.order[:0]
	for _, x := range s.scores.list {
		if x.w > 0 {
			s.order = append(s.order, sortKey(x.w, x.key))
		}
	}
	for left := s.order; n > 0 && len(left) > 0; {
		best := least.Sorted(left, n+n/8) // some may not be shown
		left = left[len(best):]
		for _, key := range best {
			x := proposal(key)
			if n > 0 && m.articles[x.Ord].eligible(q.Members.Rest(x.Ord, q.Channel), q.Now) {
				dst = append(dst, x)
				n--
			}
		}
	}
	return dst
}

// unwanted is the score of what is not to be proposed; nothing outweighs it.
const unwanted = -1e9

// collect scores the articles of the strongest names of a taste.
func (m *Model) collect(s *scratch, members *feed.Members, taste *weights, shelves []shelf, n int) {
	total := taste.total()
	var room [maxPicked]weight
	for _, x := range strongest(taste.list, room[:0], n) {
		if int(x.key) >= len(shelves) {
			continue
		}
		for p, a := range shelves[x.key].articles {
			if !members.May(a.ord) {
				continue
			}
			*s.scores.at(uint32(a.ord)) += x.w / total / (1 + float64(p)/16)
		}
	}
}

// strongest appends the n highest weights above 0, strongest first.
func strongest(list, dst []weight, n int) []weight {
	for _, x := range list {
		if x.w <= 0 || len(dst) == n && stronger(dst[n-1], x) <= 0 {
			continue
		}
		if len(dst) < n {
			dst = append(dst, weight{})
		}
		i := len(dst) - 1
		for ; i > 0 && stronger(x, dst[i-1]) < 0; i-- {
			dst[i] = dst[i-1]
		}
		dst[i] = x
	}
	return dst
}

// sortKey makes proposals sortable as plain numbers: floats above 0 are in the
// order of their bits, so with those flipped the best come first, and the
// higher Ord among equals.
func sortKey(score float64, ord uint32) uint64 {
	return uint64(^math.Float32bits(float32(score)))<<32 | uint64(^ord)
}

// proposal undoes sortKey.
func proposal(key uint64) feed.Proposal {
	return feed.Proposal{Ord: feed.Ord(^uint32(key)), Score: math.Float32frombits(^uint32(key >> 32))}
}

// best appends the first n proposals in order.
func best(order []uint64, n int, dst []feed.Proposal) []feed.Proposal {
	for _, x := range least.Sorted(order, n) {
		dst = append(dst, proposal(x))
	}
	return dst
}
