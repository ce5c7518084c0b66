package trending

import (
	"readnext/internal/feed"
)

// Recall appends up to n proposals: the leaders of every half-life, then the
// seconds, and so on, shorter half-lives first, each article once. The score
// is 1/(1+rank), rank from 0. Only articles that may be shown on the channel
// at the query's time are proposed.
func (m *Model) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	if n <= 0 {
		return dst
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.boards[q.Channel]
	if b == nil {
		return dst
	}
	longest := 0
	for k := range b.lists {
		longest = max(longest, len(b.lists[k].entries))
	}
	proposals := m.frontLocked(b, q.Now, min(n, longest*len(b.lists))).proposals
	return append(dst, proposals[:min(n, len(proposals))]...)
}

// Top appends up to n of a channel's most popular articles by one half-life,
// named by its index, best first. The score is the share of the leader's
// popularity. Of an unknown half-life there are none.
func (m *Model) Top(c feed.ChannelID, halfLife, n int, dst []feed.Proposal) []feed.Proposal {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.boards[c]
	if b == nil || halfLife < 0 || halfLife >= len(b.lists) || n <= 0 {
		return dst
	}
	entries := b.lists[halfLife].entries
	for _, e := range entries[:min(n, len(entries))] {
		dst = append(dst, feed.Proposal{Ord: e.ord, Score: float32(share(e.score, entries[0].score, 1))})
	}
	return dst
}

// taken is a set of articles: a hash table with linear probing.
type taken struct {
	slots []feed.Ord // Ord+1; 0: free
	shift uint
}

// reset empties the set and makes room for n.
func (t *taken) reset(n int) {
	bits := uint(4)
	for 1<<bits < 2*n {
		bits++
	}
	if cap(t.slots) < 1<<bits {
		t.slots = make([]feed.Ord, 1<<bits)
	} else {
		t.slots = t.slots[:1<<bits]
		clear(t.slots)
	}
	t.shift = 32 - bits
}

// add puts an article in and reports whether it is new.
func (t *taken) add(ord feed.Ord) bool {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(ord) * 0x9e3779b1 >> t.shift; ; i++ {
		switch t.slots[i&mask] {
		case 0:
			t.slots[i&mask] = ord + 1
			return true
		case ord + 1:
			return false
		}
	}
}

// find returns an article's slot, below 0 if it is not in the set.
func (t *taken) find(ord feed.Ord) int32 {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(ord) * 0x9e3779b1 >> t.shift; ; i++ {
		switch t.slots[i&mask] {
		case 0:
			return -1
		case ord + 1:
			return int32(i & mask)
		}
	}
}
