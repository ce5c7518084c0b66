package ranker_test

import (
	"math/rand/v2"
	"testing"

	"readnext/internal/model/ranker"
)

// TestUtilitiesAreThoseOfPlainGo compares them bit for bit: replicas on different
// processors must learn the same.
func TestUtilitiesAreThoseOfPlainGo(t *testing.T) {
	fast, plain := ranker.Utilities()
	rng := rand.New(rand.NewPCG(8, 1))
	for n := range 70 {
		w, x := make([]ranker.Ways, n), make([]float32, n)
		for j := range x {
			if rng.IntN(3) > 0 {
				x[j] = float32(rng.NormFloat64())
			}
			for k := range w[j] {
				w[j][k] = 10 * rng.NormFloat64()
			}
		}
		if a, b := fast(w, x), plain(w, x); a != b {
			t.Fatalf("%d features: %v, in plain Go %v", n, a, b)
		}
	}
}
