package trending

import (
	"math"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// Score fills the columns from col on: for each half-life two views of the
// share r that a candidate has of the popularity of the channel's leader,
//
//	r^Mildness    and    max(0, 1 + log2(r)/16)
//
// then the click rate and the pace. All lie between 0 and 1; an article without popularity
// has 0, one without exposures a click rate of 1/2.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	b := m.boards[q.Channel]
	leaders := b.leaders()
	var known *front
	if b != nil {
		known = b.front.Load()
	}
	m.touchLocked(s, known, cands)
	prior := m.prior(q.Now)
	shares := 2 * len(m.perMilli)
	s.last = s.last[:0]
	for i := range cands {
		at := known.find(cands[i].Item.Ord)
		if at == nil {
			s.other = m.standingLocked(cands[i].Item.Ord, &leaders)
			at = &s.other
		}
		row := cands[i].Features[col:][:shares+2]
		copy(row, at.shares[:shares])
		row[shares] = float32(m.ctr(&at.rate, prior, q.Now))
		s.last = append(s.last, at.last)
	}
	s.pace(q.Now, cands, col+shares+1)
}

// pace sets a column to max(0, 1 + log2(r)/16), r being the share that a
// candidate has of the highest pace among them: its acts over its age and half
// an hour. It tells a young article that is read from an old one that was.
func (s *scratch) pace(now feed.Millis, cands []feed.Candidate, col int) {
	best := math.Inf(-1)
	for i := range cands {
		age := max(0, float64(now-cands[i].Item.Published)) + float64(30*feed.Minute)
		s.last[i] -= decay.Log2(age)
		best = max(best, s.last[i])
	}
	for i := range cands {
		cands[i].Features[col] = float32(logShare(s.last[i], best))
	}
}

// touchLocked reads what is known of the candidates that are not of the front.
// It lies far apart in memory: a loop that does nothing but fetch waits for many
// at a time, one that computes waits for each.
func (m *Model) touchLocked(s *scratch, known *front, cands []feed.Candidate) {
	halfLives := len(m.perMilli)
	sum := 0.0
	for i := range cands {
		ord := int(cands[i].Item.Ord)
		if ord < len(m.articles) && known.find(feed.Ord(ord)) == nil {
			sum += m.rates[ord].clicks + m.scores[ord*halfLives]
		}
	}
	s.touched = sum
}

// scratch is a request's working memory, reused.
type scratch struct {
	last    []float64 // by candidate: the score of the longest half-life, then the pace
	other   standing
	touched float64 // keeps touchLocked from being optimised away
}
