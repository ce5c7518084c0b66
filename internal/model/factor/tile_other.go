//go:build !amd64

package factor

func tile(c []float32, cs int, a []float32, as int, b []float32, bs, n int) {
	tileOf(c, cs, a, as, b, bs, n)
}

func eliminate(c []float32, cs int, t *corner, n int) { eliminateOf(c, cs, t, n) }
