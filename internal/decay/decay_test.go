package decay_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

func TestExp2(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := (rng.Float64() - 0.5) * 1990
		if got, want := decay.Exp2(x), math.Exp2(x); math.Abs(got/want-1) > 1e-12 {
			t.Fatalf("2^%v is %v, want %v", x, got, want)
		}
	}
	for n := -1022; n < 1024; n++ {
		if got, want := decay.Pow2(float64(n)), math.Ldexp(1, n); got != want {
			t.Fatalf("2^%d is %v, want %v", n, got, want)
		}
	}
	if decay.Pow2(-5000) != 0 {
		t.Error("2^-5000 is something")
	}
}

func TestLog2(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := math.Exp2((rng.Float64() - 0.5) * 2040)
		if got, want := decay.Log2(x), math.Log2(x); math.Abs(got-want) > 1e-12 {
			t.Fatalf("log2(%v) is %v, want %v", x, got, want)
		}
		x = 1 + rng.Float64()*float64(1+rng.IntN(2))
		if got, want := decay.Log2(x), math.Log2(x); math.Abs(got-want) > 1e-13 {
			t.Fatalf("log2(%v) is %v, want %v", x, got, want)
		}
	}
}

func BenchmarkLog2(b *testing.B) {
	for name, log2 := range map[string]func(float64) float64{"ours": decay.Log2, "math": math.Log2} {
		b.Run(name, func(b *testing.B) {
			sum, x := 0.0, 1.5
			for b.Loop() {
				sum += log2(x)
				x += 0.001
			}
			if math.IsNaN(sum) {
				b.Fatal(sum)
			}
		})
	}
}

func TestLogAdd(t *testing.T) {
	nothing := math.Inf(-1)
	for _, tc := range []struct{ a, b, want float64 }{
		{3, 3, 4}, {0, math.Log2(3), 2}, {nothing, 5, 5}, {5, nothing, 5}, {1e6, 0, 1e6}, {nothing, nothing, nothing},
	} {
		if got := decay.LogAdd(tc.a, tc.b); got != tc.want && math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("log2(2^%v + 2^%v) is %v, want %v", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestSince(t *testing.T) {
	const perDay = 1 / float64(feed.Day)
	for _, tc := range []struct {
		from, to feed.Millis
		want     float64
	}{
		{0, feed.Day, 0.5}, {0, 3 * feed.Day, 0.125}, {5, 5, 1}, {feed.Day, 0, 1}, {0, 1000 * feed.Day, 0},
		{math.MinInt64, math.MaxInt64, 0},
	} {
		if got := decay.Since(tc.from, tc.to, perDay); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("from %d to %d: %v, want %v", tc.from, tc.to, got, tc.want)
		}
	}
}
