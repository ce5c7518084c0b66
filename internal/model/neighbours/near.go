package neighbours

import (
	"math"
	"math/bits"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/least"
	"readnext/internal/recent"
)

// scratch is a request's working memory, and what came of the last request, so
// that Recall, Score and Because of one request do the work once: a result is
// taken over if nothing was learned since and the question is the same.
type scratch struct {
	version uint64
	user    feed.UserID
	now     feed.Millis
	members feed.Members
	asked   []asked
	next    []asked // what is asked now, until it is known whether it is the same

	session []step
	idle    float64 // what all that neighbours say is multiplied by
	met     []met
	order   []uint64
	near    []near
	heard   []heard
	support float64 // Σ sim of the nearest
	table   table
	ords    []feed.Ord // articles that the nearest speak for
	totals  []float64  // what they say
	voice   []float64
	touched feed.Millis // keeps touchLocked from being optimised away
}

// asked is what of an act in a query matters.
type asked struct {
	at   feed.Millis
	ord  feed.Ord
	sign int8
}

// step is an article in the reader's past.
type step struct {
	ord    feed.Ord
	weight float64
}

// met is a trail that shares an article with the reader's.
type met struct {
	slot   int32
	common int32   // the step that it was met by first
	dot    float64 // Σ weights of common articles
}

// near is one of the trails that speak.
type near struct {
	slot, common int32
	base         float64 // dot/√|s|
}

// heard is one of the nearest trails that speaks for articles that may be in
// the query's channel, and at which places, a bit each: a trail has 64 at most.
type heard struct {
	near
	members uint64
}

// answerLocked makes s hold what the nearest trails say to a query.
func (m *Model) answerLocked(s *scratch, q *feed.Query) {
	s.next = s.next[:0]
	for i := range q.Acts {
		a := &q.Acts[i]
		sign := int8(0)
		if a.Value > 0 {
			sign = 1
		} else if a.Value < 0 {
			sign = -1
		}
		s.next = append(s.next, asked{a.Time, a.Item.Ord, sign})
	}
	if s.version == m.version && s.now == q.Now && s.user == q.User && s.members.Same(&q.Members) && slices.Equal(s.asked, s.next) {
		return
	}
	s.version, s.now, s.user, s.members = m.version, q.Now, q.User, q.Members
	s.asked, s.next = s.next, s.asked
	m.recollectLocked(s)
	m.meetLocked(s)
	m.chooseLocked(s)
	m.hearLocked(s)
}

// recollectLocked collects the reader's latest distinct articles, newest first,
// without those whose newest act is a dislike.
func (m *Model) recollectLocked(s *scratch) {
	s.session, s.idle = s.session[:0], 0
	beyond, last := 1.0, feed.Millis(0)
	for i, a := range s.asked {
		if a.sign <= 0 || len(s.session) == m.cfg.Latest {
			continue
		}
		if len(s.session) == 0 {
			s.idle = m.weigh.idle(s.now, a.at)
		} else if last-a.at > m.cfg.Gap {
			if beyond = m.weigh.beyond; beyond == 0 {
				return
			}
		}
		last = a.at
		same := func(b asked) bool { return b.ord == a.ord && b.sign != 0 }
		if int(a.ord) >= len(m.articles) || slices.ContainsFunc(s.asked[:i], same) {
			continue
		}
		w := beyond * m.weigh.place[len(s.session)] * m.weigh.rarity(m.articles[a.ord].held)
		s.session = append(s.session, step{a.ord, w})
	}
}

// meetLocked finds the trails of others that share articles with the reader's,
// those who acted last on each first.
func (m *Model) meetLocked(s *scratch) {
	own := recent.None
	if s.user != feed.Anonymous {
		own = m.trails.keys.Find(keyOf(s.user))
	}
	s.met = s.met[:0]
	most := 0
	for k, x := range s.session {
		most += len(m.lookLocked(x.ord, k))
	}
	s.table.reset(most)
	for k, x := range s.session {
		readers := m.lookLocked(x.ord, k)
		for i := len(readers) - 1; i >= 0; i-- {
			slot := readers[i]
			if slot == own || m.trails.heads[slot].n < 2 {
				continue
			}
			if v, fresh := s.table.find(slot); fresh {
				*v = int32(len(s.met))
				s.met = append(s.met, met{slot, int32(k), x.weight})
			} else {
				s.met[*v].dot += x.weight
			}
		}
	}
}

// lookLocked returns the readers of the article k places back that are looked at.
func (m *Model) lookLocked(ord feed.Ord, k int) []int32 {
	readers := m.articles[ord].readers
	return readers[max(0, len(readers)-max(1, m.cfg.PerArticle/(1+k))):]
}

// chooseLocked picks the most similar trails, those met first among equals.
func (m *Model) chooseLocked(s *scratch) {
	s.order, s.near, s.support = s.order[:0], s.near[:0], 0
	for i := range s.met {
		x := &s.met[i]
		h := &m.trails.heads[x.slot]
		x.dot *= m.weigh.length[h.n]
		// Floats that are not negative sort like their bits; flipped, the best
		// come first.
		sim := float32(x.dot * m.weigh.fresh(s.now, h.latest))
		s.order = append(s.order, uint64(^math.Float32bits(sim))<<32|uint64(i))
	}
	n := min(m.cfg.Neighbours, len(s.order))
	least.Select(s.order, n)
	for _, o := range s.order[:n] {
		x := &s.met[uint32(o)]
		s.near = append(s.near, near{x.slot, x.common, x.dot})
		s.support += float64(math.Float32frombits(^uint32(o >> 32)))
	}
}

// lineOfTimes is how many fit in a line of the processor's cache.
const lineOfTimes = 8

// touchLocked reads the nearest trails. They lie far apart in memory: a loop that
// does nothing but fetch them waits for many at a time, one that listens waits for
// each.
func (m *Model) touchLocked(s *scratch) {
	sum := feed.Millis(0)
	for _, x := range s.near {
		n := int(m.trails.heads[x.slot].n)
		ords, ats := m.trails.ordsOf(x.slot), m.trails.atsOf(x.slot)
		sum += feed.Millis(ords[0] + ords[n-1])
		for i := 0; i < n; i += lineOfTimes {
			sum += ats[i]
		}
	}
	s.touched = sum
}

// hearLocked adds up what the nearest trails say for articles that the reader
// did not act on and that may be in the query's channel.
func (m *Model) hearLocked(s *scratch) {
	t := &m.trails
	m.touchLocked(s)
	s.heard = s.heard[:0]
	most := len(s.asked)
	for _, x := range s.near {
		h := heard{near: x}
		for j, ord := range t.ordsOf(x.slot)[:t.heads[x.slot].n] {
			if s.members.May(ord) {
				h.members |= 1 << j
			}
		}
		if h.members != 0 {
			s.heard = append(s.heard, h)
			most += bits.OnesCount64(h.members)
		}
	}
	s.table.reset(most)
	for _, a := range s.asked {
		v, _ := s.table.find(int32(a.ord))
		*v = acted
	}
	s.ords, s.totals = s.ords[:0], s.totals[:0]
	for i := range s.heard {
		x := &s.heard[i]
		ords := m.speakLocked(s, x)
		for left := x.members; left != 0; left &= left - 1 {
			j := bits.TrailingZeros64(left)
			v, fresh := s.table.find(int32(ords[j]))
			switch {
			case fresh:
				*v = int32(len(s.ords))
				s.ords = append(s.ords, ords[j])
				s.totals = append(s.totals, s.voice[j])
			case *v != acted:
				s.totals[*v] += s.voice[j]
			}
		}
	}
}

// acted marks articles in the table that the reader acted on.
const acted = int32(-1)

// speakLocked fills s.voice by what a trail says for each of its articles that
// is heard, and returns all of its articles.
func (m *Model) speakLocked(s *scratch, x *heard) []feed.Ord {
	t := &m.trails
	n := t.heads[x.slot].n
	ords := t.ordsOf(x.slot)[:n]
	s.voice = slices.Grow(s.voice[:0], int(n))[:n]
	p := slices.Index(ords, s.session[x.common].ord)
	m.weigh.speak(t.atsOf(x.slot)[:n], p, x.members, x.base, s.now, s.voice)
	return ords
}

// total returns what the nearest say for an article.
func (s *scratch) total(ord feed.Ord) float64 {
	if i, ok := s.table.get(int32(ord)); ok && i != acted {
		return s.totals[i]
	}
	return 0
}
