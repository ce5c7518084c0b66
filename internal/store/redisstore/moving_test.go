package redisstore_test

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/storetest"
)

// TestMoving copies from one machine's store to a Redis and back, and from one
// Redis to another.
func TestMoving(t *testing.T) {
	embedded := func(t *testing.T) store.Store {
		cfg := pebblestore.Config{CacheBytes: 1 << 20, MemTableBytes: 1 << 20, FS: vfs.NewMem(), Logger: small(t).Logger}
		s, err := pebblestore.Open("/store", cfg)
		must(t, err)
		return s
	}
	in := func(url string) func(*testing.T) store.Store {
		return func(t *testing.T) store.Store {
			cfg := small(t)
			cfg.Prefix = "[a]*?" + cfg.Prefix // of which SCAN would make a pattern
			return open(t, url, cfg)
		}
	}
	t.Run("AndBack", func(t *testing.T) {
		storetest.RunMoving(t, embedded, in(shared.single.URL()), embedded)
	})
	t.Run("ToACluster", func(t *testing.T) {
		storetest.RunMoving(t, in(shared.single.URL()), in(shared.cluster.URL()), in(shared.single.URL()))
	})
}

// TestUnfinishedCopy is refused by whoever would serve from it.
func TestUnfinishedCopy(t *testing.T) {
	cfg := small(t)
	s := open(t, shared.single.URL(), cfg)
	must(t, s.NoteMove(t.Context(), "half"))
	must(t, s.Close())
	if s, err := redisstore.Open(t.Context(), shared.single.URL(), cfg); !errors.Is(err, store.ErrUnfinished) {
		t.Fatalf("opened %v, %v", s, err)
	}
	cfg.Unfinished = true
	s = open(t, shared.single.URL(), cfg)
	if note, err := s.BeginMove(t.Context()); note != "half" || err != nil {
		t.Fatalf("note %q, %v", note, err)
	}
	must(t, s.EndMove(t.Context()))
	must(t, s.Close())
	cfg.Unfinished = false
	must(t, open(t, shared.single.URL(), cfg).Close())
}
