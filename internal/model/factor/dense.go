package factor

// dense solves the model exactly, in n³/2 multiplications, and returns the
// edges by the article they leave; nil if it was told to stop.
func (in *input) dense(cfg *Config, stop func() bool) [][]edge {
	n := len(in.ords)
	w := in.weights(cfg)
	s := newSquare(n)
	for u := range w {
		if u%1024 == 0 && stop() {
			return nil
		}
		row := in.row(u)
		for k, i := range row {
			for _, j := range row[:k+1] {
				s.a[int(max(i, j))*n+int(min(i, j))] += w[u]
			}
		}
	}
	for i := range n {
		s.a[i*n+i] += cfg.ridge(s.a[i*n+i])
	}
	if !s.cholesky(stop) || !s.invert(stop) {
		return nil
	}
	p, ok := s.gram(stop)
	if !ok {
		return nil
	}
	rows := make([][]edge, n)
	row := make([]edge, 0, n)
	for i := range n {
		row = row[:0]
		for j := range n {
			if i != j {
				x := p.a[max(i, j)*n+min(i, j)]
				row = append(row, edge{int32(j), float32(-x / p.a[j*n+j])})
			}
		}
		rows[i] = strongest(row, cfg.Neighbours)
	}
	return rows
}
