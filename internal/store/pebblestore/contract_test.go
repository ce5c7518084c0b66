package pebblestore_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/storetest"
)

func small(fs vfs.FS) pebblestore.Config {
	return pebblestore.Config{CacheBytes: 1 << 20, MemTableBytes: 1 << 20, FS: fs, Logger: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, dir string, cfg pebblestore.Config) *pebblestore.Store {
	t.Helper()
	s, err := pebblestore.Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, "/store", small(vfs.NewMem())) })
}

// forgetful drops all cached profiles now and then.
type forgetful struct {
	*pebblestore.Store
	calls atomic.Uint64
}

func (s *forgetful) drop() {
	if s.calls.Add(1)%3 == 0 {
		s.DropProfiles()
	}
}

func (s *forgetful) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	s.drop()
	return s.Store.Profile(ctx, user, now)
}

func (s *forgetful) AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, feed.Position, error) {
	s.drop()
	return s.Store.AppendSignals(ctx, signals, now)
}

func TestContractUncached(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return &forgetful{Store: open(t, "/store", small(vfs.NewMem()))}
	})
}

// directory is a real one.
type directory string

func (d directory) Open(t testing.TB) store.Store { return open(t, string(d), small(nil)) }

func TestContractReopen(t *testing.T) {
	storetest.RunReopen(t, func(t *testing.T) storetest.Backing { return directory(t.TempDir()) })
}
