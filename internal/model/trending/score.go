package trending

import (
	"math"

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
		row := cands[i].Features[col:][:2*halfLives+2]
		scores := s.scores[i*halfLives:][:halfLives]
		for k, v := range scores {
			row[2*k] = float32(share(v, leaders[k], m.cfg.Mildness))
			row[2*k+1] = float32(logShare(v, leaders[k]))
		}
		row[2*halfLives] = float32(m.ctr(&s.rates[i], prior, q.Now))
	}
	m.paceLocked(s, q.Now, cands, col+2*halfLives+1)
}

// paceLocked sets a column to max(0, 1 + log2(r)/16), r being the share that a
// candidate has of the highest pace among them: its acts over its age and half
// an hour. It tells a young article that is read from an old one that was.
func (m *Model) paceLocked(s *scratch, now feed.Millis, cands []feed.Candidate, col int) {
	halfLives := len(m.perMilli)
	best := math.Inf(-1)
	for i := range cands {
		age := max(0, float64(now-cands[i].Item.Published)) + float64(30*feed.Minute)
		pace := &s.scores[i*halfLives+halfLives-1]
		*pace -= math.Log2(age)
		best = max(best, *pace)
	}
	for i := range cands {
		cands[i].Features[col] = float32(logShare(s.scores[i*halfLives+halfLives-1], best))
	}
}

// gatherLocked copies what is known of the candidates to where it lies
// together. The articles lie far apart in memory: a loop that does nothing but
// fetch them waits for many at a time, one that computes waits for each.
func (m *Model) gatherLocked(s *scratch, cands []feed.Candidate) {
	halfLives := len(m.perMilli)
	if cap(s.rates) < len(cands) {
		s.rates = make([]rate, len(cands))
		s.scores = make([]float64, len(cands)*halfLives)
	}
	s.rates, s.scores = s.rates[:len(cands)], s.scores[:len(cands)*halfLives]
	for i := range cands {
		to := s.scores[i*halfLives:][:halfLives]
		ord := int(cands[i].Item.Ord)
		if ord >= len(m.articles) {
			s.rates[i] = rate{}
			for k := range to {
				to[k] = math.Inf(-1)
			}
			continue
		}
		s.rates[i] = m.rates[ord]
		copy(to, m.scores[ord*halfLives:][:halfLives])
	}
}

// scratch is a request's working memory, reused.
type scratch struct {
	scores []float64
	rates  []rate
	seen   taken
}
