package covisit

import (
	"math"

	"readnext/internal/feed"
)

// Score fills three columns. The first is the evidence summed over the reader's
// latest articles, "_last" that of the last article alone, each as a share of
// the highest among the candidates. "_p" is the mean of the shares p of the
// latest articles' edges, weighted as these are, as log(1+1000p)/log(1001). All
// are 0 where there is no evidence.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		row := cands[i].Features[col:][:columns]
		clear(row)
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	s.gather(q, &m.cfg)
	if len(s.sources) == 0 || len(cands) == 0 {
		return
	}
	s.table.reset(len(cands))
	s.total = resized(s.total, len(cands))
	s.last = resized(s.last, len(cands))
	s.p = resized(s.p, len(cands))
	s.ords = s.ords[:0]
	for i := range cands { // fetched first, together: see Model.touchLocked
		s.ords = append(s.ords, cands[i].Item.Ord)
	}
	for i, ord := range s.ords {
		s.table.put(ord, int32(i))
	}
	m.sum(s)
	share(cands, col, s.total)
	share(cands, col+1, s.last)
	for i, p := range s.p {
		if p > 0 {
			cands[i].Features[col+2] = float32(math.Log1p(1000*p) / logOf1001)
		}
	}
	for i, ord := range s.ords { // one article twice among the candidates
		if j, _ := s.table.get(ord); int(j) != i {
			copy(cands[i].Features[col:col+columns], cands[j].Features[col:col+columns])
		}
	}
}

// columns is how many features there are.
const columns = 3

// logOf1001 makes the logarithm of the largest share 1.
var logOf1001 = math.Log(1001)

func (m *Model) sum(s *scratch) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s.touch(m)
	reference := m.reference(s.sources)
	all := 0.0
	for _, src := range s.sources {
		all += src.weight
	}
	for k, src := range s.sources {
		f := m.outflow(src, reference)
		p := src.weight / all * m.perWeight(f.row)
		for e, to := range f.to {
			if i, ok := s.table.get(to); ok {
				x := f.evidence(e)
				s.total[i] += x
				s.p[i] += p * float64(f.weights[e].sure)
				if k == 0 {
					s.last[i] = x
				}
			}
		}
	}
}

// share writes values as shares of the highest.
func share(cands []feed.Candidate, col int, values []float64) {
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	if highest == 0 {
		return
	}
	for i, v := range values {
		cands[i].Features[col] = float32(v / highest)
	}
}

func resized(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}
