package redisstore

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store/files"
)

// ErrInUse is the error of a directory that another process has open.
var ErrInUse = errors.New("the snapshots' directory is in use by another process")

// openSnapshots makes the directory, which is of this process alone, and locks
// it.
func (s *Store) openSnapshots() error {
	dir := s.cfg.SnapshotDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return feed.Wrap(feed.Unavailable, err, "making the snapshots' directory")
	}
	var err error
	if s.lock, err = vfs.Default.Lock(filepath.Join(dir, "LOCK")); err != nil {
		return feed.Wrap(feed.Unavailable, errors.Join(ErrInUse, err), "opening "+dir)
	}
	if s.snapshots, err = files.OpenSnapshots(vfs.Default, dir); err != nil {
		return errors.Join(err, s.lock.Close())
	}
	return nil
}

// SaveSnapshot is as the contract says. What the log loses when a server takes
// over, the position in the snapshot shows.
func (s *Store) SaveSnapshot(ctx context.Context, write func(io.Writer) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.snapshots.Save(write, nil)
}

// LoadSnapshot is as the contract says. The call ends before snapshots are read:
// read makes calls of its own, which a Close that waits for this one would stop.
func (s *Store) LoadSnapshot(ctx context.Context, read func(io.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave()
	return s.snapshots.Load(ctx, read)
}

// DropSnapshots is as the contract says.
func (s *Store) DropSnapshots(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.snapshots.Drop()
}
