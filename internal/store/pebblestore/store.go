package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/files"
)

// Store is a store in a directory. Make one with Open.
//
// Locks are taken in this order: closing (shared), catalogue, stripes by
// number, the log.
type Store struct {
	dir  string
	log  *pebbleLog
	fs   *freezeFS
	lock io.Closer
	db   *pebble.DB
	sync *syncer

	// closing is held shared by every call and alone by Close.
	closing   sync.RWMutex
	closed    bool // guarded by closing
	closeOnce sync.Once
	closeErr  error
	stop      chan struct{}

	// catalogue is held while articles or signing keys change, which depends
	// on what is there.
	catalogue sync.Mutex

	seed     maphash.Seed
	stripes  [stripeCount]stripe
	versions atomic.Uint64

	tail   tail
	recent recent

	encoded sync.Pool // *encodedPage

	snapshots *files.Snapshots
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a directory, which it makes if there is none.
// Nobody else may have it open: that is an [feed.Unavailable] error, and a
// directory of another layout an [feed.Invalid] one.
func Open(dir string, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.EnsureDefaults()
	s := &Store{dir: dir, stop: make(chan struct{}), seed: maphash.MakeSeed()}
	s.fs = &freezeFS{FS: cfg.FS, table: s.tableMade}
	s.log = &pebbleLog{log: cfg.Logger, freeze: s.fs.freeze}
	for i := range s.stripes {
		s.stripes[i].init(s.seed, cfg.CachedProfiles/stripeCount, cfg.ProfileBytes/stripeCount)
	}
	if err := s.open(&cfg); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) open(cfg *Config) (err error) {
	fs := cfg.FS
	if err := files.MakeDir(fs, s.dir); err != nil {
		return feed.Wrap(feed.Unavailable, err, fmt.Sprintf("making the store's directory %s", s.dir))
	}
	s.lock, err = fs.Lock(fs.PathJoin(s.dir, "LOCK"))
	if err != nil {
		if errors.Is(err, syscall.EAGAIN) || err.Error() == "lock held by current process" {
			return feed.Errorf(feed.Unavailable, "the store's directory %s is in use by another process", s.dir)
		}
		return feed.Wrap(feed.Unavailable, err, fmt.Sprintf("locking the store's directory %s", s.dir))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.lock.Close())
		}
	}()
	if err := checkFormat(fs, s.dir); err != nil {
		return err
	}
	if s.snapshots, err = files.OpenSnapshots(s.fs, fs.PathJoin(s.dir, "snapshots")); err != nil {
		return err
	}
	return s.openDB(cfg)
}

func (s *Store) openDB(cfg *Config) error {
	if err := checkRoom(cfg.FS, s.dir); err != nil {
		return err
	}
	s.sync = newSyncer(cfg.Logger, time.After)
	s.sync.frozen = s.fs.frozen
	dir := cfg.FS.PathJoin(s.dir, "db")
	cache := pebble.NewCache(cfg.CacheBytes)
	defer cache.Unref()
	opts := &pebble.Options{
		FS:           &walFS{FS: s.fs, dir: cfg.FS.PathJoin(dir, "wal"), s: s.sync},
		WALDir:       pebble.MakeStoreRelativePath(cfg.FS, "wal"),
		Cache:        cache,
		MemTableSize: uint64(cfg.MemTableBytes),
		// A commit that must wait for a flush holds locks that readers want.
		MemTableStopWritesThreshold: 3,
		// Heads of pages lie all over the readers, so a compaction of what was flushed
		// writes much that was there before: the more is compacted at once, the less.
		// What reads readers pays, who are not in memory: it looks into up to as many tables.
		L0CompactionThreshold: 12,
		L0StopWritesThreshold: 40,
		// The last format whose logs claim nothing about their own syncs.
		FormatMajorVersion: pebble.FormatColumnarBlocks,
		Logger:             s.log,
		EventListener:      s.events(),
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	// What is flushed is soon written again, or of pages, which hardly compress.
	opts.Levels[0].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	opts.Levels[1].Compression = func() *sstable.CompressionProfile { return sstable.SnappyCompression }
	s.sync.start()
	db, err := pebble.Open(dir, opts)
	if err != nil {
		s.sync.close()
		return feed.Wrap(feed.Unavailable, err, fmt.Sprintf("opening the database in %s", dir))
	}
	s.db = db
	s.sync.mu.Lock()
	s.sync.flush = db.AsyncFlush
	s.sync.mu.Unlock()
	err = s.openTail()
	s.recent.sure.Store(s.tail.last)
	if err == nil && !cfg.Unfinished {
		err = s.checkMoved()
	}
	if err != nil {
		return errors.Join(err, s.closeDB())
	}
	return nil
}

// Close waits for calls under way, syncs and releases the directory. What was
// acknowledged as durable was so before; its error says that pages served last
// may not be.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.stop)
		s.closing.Lock()
		defer s.closing.Unlock()
		s.closed = true
		s.closeErr = errors.Join(s.closeDB(), s.lock.Close())
	})
	return s.closeErr
}

// closeDB stops the syncer first, which may flush the database, and does what
// is left to do in its place.
func (s *Store) closeDB() error {
	s.sync.close()
	err := s.db.Close()
	if err == nil {
		err = s.sync.syncFiles()
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "closing the database")
	}
	return nil
}

// enter begins a call; leave ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return feed.Wrap(feed.Unavailable, err, "the call was given up")
	}
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return errClosed
	}
	return nil
}

func (s *Store) leave() { s.closing.RUnlock() }

// enterWrite is enter for calls that write.
func (s *Store) enterWrite(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	if err := s.sync.failure(); err != nil {
		s.leave()
		return err
	}
	return nil
}

// apply makes a batch visible and orders it, but does not wait for the disk:
// it may be called with locks held, and finish must follow without.
func (s *Store) apply(b *pebble.Batch) error {
	if err := s.sync.failure(); err != nil {
		return err
	}
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return feed.Wrap(feed.Unavailable, err, "writing")
	}
	return nil
}

// finish returns when an applied batch is with the operating system, and
// releases it.
func (s *Store) finish(b *pebble.Batch) error {
	err := b.SyncWait()
	if err == nil {
		err = b.Close()
	}
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "writing")
	}
	return s.sync.failure()
}

// get copies the value of a key to dst's end; false if there is none.
func (s *Store) get(dst, key []byte) ([]byte, bool, error) {
	v, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, unread(err)
	}
	dst = append(dst, v...)
	return dst, true, closer.Close()
}

// has reports whether a key is there.
func (s *Store) has(key []byte) (bool, error) {
	_, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, unread(err)
	}
	return true, closer.Close()
}

func (s *Store) iter(lower, upper []byte) (*pebble.Iterator, error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, unread(err)
	}
	return it, nil
}

func unread(err error) error { return feed.Wrap(feed.Unavailable, err, "reading") }

// tablePause is how long Pebble is held before it tries again to make a table.
const tablePause = 200 * time.Millisecond

// tableMade refuses writes while no table can be made.
func (s *Store) tableMade(err error) {
	if err == nil {
		s.sync.made.Store(nil)
		return
	}
	s.sync.made.Store(&err)
	select {
	case <-time.After(tablePause):
	case <-s.stop:
	}
}

const (
	formatLine = "readnext store 3\n"
	// formatLine1 is of the layout in which a page is under its reader whole, and
	// formatLine2 of that in which each mark has a time key of its own. Such pages and
	// marks are read where they are until Prune removes them.
	formatLine1 = "readnext store 1\n"
	formatLine2 = "readnext store 2\n"
)

// checkFormat refuses a directory of another layout, and marks a new one and one
// of an older layout, which whoever knows that alone can then no longer open.
func checkFormat(fs vfs.FS, dir string) error {
	path := fs.PathJoin(dir, "FORMAT")
	f, err := fs.Open(path)
	if err == nil {
		defer f.Close()
		line, err := io.ReadAll(io.LimitReader(f, 256))
		if err != nil {
			return feed.Wrap(feed.Unavailable, err, "reading "+path)
		}
		switch string(line) {
		case formatLine:
			return nil
		case formatLine1, formatLine2:
			return markFormat(fs, dir)
		default:
			return feed.Errorf(feed.Invalid, "%s says %q; this version of readnext understands %q, %q and %q only", path, line, formatLine1, formatLine2, formatLine)
		}
	}
	if !errors.Is(err, os.ErrNotExist) {
		return feed.Wrap(feed.Unavailable, err, "reading "+path)
	}
	if _, err := fs.Stat(fs.PathJoin(dir, "db")); err == nil {
		return feed.Errorf(feed.Invalid, "%s holds a database but no FORMAT file; it is not a store of readnext", dir)
	}
	return markFormat(fs, dir)
}

func markFormat(fs vfs.FS, dir string) error {
	err := files.Write(fs, dir, "FORMAT", func(w io.Writer) error {
		_, err := io.WriteString(w, formatLine)
		return err
	}, nil)
	if err != nil {
		return feed.Wrap(feed.Unavailable, err, "writing "+fs.PathJoin(dir, "FORMAT"))
	}
	return nil
}
