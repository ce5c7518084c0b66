package factor

// dense solves the model exactly, in n³/2 multiplications, and returns the
// edges by the article they leave; nil if it was told to stop.
func (in *input) dense(cfg *Config, stop func() bool) [][]edge {
	n := len(in.ords)
	w := in.weights(cfg)
	readers := in.readers()
	a := newMatrix(n)
	sums := make([]float64, n)
	for i := range n {
		if stop() {
			return nil
		}
		clear(sums)
		for _, u := range readers[i] {
			for _, j := range in.row(int(u)) {
				sums[j] += w[u]
			}
		}
		sums[i] += cfg.ridge(sums[i])
		row := a.row(i, 0)
		for j, x := range sums {
			row[j] = float32(x)
		}
	}
	inverses := make([]float32, n)
	if !a.factor(n, inverses, stop) {
		return nil
	}
	m, ok := a.invert(inverses, stop)
	if !ok || !a.gram(m, stop) {
		return nil
	}
	rows := make([][]edge, n)
	row := make([]edge, 0, n)
	for i := range n {
		if stop() {
			return nil
		}
		row = row[:0]
		for j := range n {
			if i != j {
				x := a.row(min(i, j), max(i, j))[0]
				row = append(row, edge{int32(j), -x / a.row(j, j)[0]})
			}
		}
		rows[i] = strongest(row, cfg.Neighbours)
	}
	return rows
}
