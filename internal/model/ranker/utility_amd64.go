package ranker

import "golang.org/x/sys/cpu"

// utilities returns w·x of each class. It is the same as utilitiesOf, bit for bit,
// all classes at a time where the processor can.
func utilities(w []ways, x []float32) (z ways) {
	if !cpu.X86.HasAVX2 || len(x) == 0 {
		return utilitiesOf(w, x)
	}
	_ = w[len(x)-1]
	utilitiesAVX2(&w[0], &x[0], len(x), &z)
	return z
}

//go:noescape
func utilitiesAVX2(w *ways, x *float32, n int, z *ways)
