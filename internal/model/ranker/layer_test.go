package ranker_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/model/ranker"
)

// TestLayerIsThatOfPlainGo holds what the processor does four at a time against
// the loop that it stands for.
func TestLayerIsThatOfPlainGo(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	fast, plain := ranker.Layers()
	for columns := range 70 {
		in := make([]ranker.Units, columns)
		for j := range in {
			for k := range in[j] {
				in[j][k] = rng.NormFloat64()
			}
		}
		x := make([]float32, columns)
		for i := range x {
			if rng.IntN(2) == 0 {
				x[i] = float32(rng.NormFloat64())
			}
		}
		var got ranker.Units
		for k := range got {
			got[k] = rng.NormFloat64()
		}
		want := got
		fast(in, x, &got)
		plain(in, x, &want)
		for k := range want {
			if math.Float64bits(got[k]) != math.Float64bits(want[k]) {
				t.Fatalf("%d columns, unit %d: %v, want %v", columns, k, got[k], want[k])
			}
		}
	}
}
