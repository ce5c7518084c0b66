package factor

// Loops are the inner loops of a fit as they are computed, and in plain Go.
type Loops struct {
	Tile      func(c []float32, cs int, a []float32, as int, b []float32, bs, n int)
	Eliminate func(c []float32, cs int, t *[4][4]float32, n int)
}

// InnerLoops returns both.
func InnerLoops() (fast, plain Loops) {
	loops := func(tile func(c []float32, cs int, a []float32, as int, b []float32, bs, n int), eliminate func(c []float32, cs int, t *corner, n int)) Loops {
		return Loops{tile, func(c []float32, cs int, t *[4][4]float32, n int) { eliminate(c, cs, (*corner)(t), n) }}
	}
	return loops(tile, eliminate), loops(tileOf, eliminateOf)
}

// Fits returns at which counts of interactions fits of one cost are taken and
// used.
func Fits(first int, cost, acts uint64) (taken, used []uint64) {
	for s := firstDue(&Config{First: first}); ; s = s.following() {
		if s.next() > acts {
			return taken, used
		}
		taken = append(taken, s.next())
		if s = s.take(cost); s.next() > acts {
			return taken, used
		}
		used = append(used, s.next())
	}
}
