package learn_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/store"
)

// sharer is one process's view of a store that several share: a snapshot of its
// own, or none, and the copy that all share.
type sharer struct {
	learn.Store
	own    []byte
	shared *copyOf
	lost   atomic.Bool // the log has lost every position
	broken error       // of reading the shared copy
	drops  int
}

type copyOf struct {
	at, least feed.Position
	body      []byte
}

var _ store.Sharing = (*sharer)(nil)

func (s *sharer) PublishSnapshot(_ context.Context, at, least feed.Position, snapshot []byte) (bool, error) {
	*s.shared = copyOf{at, least, bytes.Clone(snapshot)}
	return true, nil
}

func (s *sharer) LoadPublished(_ context.Context, have feed.Position, read func(io.Reader) error) error {
	if s.broken != nil {
		return s.broken
	}
	if s.Covers(have, s.shared.at) {
		return feed.Errorf(feed.NotFound, "no newer one")
	}
	return read(bytes.NewReader(s.shared.body))
}

func (s *sharer) SaveSnapshot(_ context.Context, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	if err == nil {
		s.own = b.Bytes()
	}
	return err
}

func (s *sharer) DropSnapshots(context.Context) error {
	s.drops++
	return nil
}

func (s *sharer) LoadSnapshot(_ context.Context, read func(io.Reader) error) error {
	if s.own == nil || read(bytes.NewReader(s.own)) != nil {
		return feed.Errorf(feed.NotFound, "none")
	}
	return nil
}

func (s *sharer) ReadLog(ctx context.Context, after feed.Position, max int) ([]feed.Entry, feed.Position, error) {
	if s.lost.Load() && after != "" {
		return nil, after, feed.Errorf(feed.Invalid, "lost")
	}
	return s.Store.ReadLog(ctx, after, max)
}

// TestSharedSnapshot has a second process start from whichever snapshot covers
// more, its own or the shared one, and from its own if the shared one is no good.
func TestSharedSnapshot(t *testing.T) {
	st, _ := newStore(t)
	w := newWriter(5)
	first := &sharer{Store: st, shared: &copyOf{}}
	w.write(t, st, 30)
	l := openLearner(t, first, newModels)
	drain(t, l)
	snapshot(t, l)
	older := bytes.Clone(first.own)
	w.write(t, st, 20)
	drain(t, l)
	before := l.Folded()
	snapshot(t, l)
	w.write(t, st, 10)
	drain(t, l)
	rest, models := l.Folded()-before, state(t, l)
	olderRest := l.Folded() - countFolded(t, st, older)

	damaged := *first.shared
	damaged.body = damaged.body[:len(damaged.body)/2]
	for what, c := range map[string]struct {
		own    []byte
		shared copyOf
		want   uint64
	}{
		"the shared one alone":   {nil, *first.shared, rest},
		"the shared one newer":   {older, *first.shared, rest},
		"its own as new":         {first.own, damaged, rest},
		"the shared one damaged": {older, damaged, olderRest},
		"nothing but a damaged":  {nil, damaged, l.Folded()},
		"nothing":                {nil, copyOf{}, l.Folded()},
	} {
		second := openLearner(t, &sharer{Store: st, own: c.own, shared: &c.shared}, newModels)
		drain(t, second)
		if second.Folded() != c.want || !bytes.Equal(state(t, second), models) {
			t.Errorf("%s: %d entries folded, want %d, and the models the same", what, second.Folded(), c.want)
		}
	}
}

// TestSharedSnapshotUnreadable starts without it, unless the store is away.
func TestSharedSnapshotUnreadable(t *testing.T) {
	st, _ := newStore(t)
	newWriter(5).write(t, st, 30)
	bad := &sharer{Store: st, shared: &copyOf{}, broken: errors.New("garbage")}
	l := openLearner(t, bad, newModels)
	drain(t, l)
	snapshot(t, l)
	folded := l.Folded()
	l = openLearner(t, bad, newModels)
	drain(t, l)
	if folded == 0 || l.Folded() != 0 {
		t.Errorf("%d entries folded without a snapshot, %d with an own one", folded, l.Folded())
	}
	bad.broken = feed.Errorf(feed.Unavailable, "away")
	if _, err := learn.Open(t.Context(), learn.Config{}, bad, newModels); feed.KindOf(err) != feed.Unavailable {
		t.Errorf("while the store is away: %v", err)
	}
}

// TestSharedSnapshotReplacesOwn has a process that was away start from a shared
// copy of after a reader was forgotten whom the process' own snapshot names.
func TestSharedSnapshotReplacesOwn(t *testing.T) {
	st, _ := newStore(t)
	shared := &copyOf{}
	away, other := &sharer{Store: st, shared: &copyOf{}}, &sharer{Store: st, shared: shared}
	if _, _, err := st.AppendSignals(t.Context(), signals(newWriter(1)), start); err != nil {
		t.Fatal(err)
	}
	saved := func(s *sharer) {
		t.Helper()
		l := openLearner(t, s, withRoster)
		drain(t, l)
		s.drops = 0
		snapshot(t, l)
	}
	saved(away)
	if !bytes.Contains(away.own, []byte(forgotten)) {
		t.Fatal("the snapshot does not name the reader")
	}
	if _, err := st.Forget(t.Context(), forgotten); err != nil {
		t.Fatal(err)
	}
	saved(other)
	away.shared = shared
	saved(away)
	if bytes.Contains(away.own, []byte(forgotten)) || away.drops != 1 {
		t.Errorf("the reader is named still, or in an older one: those were dropped %d times", away.drops)
	}
}

// countFolded is how many entries of the log a snapshot covers.
func countFolded(t *testing.T, st learn.Store, snapshot []byte) uint64 {
	t.Helper()
	all := openLearner(t, &sharer{Store: st, shared: &copyOf{}}, newModels)
	drain(t, all)
	rest := openLearner(t, &sharer{Store: st, own: snapshot, shared: &copyOf{}}, newModels)
	drain(t, rest)
	return all.Folded() - rest.Folded()
}

// TestForgottenLeavesTheSharedSnapshot asks that a copy that names a forgotten
// reader be replaced, and no other.
func TestForgottenLeavesTheSharedSnapshot(t *testing.T) {
	st, _ := newStore(t)
	s := &sharer{Store: st, shared: &copyOf{}}
	l := openLearner(t, s, newModels)
	newWriter(5).write(t, st, 10)
	drain(t, l)
	snapshot(t, l)
	if s.shared.at == "" || s.shared.least != "" {
		t.Fatalf("shared at %q, to cover %q at least", s.shared.at, s.shared.least)
	}
	at, err := st.Forget(t.Context(), "u")
	if err != nil {
		t.Fatal(err)
	}
	drain(t, l)
	snapshot(t, l)
	if !st.Covers(s.shared.at, at) || !st.Covers(s.shared.least, at) {
		t.Fatalf("shared at %q, to cover %q at least; the reader was forgotten at %q", s.shared.at, s.shared.least, at)
	}
}

// TestLost gives up when the log no longer holds what was folded, and saves
// nothing of it.
func TestLost(t *testing.T) {
	st, _ := newStore(t)
	s := &sharer{Store: st, shared: &copyOf{}}
	l := openLearner(t, s, newModels)
	newWriter(5).write(t, st, 10)
	drain(t, l)
	s.lost.Store(true)
	if err := l.Run(t.Context()); !errors.Is(err, learn.ErrLost) || l.Ready() || s.own != nil {
		t.Errorf("%v, ready: %v, a snapshot of %d bytes", err, l.Ready(), len(s.own))
	}
}
