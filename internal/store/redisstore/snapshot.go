package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
)

// Snapshots are files named by a number in 16 hexadecimal digits, in a directory
// of this process alone; the highest number is the newest.
const (
	snapshotSuffix = ".snapshot"
	temporary      = ".tmp" // how names of unfinished files end
)

func snapshotName(n uint64) string { return fmt.Sprintf("%016x%s", n, snapshotSuffix) }

func (s *Store) snapshotPath(n uint64) string {
	return filepath.Join(s.cfg.SnapshotDir, snapshotName(n))
}

// ErrInUse is the error of a directory that another process has open.
var ErrInUse = errors.New("the snapshots' directory is in use by another process")

// openSnapshots makes the directory, locks it and removes unfinished files.
func (s *Store) openSnapshots() error {
	dir := s.cfg.SnapshotDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return feed.Wrap(feed.Unavailable, err, "making the snapshots' directory")
	}
	var err error
	if s.lock, err = vfs.Default.Lock(filepath.Join(dir, "LOCK")); err != nil {
		return feed.Wrap(feed.Unavailable, errors.Join(ErrInUse, err), "opening "+dir)
	}
	unfinished, err := filepath.Glob(filepath.Join(dir, "*"+temporary))
	for _, path := range unfinished {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, errors.Join(err, s.lock.Close()), "opening the snapshots' directory")
	}
	return nil
}

// listSnapshots returns the numbers of the snapshots, newest first.
func (s *Store) listSnapshots() ([]uint64, error) {
	files, err := os.ReadDir(s.cfg.SnapshotDir)
	if err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "listing snapshots")
	}
	var ns []uint64
	for _, f := range files {
		digits, ok := strings.CutSuffix(f.Name(), snapshotSuffix)
		n, err := strconv.ParseUint(digits, 16, 64)
		if ok && err == nil && f.Name() == snapshotName(n) {
			ns = append(ns, n)
		}
	}
	slices.Sort(ns)
	slices.Reverse(ns)
	return ns, nil
}

// SaveSnapshot is as the contract says. What the log loses when a server takes
// over, the position in the snapshot shows.
func (s *Store) SaveSnapshot(ctx context.Context, write func(io.Writer) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	s.snapshots.Lock()
	defer s.snapshots.Unlock()
	if err := os.MkdirAll(s.cfg.SnapshotDir, 0o700); err != nil { // if somebody removed it
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
	err = writeFile(s.snapshotPath(next), func(w io.Writer) error {
		wrote = write(w)
		return wrote
	})
	switch {
	case wrote != nil:
		return wrote
	case err != nil:
		return feed.Wrap(feed.Unavailable, err, "saving a snapshot")
	}
	return s.removeSnapshots(ns, 1)
}

// writeFile makes a file that is either there whole and synced, or not there.
func writeFile(path string, write func(io.Writer) error) (err error) {
	temp := path + temporary
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
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
		f, err := os.Open(s.snapshotPath(n))
		if err == nil {
			err = read(bufio.NewReaderSize(f, 1<<16))
			_ = f.Close()
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
	if err := s.enter(ctx); err != nil {
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
	var err error
	for _, n := range ns[min(keep, len(ns)):] {
		err = errors.Join(err, os.Remove(s.snapshotPath(n)))
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "removing old snapshots")
	}
	return nil
}
