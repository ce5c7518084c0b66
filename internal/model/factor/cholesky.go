package factor

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// square is the lower triangle of an n×n matrix, by rows.
type square struct {
	n int
	a []float64
}

func newSquare(n int) square { return square{n, make([]float64, n*n)} }

// row returns the first n entries of row i.
func (s square) row(i, n int) []float64 { return s.a[i*s.n : i*s.n+n : i*s.n+n] }

// block is how many rows are worked on together: as many as stay in the
// processor's cache while the others pass by once.
const block = 32

func dot(x, y []float64) float64 {
	return blas64.Dot(blas64.Vector{N: len(x), Data: x, Inc: 1}, blas64.Vector{N: len(y), Data: y, Inc: 1})
}

// axpy adds a·x to y.
func axpy(a float64, x, y []float64) {
	blas64.Axpy(a, blas64.Vector{N: len(x), Data: x, Inc: 1}, blas64.Vector{N: len(y), Data: y, Inc: 1})
}

// cholesky replaces a positive definite matrix by its factor L, A = L·Lᵀ. It
// returns false if the matrix is none, or if it was told to stop. Sums are
// always taken in the same order, on this goroutine: gonum's own
// factorization spreads over all processors.
func (s square) cholesky(stop func() bool) bool {
	for from := 0; from < s.n; from += block {
		if stop() {
			return false
		}
		to := min(from+block, s.n)
		for j := range to {
			lj := s.row(j, j+1)
			for i := max(j, from); i < to; i++ {
				li := s.row(i, j+1)
				x := li[j] - dot(li[:j], lj[:j])
				if i > j {
					li[j] = x / lj[j]
					continue
				}
				if !(x > 0) {
					return false
				}
				li[j] = math.Sqrt(x)
			}
		}
	}
	return true
}

// solve replaces y by the x with L·Lᵀ·x = y.
func (s square) solve(y []float64) {
	for i := range s.n {
		l := s.row(i, i+1)
		y[i] = (y[i] - dot(l[:i], y[:i])) / l[i]
	}
	for i := s.n - 1; i >= 0; i-- {
		l := s.row(i, i+1)
		y[i] /= l[i]
		axpy(-y[i], l[:i], y[:i])
	}
}

// invert replaces L by its inverse M.
//
//	M(i,·) = (e(i) - Σ(k<i) L(i,k)·M(k,·)) / L(i,i)
func (s square) invert(stop func() bool) bool {
	rows := make([]float64, block*s.n)
	for from := 0; from < s.n; from += block {
		if stop() {
			return false
		}
		to := min(from+block, s.n)
		for i := from; i < to; i++ {
			m := s.row(i, i+1)
			copy(rows[(i-from)*s.n:], m)
			clear(m)
			m[i] = 1
		}
		for k := range to {
			mk := s.row(k, k+1)
			if k >= from {
				scale := 1 / rows[(k-from)*s.n+k]
				for i := range mk {
					mk[i] *= scale
				}
			}
			for i := max(k+1, from); i < to; i++ {
				axpy(-rows[(i-from)*s.n+k], mk, s.row(i, k+1))
			}
		}
	}
	return true
}

// gram returns MᵀM of a lower triangle M.
func (s square) gram(stop func() bool) (square, bool) {
	p := newSquare(s.n)
	for from := 0; from < s.n; from += block {
		if stop() {
			return p, false
		}
		to := min(from+block, s.n)
		for k := from; k < s.n; k++ {
			mk := s.row(k, k+1)
			for i := from; i < min(to, k+1); i++ {
				axpy(mk[i], mk[:i+1], p.row(i, i+1))
			}
		}
	}
	return p, true
}
