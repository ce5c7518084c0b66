package factor

import (
	"math"

	"readnext/internal/feed"
)

// Score fills two columns: "factor", the sum of the weights from the reader's
// past as a share of the highest among the candidates, at least -1, and
// "factor_p", the sum itself as far as it lies in [0,1], about the chance that
// a reader of this past reads the article, as log(1+1000p)/log(1001).
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		row := cands[i].Features[col:][:2]
		row[0], row[1] = 0, 0
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	v := m.view(q)
	s.gather(v, q, m.cfg.History)
	if len(s.sources) == 0 {
		return
	}
	s.fold(v)
	highest := float32(0)
	for i := range cands {
		if n := v.find(cands[i].Item.Ord); n != none {
			x := s.sums[n]
			cands[i].Features[col] = x
			highest = max(highest, x)
		}
	}
	for i := range cands {
		row := cands[i].Features[col:][:2]
		x := row[0]
		if x > 0 {
			row[1] = compress(min(x, 1))
		}
		if highest > 0 {
			row[0] = max(x/highest, -1)
		} else {
			row[0] = 0
		}
	}
}

// compress keeps small probabilities apart.
func compress(p float32) float32 { return float32(math.Log1p(1000*float64(p)) / math.Log1p(1000)) }
