//go:build !amd64

package ranker

// layer sets the hidden units: z to σ(z + Σ_j x_j·in_j).
func layer(in []units, x []float32, z *units) { layerOf(in, x, z) }
