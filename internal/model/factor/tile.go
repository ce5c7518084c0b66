package factor

// The two inner loops of a fit. Every number is computed by the same operations
// in the same order wherever it is computed: products are rounded before they
// are subtracted, which a conversion tells the compiler, and no two terms of a
// sum are added to each other first. So fits are the same bit for bit on every
// processor.

const (
	tileRows = 4
	tileCols = 16
)

// tileOf subtracts aᵀ·b of n rows from a tile of 4 rows and 16 columns:
//
//	c(r,j) -= Σ(k<n) a(k,r)·b(k,j)
//
// Each begins at its first number; cs, as and bs are how far rows are apart.
func tileOf(c []float32, cs int, a []float32, as int, b []float32, bs, n int) {
	for k := range n {
		ak, bk := a[k*as:][:tileRows], b[k*bs:][:tileCols]
		for r, x := range ak {
			row := c[r*cs:][:tileCols]
			for j, y := range bk {
				row[j] -= float32(x * y)
			}
		}
	}
}

// corner is 4 rows of a lower triangle, with the inverses of its diagonal.
type corner [tileRows][tileRows]float32

// eliminateOf solves t·x = c for n columns of 4 rows, in place; n is a multiple
// of 8.
func eliminateOf(c []float32, cs int, t *corner, n int) {
	for r := range tileRows {
		row := c[r*cs:][:n]
		for s, x := range t[r][:r] {
			for j, y := range c[s*cs:][:n] {
				row[j] -= float32(x * y)
			}
		}
		for j := range row {
			row[j] *= t[r][r]
		}
	}
}
