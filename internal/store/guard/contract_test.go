package guard_test

import (
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/store"
	"readnext/internal/store/guard"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/storetest"
)

func pebble(t testing.TB, dir string, fs vfs.FS) store.Store {
	t.Helper()
	s, err := pebblestore.Open(dir, pebblestore.Config{
		CacheBytes: 1 << 20, MemTableBytes: 1 << 20, FS: fs, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func guarded(t testing.TB, st store.Store, cfg guard.Config) *guard.Store {
	t.Helper()
	s, err := guard.New(st, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestContract holds the guard to the contract of what it wraps. Time-outs are
// long, since a machine that runs many tests is slow.
func TestContract(t *testing.T) {
	slow := guard.Bound{Time: 1 << 40}
	for name, cfg := range map[string]guard.Config{
		"everything": {Reads: slow, Pages: slow, Writes: slow, List: slow.Time},
		"in flight":  guard.InFlight(),
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store { return guarded(t, pebble(t, "/store", vfs.NewMem()), cfg) })
		})
	}
}

// directory is a real one.
type directory string

func (d directory) Open(t testing.TB) store.Store {
	return guarded(t, pebble(t, string(d), nil), guard.InFlight())
}

func TestContractReopen(t *testing.T) {
	storetest.RunReopen(t, func(t *testing.T) storetest.Backing { return directory(t.TempDir()) })
}
