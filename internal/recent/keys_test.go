package recent_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/recent"
)

// TestKeysAreAListInOrder names, removes and finds keys at random, and compares
// with a slice of them in order. Keys share their low bits, so that they stand in
// each other's way.
func TestKeysAreAListInOrder(t *testing.T) {
	for _, limit := range []int{1, 2, 30, 500} {
		rng := rand.New(rand.NewPCG(uint64(limit), 1))
		k := recent.New(limit)
		var order []uint64            // oldest first
		numbers := map[uint64]int32{} // of those in order
		for step := range 30_000 {
			key := rng.Uint64N(uint64(limit)*2)*0x1_0000_0005 ^ rng.Uint64N(2)<<63
			has := slices.Index(order, key)
			if n := k.Find(key); (n != recent.None) != (has >= 0) || has >= 0 && n != numbers[key] {
				t.Fatalf("limit %d, step %d: found as %d", limit, step, n)
			}
			if rng.IntN(4) == 0 {
				if has >= 0 {
					k.Remove(numbers[key])
					order = slices.Delete(order, has, has+1)
					delete(numbers, key)
				}
				continue
			}
			if k.Touch(key) != k.Find(key) {
				t.Fatalf("limit %d, step %d: touched another", limit, step)
			}
			if has >= 0 {
				order = slices.Delete(order, has, has+1)
			} else if len(order) == limit {
				delete(numbers, order[0])
				order = order[1:]
			}
			order = append(order, key)
			n, fresh := k.Name(key)
			if fresh != (has < 0) || has >= 0 && n != numbers[key] || n < 0 || int(n) >= limit {
				t.Fatalf("limit %d, step %d: named %d, fresh %v", limit, step, n, fresh)
			}
			for other, m := range numbers {
				if other != key && m == n {
					t.Fatalf("limit %d, step %d: two keys have number %d", limit, step, n)
				}
			}
			numbers[key] = n
			if k.Len() != len(order) || k.Full() != (len(order) == limit) {
				t.Fatalf("limit %d, step %d: %d keys, not %d", limit, step, k.Len(), len(order))
			}
		}
		var all []uint64
		for key, n := range k.All {
			if numbers[key] != n {
				t.Errorf("limit %d: %d is yielded as %d", limit, numbers[key], n)
			}
			all = append(all, key)
		}
		if !slices.Equal(all, order) {
			t.Errorf("limit %d: the order is %v, not %v", limit, all, order)
		}
		for _, n := range k.All {
			k.Remove(n)
		}
		if k.Len() != 0 || k.Oldest() != recent.None {
			t.Errorf("limit %d: %d keys are left", limit, k.Len())
		}
	}
}
