package factor_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/model/factor"
)

// TestTileIsThatOfPlainGo holds what the processor does eight at a time against
// the loops that it stands for.
func TestTileIsThatOfPlainGo(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x
	}
	same := func(got, want []float32) bool {
		return slices.EqualFunc(got, want, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
	}
	fast, plain := factor.InnerLoops()
	for n := range 70 {
		cs, as, bs := 16+rng.IntN(40), 4+rng.IntN(40), 16+rng.IntN(40)
		got, a, b := numbers(3*cs+16), numbers(n*as+4), numbers(n*bs+16)
		want := slices.Clone(got)
		fast.Tile(got, cs, a, as, b, bs, n)
		plain.Tile(want, cs, a, as, b, bs, n)
		if !same(got, want) {
			t.Fatalf("tiles of %d rows differ: %v, want %v", n, got, want)
		}
	}
	for columns := 0; columns < 200; columns += 8 {
		cs := columns + rng.IntN(20)
		got := numbers(4*cs + columns)
		want := slices.Clone(got)
		var corner [4][4]float32
		for r := range corner {
			copy(corner[r][:r+1], numbers(r+1))
		}
		fast.Eliminate(got, cs, &corner, columns)
		plain.Eliminate(want, cs, &corner, columns)
		if !same(got, want) {
			t.Fatalf("eliminations of %d columns differ: %v, want %v", columns, got, want)
		}
	}
}
