package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"readnext/internal/feed"
)

// Snapshots are files named by a number in 16 hexadecimal digits.
const snapshotSuffix = ".snapshot"

func snapshotName(n uint64) string { return fmt.Sprintf("%016x%s", n, snapshotSuffix) }

func (s *Store) snapshotDir() string { return s.fs.PathJoin(s.dir, "snapshots") }

// openSnapshots makes the directory and removes unfinished files.
func (s *Store) openSnapshots() error {
	dir := s.snapshotDir()
	err := s.fs.MkdirAll(dir, 0o700)
	if err == nil {
		err = syncDir(s.fs, s.dir)
	}
	var names []string
	if err == nil {
		names, err = s.fs.List(dir)
	}
	for _, name := range names {
		if strings.HasSuffix(name, temporary) {
			err = errors.Join(err, s.fs.Remove(s.fs.PathJoin(dir, name)))
		}
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "opening "+dir)
	}
	return nil
}

// listSnapshots returns the numbers of the snapshots, newest first.
func (s *Store) listSnapshots() ([]uint64, error) {
	names, err := s.fs.List(s.snapshotDir())
	if err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "listing snapshots")
	}
	var ns []uint64
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, snapshotSuffix)
		n, err := strconv.ParseUint(digits, 16, 64)
		if ok && err == nil && name == snapshotName(n) {
			ns = append(ns, n)
		}
	}
	slices.Sort(ns)
	slices.Reverse(ns)
	return ns, nil
}

// SaveSnapshot also syncs the log before the snapshot counts, so that no
// snapshot covers an entry that a power cut may take.
func (s *Store) SaveSnapshot(ctx context.Context, write func(io.Writer) error) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	s.snapshots.Lock()
	defer s.snapshots.Unlock()
	if err := makeDir(s.fs, s.snapshotDir()); err != nil { // if somebody removed it
		return feed.Wrap(feed.Unavailable, err, "saving a snapshot")
	}
	ns, err := s.listSnapshots()
	if err != nil {
		return err
	}
	next := uint64(1)
	if len(ns) > 0 {
		next = ns[0] + 1
	}
	var wrote error // write's own error, returned as it is
	err = writeFile(s.fs, s.snapshotDir(), snapshotName(next), func(w io.Writer) error {
		wrote = write(w)
		return wrote
	}, func() error { return s.sync.wait(ctx) })
	switch {
	case wrote != nil:
		return wrote
	case err != nil:
		return feed.Wrap(feed.Unavailable, err, "saving a snapshot")
	}
	return s.removeSnapshots(ns, 1)
}

// LoadSnapshot is as the contract says.
func (s *Store) LoadSnapshot(ctx context.Context, read func(io.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	ns, err := s.listSnapshots()
	if err != nil {
		return err
	}
	var refused error
	for _, n := range ns {
		f, err := s.fs.Open(s.fs.PathJoin(s.snapshotDir(), snapshotName(n)))
		if err == nil {
			err = read(f)
			f.Close()
		}
		if err == nil {
			return nil
		}
		refused = errors.Join(refused, fmt.Errorf("snapshot %d: %w", n, err))
		if ctx.Err() != nil {
			break
		}
	}
	if refused != nil {
		return feed.Wrap(feed.NotFound, refused, "no snapshot could be read")
	}
	return feed.Errorf(feed.NotFound, "there is no snapshot")
}

// DropSnapshots is as the contract says.
func (s *Store) DropSnapshots(ctx context.Context) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	s.snapshots.Lock()
	defer s.snapshots.Unlock()
	ns, err := s.listSnapshots()
	if err != nil {
		return err
	}
	return s.removeSnapshots(ns, 1)
}

// removeSnapshots removes those of ns, newest first, beyond the first keep.
func (s *Store) removeSnapshots(ns []uint64, keep int) error {
	if len(ns) <= keep {
		return nil
	}
	var err error
	for _, n := range ns[keep:] {
		err = errors.Join(err, s.fs.Remove(s.fs.PathJoin(s.snapshotDir(), snapshotName(n))))
	}
	if err == nil {
		err = syncDir(s.fs, s.snapshotDir())
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "removing old snapshots")
	}
	return nil
}
