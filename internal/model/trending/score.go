package trending

import (
	"math"

	"readnext/internal/feed"
)

// Score fills the columns from col on: for each half-life the share that a
// candidate has of the popularity of the channel's leader, raised to
// Config.Mildness, then the click rate. All lie between 0 and 1; an article
// without popularity has 0, one without exposures a click rate of 1/2.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	halfLives := len(m.perMilli)
	var leaders [MaxHalfLives]float64
	for k := range leaders {
		leaders[k] = math.Inf(-1)
	}
	if b := m.boards[q.Channel]; b != nil {
		for k := range b.lists {
			if e := b.lists[k].entries; len(e) > 0 {
				leaders[k] = e[0].score
			}
		}
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.gatherLocked(s, cands)
	prior := m.prior(q.Now)
	for i := range cands {
		row := cands[i].Features[col:][:halfLives+1]
		scores := s.scores[i*halfLives:][:halfLives]
		for k, v := range scores {
			row[k] = float32(share(v, leaders[k], m.cfg.Mildness))
		}
		row[halfLives] = float32(m.ctr(&s.rates[i], prior, q.Now))
	}
}

// gatherLocked copies what is known of the candidates to where it lies
// together. The articles lie far apart in memory: a loop that does nothing but
// fetch them waits for many at a time, one that computes waits for each.
func (m *Model) gatherLocked(s *scratch, cands []feed.Candidate) {
	s.scores, s.rates = s.scores[:0], s.rates[:0]
	halfLives := len(m.perMilli)
	for i := range cands {
		ord := int(cands[i].Item.Ord)
		if ord >= len(m.articles) {
			for range halfLives {
				s.scores = append(s.scores, math.Inf(-1))
			}
			s.rates = append(s.rates, rate{})
			continue
		}
		s.scores = append(s.scores, m.scores[ord*halfLives:][:halfLives]...)
		s.rates = append(s.rates, m.rates[ord])
	}
}

// scratch is a request's working memory, reused.
type scratch struct {
	scores []float64
	rates  []rate
	seen   taken
}
