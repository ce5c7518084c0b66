package trending

import (
	"math"
	"slices"
	"sync/atomic"

	"readnext/internal/feed"
)

// board holds the lists of one channel, one for each half-life, and what
// requests made of them.
type board struct {
	lists []list
	front atomic.Pointer[front] // nil once something of the channel has changed
}

// list is the most popular articles of a channel, best first, ties by Ord.
//
// Invariant: entries are exactly the best len(entries) of the channel's listed
// articles that have any popularity, but for those expired for good, which may
// be left out. dropped says that others exist. Popularity only grows, so an
// article enters by its own act, or by a scan once withdrawals have left the
// list shorter than Config.Top.
type list struct {
	entries []entry
	dropped bool
	soonest feed.Millis // no entry expires before; 0: none expires
	short   bool        // it is being filled again; see Model.Drop
}

type entry struct {
	score float64
	ord   feed.Ord
}

// ahead reports whether (s, ord) comes before e.
func ahead(s float64, ord feed.Ord, e entry) bool {
	return s > e.score || s == e.score && ord < e.ord
}

// place returns how many entries come before (s, ord).
func (l *list) place(s float64, ord feed.Ord) int {
	from, to := 0, len(l.entries)
	for from < to {
		i := int(uint(from+to) / 2)
		if e := &l.entries[i]; e.score > s || e.score == s && e.ord < ord {
			from = i + 1
		} else {
			to = i
		}
	}
	return from
}

// find returns the index of an article whose score in the list is s.
func (l *list) find(s float64, ord feed.Ord) (int, bool) {
	i := l.place(s, ord)
	return i, i < len(l.entries) && l.entries[i].ord == ord
}

// nearby is how many places up an article is looked for one by one: most acts
// move it by few.
const nearby = 16

// raise moves an article from one score to a higher one and reports whether it
// was there.
func (l *list) raise(ord feed.Ord, before, after float64) bool {
	if n := len(l.entries); n == 0 || before < l.entries[n-1].score {
		return false
	}
	i, ok := l.find(before, ord)
	if !ok {
		return false
	}
	j := i
	for j > 0 && i-j < nearby && ahead(after, ord, l.entries[j-1]) {
		j--
	}
	if i-j == nearby {
		j = l.place(after, ord)
	}
	copy(l.entries[j+1:i+1], l.entries[j:i])
	l.entries[j] = entry{after, ord}
	return true
}

// insert adds an article that is not in the list, if it is among the best.
func (l *list) insert(ord feed.Ord, s float64, expires feed.Millis, limit int) {
	n := len(l.entries)
	if l.dropped && (n == 0 || !ahead(s, ord, l.entries[n-1])) {
		return // one that was dropped may be better
	}
	i := l.place(s, ord)
	switch {
	case n < limit:
		l.entries = append(l.entries, entry{})
	case i == n:
		l.dropped = true
		return
	default:
		l.dropped = true
	}
	copy(l.entries[i+1:], l.entries[i:])
	l.entries[i] = entry{s, ord}
	if expires != 0 && (l.soonest == 0 || expires < l.soonest) {
		l.soonest = expires
	}
}

// raiseLocked tells a channel's lists of an article's new scores.
func (m *Model) raiseLocked(c feed.ChannelID, ord feed.Ord, before []float64) {
	b := m.boards[c]
	if b == nil {
		b = &board{lists: make([]list, len(m.perMilli))}
		m.boards[c] = b
	}
	scores := m.scores[int(ord)*len(before):]
	for k := range b.lists {
		if !b.lists[k].raise(ord, before[k], scores[k]) {
			m.insertLocked(&b.lists[k], c, k, ord)
		}
	}
}

// putInLocked inserts an article in a channel's lists.
func (m *Model) putInLocked(c feed.ChannelID, ord feed.Ord) {
	if m.scores[int(ord)*len(m.perMilli)] == math.Inf(-1) {
		return // a list is made by the first act in its channel
	}
	b := m.boards[c]
	if b == nil {
		b = &board{lists: make([]list, len(m.perMilli))}
		m.boards[c] = b
	}
	for k := range b.lists {
		m.insertLocked(&b.lists[k], c, k, ord)
	}
}

func (m *Model) insertLocked(l *list, c feed.ChannelID, k int, ord feed.Ord) {
	if m.articles[ord].stale(m.clock) {
		return
	}
	if len(l.entries) == 2*m.cfg.Top && l.soonest != 0 && l.soonest <= m.clock-feed.MaxAhead {
		m.purgeLocked(l, c, k)
		if _, ok := l.find(m.scores[int(ord)*len(m.perMilli)+k], ord); ok {
			return // the scan found it
		}
	}
	l.insert(ord, m.scores[int(ord)*len(m.perMilli)+k], m.articles[ord].expires, 2*m.cfg.Top)
}

// purgeLocked drops what has expired for good from a full list.
func (m *Model) purgeLocked(l *list, c feed.ChannelID, k int) {
	l.soonest = 0
	l.entries = slices.DeleteFunc(l.entries, func(e entry) bool {
		a := &m.articles[e.ord]
		if a.stale(m.clock) {
			return true
		}
		if a.expires != 0 && (l.soonest == 0 || a.expires < l.soonest) {
			l.soonest = a.expires
		}
		return false
	})
	m.refillLocked(l, c, k)
}

// takeOutLocked removes an article from all lists, as it still stands there.
func (m *Model) takeOutLocked(ord feed.Ord, a *article) {
	scores := m.scores[int(ord)*len(m.perMilli):]
	a.listed = false // for the scans
	remove := func(c feed.ChannelID) {
		b := m.boards[c]
		if b == nil {
			return
		}
		left := 0
		for k := range b.lists {
			l := &b.lists[k]
			if i, ok := l.find(scores[k], ord); ok {
				l.entries = slices.Delete(l.entries, i, i+1)
				m.refillLocked(l, c, k)
			}
			left += len(l.entries)
		}
		if left == 0 {
			delete(m.boards, c)
		}
	}
	remove(feed.AllChannels)
	for _, c := range a.channels {
		remove(c)
	}
}

// refillLocked scans all articles for those that a list should hold, once it
// holds fewer than Top and others were dropped. At least Top articles must
// leave between two scans.
func (m *Model) refillLocked(l *list, c feed.ChannelID, k int) {
	if !l.dropped || len(l.entries) >= m.cfg.Top {
		return
	}
	*l = list{entries: l.entries[:0]}
	for i := range m.articles {
		a := &m.articles[i]
		s := m.scores[i*len(m.perMilli)+k]
		if a.listed && s > math.Inf(-1) && a.in(c) && !a.stale(m.clock) {
			l.insert(feed.Ord(i), s, a.expires, 2*m.cfg.Top)
		}
	}
}
