package factor

import (
	"slices"

	"readnext/internal/feed"
)

// view is a finished fit, immutable: B without its zeros, by rows. Articles
// are numbered by rising Ord.
type view struct {
	at      uint64 // the model's changes when its input was taken
	ords    []feed.Ord
	index   []int32 // number by Ord, or none
	start   []int32 // by number, and the end of the last
	to      []int32 // rising within a row
	weights []float32
}

// solve fits a model; nil if it was told to stop.
func solve(in *input, cfg *Config, stop func() bool) *view {
	fitted := in.sparse
	if len(in.ords) <= cfg.Dense {
		fitted = in.dense
	}
	rows := fitted(cfg, stop)
	if rows == nil && stop() {
		return nil
	}
	return newView(in.at, in.ords, rows)
}

// newView puts a view together; of no rows, one without edges.
func newView(at uint64, ords []feed.Ord, rows [][]edge) *view {
	v := &view{at: at, ords: ords, start: make([]int32, len(ords)+1)}
	n := 0
	for i, row := range rows {
		n += len(row)
		v.start[i+1] = int32(n)
	}
	v.to, v.weights = make([]int32, 0, n), make([]float32, 0, n)
	for i, row := range rows {
		rows[i] = nil // both at once would be much
		for _, e := range row {
			v.to = append(v.to, e.to)
			v.weights = append(v.weights, e.w)
		}
	}
	if len(ords) > 0 {
		v.index = make([]int32, ords[len(ords)-1]+1)
	}
	for i := range v.index {
		v.index[i] = none
	}
	for i, ord := range ords {
		v.index[ord] = int32(i)
	}
	return v
}

// find returns an article's number, or none.
func (v *view) find(ord feed.Ord) int32 {
	if ord < 0 || int(ord) >= len(v.index) {
		return none
	}
	return v.index[ord]
}

// row returns the edges that leave an article.
func (v *view) row(i int32) ([]int32, []float32) {
	lo, hi := v.start[i], v.start[i+1]
	return v.to[lo:hi:hi], v.weights[lo:hi:hi]
}

// weight returns B(i,j).
func (v *view) weight(i, j int32) float32 {
	to, weights := v.row(i)
	if k, ok := slices.BinarySearch(to, j); ok {
		return weights[k]
	}
	return 0
}
