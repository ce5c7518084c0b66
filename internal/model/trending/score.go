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
	prior := m.prior(q.Now)
	for i := range cands {
		ord := cands[i].Item.Ord
		row := cands[i].Features[col:][:halfLives+1]
		if int(ord) >= len(m.articles) {
			clear(row)
			row[halfLives] = 0.5
			continue
		}
		scores := m.scores[int(ord)*halfLives:]
		if scores[0] == math.Inf(-1) {
			clear(row)
		} else {
			for k := range halfLives {
				row[k] = float32(share(scores[k], leaders[k], m.cfg.Mildness))
			}
		}
		row[halfLives] = float32(m.ctr(&m.rates[ord], prior, q.Now))
	}
}
