package trending

import (
	"math"

	"readnext/internal/feed"
)

// front is the first of a channel's articles and what is known of them, put
// together by the first request after a change of the channel and used by those
// that follow. It says what they would find out for themselves.
type front struct {
	n         int // how many were asked for
	proposals []feed.Proposal
	// from and until bound the times of which proposals holds, until excluded.
	from, until feed.Millis

	table taken   // the ords of rows
	at    []int32 // the row of a slot of the table
	rows  []standing
}

// standing is what features need to know of an article in a channel.
type standing struct {
	shares [2 * MaxHalfLives]float32 // both views for each half-life
	last   float64                   // the score of the longest half-life
	rate   rate
}

// frontLocked returns the front of n articles of a board, or of more, at a time.
// Holding the lock shared is enough: what changes a channel takes its front away
// under the lock.
func (m *Model) frontLocked(b *board, now feed.Millis, n int) *front {
	if f := b.front.Load(); f != nil && f.n >= n && f.from <= now && now < f.until {
		return f
	}
	f := &front{n: n, from: math.MinInt64, until: math.MaxInt64}
	f.table.reset(n)
	m.leadersLocked(b, now, f)
	f.at = make([]int32, len(f.table.slots))
	f.rows = make([]standing, len(f.proposals))
	leaders := b.leaders()
	for i, p := range f.proposals {
		f.at[f.table.find(p.Ord)] = int32(i)
		f.rows[i] = m.standingLocked(p.Ord, &leaders)
	}
	b.front.Store(f)
	return f
}

// leadersLocked lists the leaders of every half-life, then the seconds, and so
// on, shorter half-lives first, each article once.
func (m *Model) leadersLocked(b *board, now feed.Millis, f *front) {
	longest := 0
	for k := range b.lists {
		longest = max(longest, len(b.lists[k].entries))
	}
	for rank := range longest {
		for k := range b.lists {
			entries := b.lists[k].entries
			if rank >= len(entries) {
				continue
			}
			ord := entries[rank].ord
			if !f.eligible(&m.articles[ord], now) || !f.table.add(ord) {
				continue
			}
			f.proposals = append(f.proposals, feed.Proposal{Ord: ord, Score: 1 / float32(1+rank)})
			if len(f.proposals) == f.n {
				return
			}
		}
	}
}

// eligible is the article's, and bounds the times of which it is true.
func (f *front) eligible(a *article, now feed.Millis) bool {
	switch {
	case !a.listed:
		return false
	case a.published > now:
		f.until = min(f.until, a.published)
		return false
	case a.expires != 0 && now >= a.expires:
		f.from = max(f.from, a.expires)
		return false
	}
	f.from = max(f.from, a.published)
	if a.expires != 0 {
		f.until = min(f.until, a.expires)
	}
	return true
}

// find returns what is known of an article, nil if it is not of the front, as
// none is of no front.
func (f *front) find(ord feed.Ord) *standing {
	if f == nil {
		return nil
	}
	if slot := f.table.find(ord); slot >= 0 {
		return &f.rows[f.at[slot]]
	}
	return nil
}

// leaders returns the highest score for each half-life, -Inf where there is none.
func (b *board) leaders() (scores [MaxHalfLives]float64) {
	for k := range scores {
		scores[k] = math.Inf(-1)
	}
	if b == nil {
		return scores
	}
	for k := range b.lists {
		if e := b.lists[k].entries; len(e) > 0 {
			scores[k] = e[0].score
		}
	}
	return scores
}

// standingLocked finds out about an article.
func (m *Model) standingLocked(ord feed.Ord, leaders *[MaxHalfLives]float64) (s standing) {
	halfLives := len(m.perMilli)
	s.last = math.Inf(-1)
	if int(ord) >= len(m.articles) {
		return s
	}
	s.rate = m.rates[ord]
	for k, v := range m.scores[int(ord)*halfLives:][:halfLives] {
		s.shares[2*k] = float32(share(v, leaders[k], m.cfg.Mildness))
		s.shares[2*k+1] = float32(logShare(v, leaders[k]))
		s.last = v
	}
	return s
}

// changedLocked takes the fronts of all mixed and of an article's channels away.
func (m *Model) changedLocked(a *article) {
	if b := m.boards[feed.AllChannels]; b != nil {
		b.front.Store(nil)
	}
	for _, c := range a.channels {
		if b := m.boards[c]; b != nil {
			b.front.Store(nil)
		}
	}
}
