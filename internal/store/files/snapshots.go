package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
)

// suffix is how names of snapshots end, after a number in 16 hexadecimal digits.
const suffix = ".snapshot"

func snapshotName(n uint64) string { return fmt.Sprintf("%016x%s", n, suffix) }

// Snapshots are files in a directory of one process alone, named by numbers; the
// highest is the newest. It is safe for concurrent use, and keeps the part of
// [readnext/internal/store.Snapshots] that has to do with files.
type Snapshots struct {
	fs  vfs.FS
	dir string
	mu  sync.Mutex // held while one is saved or dropped
}

// OpenSnapshots makes the directory and removes unfinished files.
func OpenSnapshots(fs vfs.FS, dir string) (*Snapshots, error) {
	err := MakeDir(fs, dir)
	var names []string
	if err == nil {
		names, err = fs.List(dir)
	}
	for _, name := range names {
		if strings.HasSuffix(name, temporary) {
			err = errors.Join(err, fs.Remove(fs.PathJoin(dir, name)))
		}
	}
	if err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "opening "+dir)
	}
	return &Snapshots{fs: fs, dir: dir}, nil
}

func (s *Snapshots) path(n uint64) string { return s.fs.PathJoin(s.dir, snapshotName(n)) }

// list returns the numbers of the snapshots, newest first.
func (s *Snapshots) list() ([]uint64, error) {
	names, err := s.fs.List(s.dir)
	if err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "listing snapshots")
	}
	var ns []uint64
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, suffix)
		n, err := strconv.ParseUint(digits, 16, 64)
		if ok && err == nil && name == snapshotName(n) {
			ns = append(ns, n)
		}
	}
	slices.Sort(ns)
	slices.Reverse(ns)
	return ns, nil
}

// Save keeps what write writes as the newest snapshot, once ready returned, and
// drops all but one older one. ready may be nil. An error of write comes back as
// it is.
func (s *Snapshots) Save(write func(io.Writer) error, ready func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := MakeDir(s.fs, s.dir); err != nil { // if somebody removed it
		return feed.Wrap(feed.Unavailable, err, "saving a snapshot")
	}
	ns, err := s.list()
	if err != nil {
		return err
	}
	next := uint64(1)
	if len(ns) > 0 {
		if next = ns[0] + 1; next == 0 {
			return feed.Errorf(feed.Unavailable, "no snapshot can be newer than %s, which no process has written: remove it", s.path(ns[0]))
		}
	}
	var wrote error
	err = Write(s.fs, s.dir, snapshotName(next), func(w io.Writer) error {
		wrote = write(w)
		return wrote
	}, ready)
	switch {
	case wrote != nil:
		return wrote
	case err != nil:
		return feed.Wrap(feed.Unavailable, err, "saving a snapshot")
	}
	return s.remove(ns)
}

// Load calls read with each snapshot, newest first, until one call returns nil.
func (s *Snapshots) Load(ctx context.Context, read func(io.Reader) error) error {
	ns, err := s.list()
	if err != nil {
		return err
	}
	var refused error
	for _, n := range ns {
		f, err := s.fs.Open(s.path(n))
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

// Drop removes all snapshots but the newest.
func (s *Snapshots) Drop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns, err := s.list()
	if err != nil {
		return err
	}
	return s.remove(ns)
}

// remove removes those of ns, newest first, but the first.
func (s *Snapshots) remove(ns []uint64) error {
	if len(ns) <= 1 {
		return nil
	}
	var err error
	for _, n := range ns[1:] {
		err = errors.Join(err, s.fs.Remove(s.path(n)))
	}
	if err == nil {
		err = SyncDir(s.fs, s.dir)
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "removing old snapshots")
	}
	return nil
}
