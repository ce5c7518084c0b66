package storetest

import (
	"errors"
	"slices"
	"sync"

	"readnext/internal/feed"
)

func signingKey(id uint32, created feed.Millis) feed.SigningKey {
	k := feed.SigningKey{ID: id, Created: created}
	for i := range k.Secret {
		k.Secret[i] = byte(int(id)*31 + i)
	}
	return k
}

func (h *house) keys() []feed.SigningKey {
	h.t.Helper()
	keys, err := h.SigningKeys(h.ctx)
	h.must(err)
	return keys
}

func testKeys(h *house) {
	if keys := h.keys(); len(keys) != 0 {
		h.t.Fatalf("%d keys in an empty store", len(keys))
	}
	nine, two, last := signingKey(9, day0), signingKey(2, day0+1), signingKey(1<<32-1, day0-1)
	for _, k := range []feed.SigningKey{nine, two, last} { // in any order
		h.must(h.AddSigningKey(h.ctx, k))
	}
	for _, id := range []uint32{0, 2, 9, 1<<32 - 1} {
		if err := h.AddSigningKey(h.ctx, signingKey(id, day0+7)); !errors.Is(err, feed.ErrConflict) {
			h.t.Fatalf("key %d once more: %v, want ErrConflict", id, err)
		}
	}
	if got := h.keys(); !slices.Equal(got, []feed.SigningKey{two, nine, last}) {
		h.t.Fatalf("%d keys, or others than were added, or not by id", len(got))
	}
	h.must(h.DropSigningKeys(h.ctx, day0+1))
	if got := h.keys(); !slices.Equal(got, []feed.SigningKey{two, last}) {
		h.t.Fatalf("%d keys are left of those from before a time; the one of the highest id stays", len(got))
	}
}

func testKeysRaced(h *house) {
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := h.AddSigningKey(h.ctx, signingKey(1, day0))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.Is(err, feed.ErrConflict):
				h.t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || len(h.keys()) != 1 {
		h.t.Fatalf("%d of 8 added key 1; there are %d", won, len(h.keys()))
	}
}

func testKeysDropped(h *house) {
	h.must(h.DropSigningKeys(h.ctx, day0))
	for id := range uint32(4) {
		h.must(h.AddSigningKey(h.ctx, signingKey(id+1, day0+feed.Millis(id))))
	}
	h.must(h.DropSigningKeys(h.ctx, day0+2))
	if keys := h.keys(); len(keys) != 2 || keys[0].ID != 3 {
		h.t.Fatalf("%d keys left, want 3 and 4", len(keys))
	}
	h.must(h.DropSigningKeys(h.ctx, day0+feed.Day))
	if keys := h.keys(); len(keys) != 1 || keys[0].ID != 4 {
		h.t.Fatalf("%d keys left, want the newest", len(keys))
	}
	h.must(h.AddSigningKey(h.ctx, signingKey(5, day0)))
}
