package factor

import "math"

// matrix is n rows of numbers with room around them, so that tiles need not
// look where it ends: rows are a multiple of 4, columns one of 16. What is in
// that room, or below the diagonal of a triangle, is of no account.
type matrix struct {
	n      int
	stride int
	a      []float32
}

// room returns how many numbers a matrix of n rows and columns takes.
func room(n, columns int) int { return roundUp(n, tileRows) * stride(columns) }

// stride returns how far rows are apart. Rows whose distance is a multiple of
// many lines would contend for the same ones of the processor's cache.
func stride(columns int) int {
	s := roundUp(columns, tileCols)
	if s%64 == 0 {
		s += tileCols
	}
	return s
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

func newMatrix(n int) matrix { return matrix{n, stride(n), make([]float32, room(n, n))} }

// row returns row i from a column on.
func (m matrix) row(i, from int) []float32 { return m.a[i*m.stride+from : (i+1)*m.stride] }

// from returns all from row i and a column on.
func (m matrix) from(i, column int) []float32 { return m.a[i*m.stride+column:] }

// panel is how many rows are worked on together: as many as stay in the
// processor's cache while the others pass by once.
const panel = 128

// factor replaces the upper triangle of a positive definite matrix A by U with
// UᵀU = A, and columns y beyond the triangle by U⁻ᵀ·y; inverses is set to those
// of U's diagonal. It returns false if A is not positive definite, or if it was
// told to stop.
func (m matrix) factor(columns int, inverses []float32, stop func() bool) bool {
	var packed [panel * tileCols]float32
	for k0 := 0; k0 < m.n; k0 += panel {
		k1 := min(k0+panel, m.n)
		for i := k0; i < k1; i += tileRows {
			from := i / tileCols * tileCols
			for j := from; j < columns; j += tileCols {
				tile(m.from(i, j), m.stride, m.from(k0, i), m.stride, m.from(k0, j), m.stride, i-k0)
			}
			t, ok := m.corner(i, inverses)
			if !ok {
				return false
			}
			eliminate(m.from(i, from), m.stride, &t, m.stride-from)
		}
		for j := k1 / tileCols * tileCols; k1 < m.n && j < columns; j += tileCols {
			if stop() {
				return false
			}
			m.pack(&packed, k0, k1, j)
			for i := k1; i < min(j+tileCols, m.n); i += tileRows {
				tile(m.from(i, j), m.stride, m.from(k0, i), m.stride, packed[:], tileCols, k1-k0)
			}
		}
	}
	return true
}

// pack copies rows k0 to k1 of a tile's columns together.
func (m matrix) pack(packed *[panel * tileCols]float32, k0, k1, j int) {
	for k := k0; k < k1; k++ {
		copy(packed[(k-k0)*tileCols:][:tileCols], m.row(k, j))
	}
}

// corner factors the four rows on the diagonal that begin at i, and notes the
// inverses of their diagonal.
func (m matrix) corner(i int, inverses []float32) (t corner, ok bool) {
	for r := range min(tileRows, m.n-i) {
		for s := range r + 1 {
			x := m.row(i+s, i+r)[0]
			for q := range s {
				x -= float32(t[r][q] * t[s][q])
			}
			if s < r {
				t[r][s] = x * t[s][s]
				continue
			}
			if !(x > 0) {
				return t, false
			}
			t[r][r] = 1 / float32(math.Sqrt(float64(x)))
			inverses[i+r] = t[r][r]
		}
	}
	return t, true
}

// back solves U·x = y, in place.
func (m matrix) back(y, inverses []float32) {
	for i := m.n - 1; i >= 0; i-- {
		row := m.row(i, i+1)[:m.n-i-1]
		rest := y[i+1:][:len(row)]
		var s0, s1, s2, s3 float32
		j := 0
		for ; j+4 <= len(row); j += 4 {
			r, x := row[j:][:4], rest[j:][:4]
			s0 += float32(r[0] * x[0])
			s1 += float32(r[1] * x[1])
			s2 += float32(r[2] * x[2])
			s3 += float32(r[3] * x[3])
		}
		for ; j < len(row); j++ {
			s0 += float32(row[j] * rest[j])
		}
		y[i] = (y[i] - ((s0 + s1) + (s2 + s3))) * inverses[i]
	}
}

// invert returns the inverse M of L = Uᵀ, a lower triangle.
//
//	M(i,·) = (e(i) - Σ(k<i) L(i,k)·M(k,·)) / L(i,i)
func (m matrix) invert(inverses []float32, stop func() bool) (matrix, bool) {
	var packed [panel * tileCols]float32
	out := newMatrix(m.n)
	for i := range m.n {
		out.row(i, i)[0] = 1
	}
	for i0 := 0; i0 < m.n; i0 += panel {
		i1 := min(i0+panel, m.n)
		for k0 := 0; k0 < i0; k0 += panel {
			for j := 0; j < k0+panel; j += tileCols {
				if stop() {
					return out, false
				}
				out.pack(&packed, k0, k0+panel, j)
				for i := i0; i < i1; i += tileRows {
					tile(out.from(i, j), out.stride, m.from(k0, i), m.stride, packed[:], tileCols, panel)
				}
			}
		}
		for i := i0; i < i1; i += tileRows {
			var t corner
			for r := range min(tileRows, m.n-i) {
				for s := range r {
					t[r][s] = m.row(i+s, i+r)[0]
				}
				t[r][r] = inverses[i+r]
			}
			for j := 0; j < i; j += tileCols {
				tile(out.from(i, j), out.stride, m.from(i0, i), m.stride, out.from(i0, j), out.stride, i-i0)
			}
			eliminate(out.from(i, 0), out.stride, &t, roundUp(i+tileRows, tileCols))
		}
	}
	return out, true
}

// gram replaces m by the upper triangle of -bᵀ·b, of a lower triangle b.
func (m matrix) gram(b matrix, stop func() bool) bool {
	var packed [panel * tileCols]float32
	clear(m.a)
	for k0 := 0; k0 < b.n; k0 += panel {
		k1 := min(k0+panel, b.n)
		for j := 0; j < k1; j += tileCols {
			if stop() {
				return false
			}
			b.pack(&packed, k0, k1, j)
			for i := 0; i < min(j+tileCols, b.n); i += tileRows {
				tile(m.from(i, j), m.stride, b.from(k0, i), b.stride, packed[:], tileCols, k1-k0)
			}
		}
	}
	return true
}
