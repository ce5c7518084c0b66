package trending

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// lockFor is how many articles are dropped under one lock, so that requests
// wait for no more.
const lockFor = 4096

// Drop erases articles: popularity, click rates, and places in the lists. What
// they added to the site's click rate stays. Lists that are left too short are
// filled again by one scan of the articles.
func (m *Model) Drop(gone *feed.Gone) {
	if len(gone.Ords) == 0 {
		return
	}
	m.takeOutAll(gone)
	for part := range slices.Chunk(gone.Ords, lockFor) {
		m.mu.Lock()
		for _, ord := range part {
			if int(ord) >= len(m.articles) {
				break
			}
			m.articles[ord], m.rates[ord] = article{}, rate{}
			scores := m.scores[int(ord)*len(m.perMilli):][:len(m.perMilli)]
			for k := range scores {
				scores[k] = math.Inf(-1)
			}
		}
		m.mu.Unlock()
	}
}

// takeOutAll removes articles from all lists, while their scores still stand.
func (m *Model) takeOutAll(gone *feed.Gone) {
	m.mu.Lock()
	defer m.mu.Unlock()
	short := false
	for _, b := range m.boards {
		b.front.Store(nil)
		for k := range b.lists {
			l := &b.lists[k]
			l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return gone.Has(e.ord) })
			if l.short = l.dropped && len(l.entries) < m.cfg.Top; l.short {
				short = true
				*l = list{entries: l.entries[:0], short: true}
			}
		}
	}
	if short {
		m.refillShortLocked(gone)
	}
	for c, b := range m.boards {
		if !slices.ContainsFunc(b.lists, func(l list) bool { return len(l.entries) > 0 }) {
			delete(m.boards, c)
		}
	}
}

// refillShortLocked scans all articles but some for those that short lists
// should hold.
func (m *Model) refillShortLocked(but *feed.Gone) {
	for i := range m.articles {
		a := &m.articles[i]
		if !a.listed || m.scores[i*len(m.perMilli)] == math.Inf(-1) || a.stale(m.clock) || but.Has(feed.Ord(i)) {
			continue
		}
		m.offerLocked(m.boards[feed.AllChannels], feed.Ord(i))
		for _, c := range a.channels {
			m.offerLocked(m.boards[c], feed.Ord(i))
		}
	}
	for _, b := range m.boards {
		for k := range b.lists {
			b.lists[k].short = false
		}
	}
}

// offerLocked inserts an article into a channel's short lists.
func (m *Model) offerLocked(b *board, ord feed.Ord) {
	if b == nil {
		return
	}
	for k := range b.lists {
		if l := &b.lists[k]; l.short {
			l.insert(ord, m.scores[int(ord)*len(m.perMilli)+k], m.articles[ord].expires, 2*m.cfg.Top)
		}
	}
}
