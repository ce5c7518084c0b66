// Package least picks the least of many numbers without sorting them all. Who
// wants the best of many things packs a score and what it is of into one number,
// such that what is less is better: positive floats sort like their bits, so
// those of a score, flipped, go before the number of the thing.
package least

import "slices"

// Sorted moves the n least of xs, all if there are fewer, to its front, in
// order, and returns them.
func Sorted(xs []uint64, n int) []uint64 {
	n = min(max(n, 0), len(xs))
	Select(xs, n)
	slices.Sort(xs[:n])
	return xs[:n]
}

// Select reorders xs so that its n least come first, in an order that depends
// on xs only (Hoare: Find, 1961, with the median of three as pivot).
func Select(xs []uint64, n int) {
	lo, hi := 0, len(xs)-1
	for lo < hi {
		a, b, c := xs[lo], xs[lo+(hi-lo)/2], xs[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for xs[i] < pivot {
				i++
			}
			for pivot < xs[j] {
				j--
			}
			if i <= j {
				xs[i], xs[j] = xs[j], xs[i]
				i++
				j--
			}
		}
		// xs[lo:j+1] <= pivot <= xs[i:hi+1], and between them only the pivot.
		switch {
		case n <= j:
			hi = j
		case n > i:
			lo = i
		default:
			return
		}
	}
}
