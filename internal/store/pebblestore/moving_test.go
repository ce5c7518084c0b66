package pebblestore_test

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/storetest"
)

func TestMoving(t *testing.T) {
	empty := func(t *testing.T) store.Store { return open(t, "/store", small(vfs.NewMem())) }
	storetest.RunMoving(t, empty, empty, empty)
}

// TestUnfinishedCopy is refused by whoever would serve from it.
func TestUnfinishedCopy(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small(nil))
	if err := s.NoteMove(t.Context(), "half"); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if s, err := pebblestore.Open(dir, small(nil)); !errors.Is(err, store.ErrUnfinished) {
		t.Fatalf("opened %v, %v", s, err)
	}
	cfg := small(nil)
	cfg.Unfinished = true
	s = open(t, dir, cfg)
	if note, err := s.BeginMove(t.Context()); note != "half" || err != nil {
		t.Fatalf("note %q, %v", note, err)
	}
	if err := s.EndMove(t.Context()); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	closed(t, open(t, dir, small(nil)))
}
