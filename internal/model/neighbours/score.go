package neighbours

import (
	"math"

	"readnext/internal/feed"
)

// Score fills two columns: "neighbours", what the nearest trails say for an
// article as a share of the highest among the candidates, and
// "neighbours_share", the share p of the nearest trails, weighted by
// similarity, that speak for it, as log(1+1000p)/log(1001). Both are 0 where
// nothing is said or the reader acted already, and are less the longer ago the
// reader's last act was: the first, and p in the second, are multiplied by
//
//	Beyond + (1-Beyond) · Gap/silence
//
// once the silence since is longer than Gap.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		row := cands[i].Features[col:][:2]
		row[0], row[1] = 0, 0
	}
	if len(q.Acts) == 0 || len(cands) == 0 {
		return
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	m.answerLocked(s, q)
	m.mu.RUnlock()
	if len(s.totals) == 0 {
		return
	}
	highest := 0.0
	for i := range cands {
		highest = max(highest, s.total(cands[i].Item.Ord))
	}
	if highest == 0 {
		return
	}
	for i := range cands {
		if v := s.total(cands[i].Item.Ord); v > 0 {
			f := cands[i].Features[col:][:2]
			f[0] = float32(v / highest * s.idle)
			f[1] = float32(compress(v / s.support * s.idle))
		}
	}
}

// compress keeps small shares apart.
func compress(p float64) float64 { return min(1, math.Log1p(1000*p)/log1001) }

const log1001 = 6.90875477931522 // log(1001)
