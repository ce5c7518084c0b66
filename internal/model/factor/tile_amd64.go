package factor

import "golang.org/x/sys/cpu"

// tile is tileOf, bit for bit, eight numbers at a time where the processor can.
func tile(c []float32, cs int, a []float32, as int, b []float32, bs, n int) {
	if !cpu.X86.HasAVX2 || n <= 0 {
		tileOf(c, cs, a, as, b, bs, n)
		return
	}
	_, _, _ = c[3*cs+15], a[(n-1)*as+3], b[(n-1)*bs+15]
	tileAVX2(&c[0], 4*cs, &a[0], 4*as, &b[0], 4*bs, n)
}

// eliminate is eliminateOf, likewise.
func eliminate(c []float32, cs int, t *corner, n int) {
	if !cpu.X86.HasAVX2 || n <= 0 {
		eliminateOf(c, cs, t, n)
		return
	}
	_ = c[3*cs+n-1]
	eliminateAVX2(&c[0], 4*cs, t, n/8)
}

//go:noescape
func tileAVX2(c *float32, cs int, a *float32, as int, b *float32, bs int, n int)

//go:noescape
func eliminateAVX2(c *float32, cs int, t *corner, n int)
