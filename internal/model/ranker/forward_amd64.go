package ranker

import "golang.org/x/sys/cpu"

// layer sets the hidden units: z to σ(z + Σ_j x_j·in_j). It is the same as
// layerOf, bit for bit, four units at a time where the processor can.
func layer(in []units, x []float32, z *units) {
	if !cpu.X86.HasAVX2 || len(x) == 0 {
		layerOf(in, x, z)
		return
	}
	_ = in[len(x)-1]
	layerAVX2(&in[0], &x[0], len(x), z)
}

//go:noescape
func layerAVX2(in *units, x *float32, n int, z *units)
