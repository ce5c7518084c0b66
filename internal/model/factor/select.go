package factor

import (
	"cmp"
	"slices"
)

// selectBy moves the n best of s to its front, in no order. better is a strict
// order in which no two are equal, so which they are is sure.
func selectBy[T any](s []T, n int, better func(a, b T) bool) {
	for lo, hi := 0, len(s); n > lo && n < hi; {
		a, b, c := s[lo], s[(lo+hi)/2], s[hi-1]
		if better(b, a) {
			a, b = b, a
		}
		if better(c, b) {
			if b = c; better(b, a) {
				b = a
			}
		}
		i, j := lo, hi-1
		for i <= j {
			for better(s[i], b) {
				i++
			}
			for better(b, s[j]) {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i++
				j--
			}
		}
		switch {
		case n <= j+1:
			hi = j + 1
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

// edge is a weight of B.
type edge struct {
	to int32
	w  float32
}

// faintest is the least weight that is kept.
const faintest = 1e-5

// strongest returns the n edges of the largest magnitude, by where they lead,
// in memory of their own.
func strongest(edges []edge, n int) []edge {
	edges = slices.DeleteFunc(edges, func(e edge) bool { return magnitude(e.w) < faintest })
	if len(edges) > n {
		selectBy(edges, n, func(a, b edge) bool {
			x, y := magnitude(a.w), magnitude(b.w)
			return x > y || x == y && a.to < b.to
		})
		edges = edges[:n]
	}
	edges = slices.Clone(edges)
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.to, b.to) })
	return edges
}

func magnitude(x float32) float32 { return max(x, -x) }
