package least_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/least"
)

func TestLeastAreThoseThatSortingPutsFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		xs := make([]uint64, rng.IntN(80))
		for i := range xs {
			xs[i] = uint64(rng.IntN(1 + rng.IntN(100))) // with equals
		}
		n := rng.IntN(len(xs)+3) - 1
		want := slices.Sorted(slices.Values(xs))
		want = want[:min(max(n, 0), len(want))]
		all := slices.Clone(xs)
		if got := least.Sorted(xs, n); !slices.Equal(got, want) {
			t.Fatalf("%d least of %v: %v, want %v", n, all, got, want)
		}
		slices.Sort(all)
		slices.Sort(xs)
		if !slices.Equal(xs, all) {
			t.Fatalf("%v became %v", all, xs)
		}
	}
}
