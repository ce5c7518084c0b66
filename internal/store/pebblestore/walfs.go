package pebblestore

import (
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// walFS gives Pebble write-ahead logs that never fail and sync at no cost; the
// syncer does what they leave undone, and knows what failed.
//
// Pebble takes a failing log for the end: it panics, or no commit ever returns.
// So a log swallows errors and tells the syncer, which refuses further writes
// until it has made up for them:
//
//   - Bytes that could not be written are kept and written later.
//   - Logs reach the disk in order: a file is not created before the one
//     before it is synced whole or no longer needed. A crash thus leaves at
//     most the last file torn, which is what Pebble's recovery expects.
//   - A sync that failed may have lost bytes that a later sync says nothing of.
//     The log is tainted, and only a flush of the memtable makes its data safe.
//
// Log files are neither recycled nor written in Pebble's format with sync
// offsets, which would claim syncs that were not.
type walFS struct {
	vfs.FS
	dir string
	s   *syncer
}

func (w *walFS) isLog(name string) bool {
	return strings.HasSuffix(name, ".log") && w.PathDir(name) == w.dir
}

func (w *walFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if !w.isLog(name) {
		return w.FS.Create(name, c)
	}
	f := &walFile{fs: w, name: name, category: c}
	w.s.add(f)
	return f, nil
}

func (w *walFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if !w.isLog(newname) {
		return w.FS.ReuseForWrite(oldname, newname, c)
	}
	if err := w.Remove(oldname); err != nil {
		w.s.log.Warn("removing an old write-ahead log", "error", err)
	}
	return w.Create(newname, c)
}

// Remove of a log means that Pebble no longer needs what is in it.
func (w *walFS) Remove(name string) error {
	if w.isLog(name) {
		if f := w.s.find(name); f != nil && !f.drop() {
			return nil
		}
	}
	return w.FS.Remove(name)
}

func (w *walFS) OpenDir(name string) (vfs.File, error) {
	f, err := w.FS.OpenDir(name)
	if err != nil || name != w.dir {
		return f, err
	}
	return walDir{f}, nil
}

func (w *walFS) Unwrap() vfs.FS { return w.FS }

// walDir is the directory of the logs, whose entries are synced with them.
type walDir struct{ vfs.File }

func (walDir) Sync() error { return nil }

// preallocate is how far ahead a log's blocks are asked for.
const preallocate = 4 << 20

// walFile is one log. Pebble writes it from one goroutine; the syncer syncs it.
type walFile struct {
	fs       *walFS
	name     string
	category vfs.DiskWriteCategory

	io sync.Mutex // held across a sync or close; taken before mu

	mu      sync.Mutex
	f       vfs.File // nil before it is on disk and after it is closed there
	unsent  []byte   // handed over by Pebble, not yet with the operating system
	sent    int64    // bytes with the operating system
	ahead   int64    // bytes asked for
	dirty   bool     // sent since the last sync began
	closed  bool     // by Pebble
	tainted error    // a sync failed
	dropped bool     // no longer needed
}

var _ vfs.File = (*walFile)(nil)

func (f *walFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	var err error
	switch {
	case f.dropped:
	case f.f == nil || len(f.unsent) > 0:
		f.unsent = append(f.unsent, p...)
		err = errBehind
	default:
		var n int
		if n, err = f.sendLocked(p); err != nil {
			f.unsent = append(f.unsent, p[n:]...)
		}
	}
	f.mu.Unlock()
	if err != nil {
		f.fs.s.fail(err)
	}
	f.fs.s.wrote()
	return len(p), nil
}

func (f *walFile) sendLocked(p []byte) (int, error) {
	if f.sent+int64(len(p)) > f.ahead {
		_ = f.f.Preallocate(f.ahead, preallocate) // only ever a help
		f.ahead += preallocate
	}
	n, err := f.f.Write(p)
	f.sent += int64(n)
	if n > 0 {
		f.dirty = true
	}
	return n, err
}

// create puts the file on disk, its directory entry synced.
func (f *walFile) createLocked() error {
	file, err := f.fs.FS.Create(f.name, f.category)
	if err != nil {
		return err
	}
	dir, err := f.fs.FS.OpenDir(f.fs.dir)
	if err == nil {
		err = dir.Sync()
		dir.Close()
	}
	if err != nil {
		file.Close()
		return err
	}
	f.f, f.dirty = file, true
	return nil
}

// sync makes everything that Pebble wrote before the call durable. Only the
// first of the logs may be synced: the others must not be on disk yet.
func (f *walFile) sync() error {
	f.io.Lock()
	defer f.io.Unlock()
	return f.syncIO()
}

func (f *walFile) syncIO() error {
	f.mu.Lock()
	file, dirty, err := f.catchUpLocked()
	f.mu.Unlock()
	if err != nil || !dirty {
		return err
	}
	if err := f.fs.s.timed(file.SyncData); err != nil {
		f.mu.Lock()
		f.tainted = err
		f.mu.Unlock()
		return err
	}
	return nil
}

// catchUpLocked sends what is unsent, and returns the file and whether it needs
// a sync, which the caller then does.
func (f *walFile) catchUpLocked() (file vfs.File, dirty bool, err error) {
	switch {
	case f.dropped:
		return nil, false, nil
	case f.tainted != nil:
		return nil, false, f.tainted
	case f.f == nil:
		if err := f.createLocked(); err != nil {
			return nil, false, err
		}
	}
	if len(f.unsent) > 0 {
		n, err := f.sendLocked(f.unsent)
		f.unsent = f.unsent[n:]
		if err != nil {
			return nil, false, err
		}
		f.unsent = nil
	}
	dirty, f.dirty = f.dirty, false
	return f.f, dirty, nil
}

// Close really syncs. If it cannot, the file stays with the syncer.
func (f *walFile) Close() error {
	f.io.Lock()
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	var err error
	if f.fs.s.first(f) {
		err = f.syncIO()
	} else {
		err = errBehind
	}
	f.io.Unlock()
	if err != nil {
		f.fs.s.fail(err)
		f.fs.s.wrote()
		return nil
	}
	f.drop()
	return nil
}

// drop gives the file up: it is durable whole, or no longer needed. It reports
// whether it had come to disk.
func (f *walFile) drop() (onDisk bool) {
	f.io.Lock()
	f.mu.Lock()
	onDisk = f.f != nil
	if onDisk {
		if err := f.f.Close(); err != nil {
			f.fs.s.log.Warn("closing a write-ahead log", "error", err)
		}
	}
	f.f, f.unsent, f.dropped = nil, nil, true
	f.mu.Unlock()
	f.io.Unlock()
	f.fs.s.remove(f)
	return onDisk
}

func (f *walFile) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

func (f *walFile) Sync() error                { return nil }
func (f *walFile) SyncData() error            { return nil }
func (f *walFile) SyncTo(int64) (bool, error) { return false, nil }
func (f *walFile) Preallocate(_, _ int64) error {
	return nil
}
func (f *walFile) Prefetch(_, _ int64) error          { return nil }
func (f *walFile) Fd() uintptr                        { return vfs.InvalidFd }
func (f *walFile) Read([]byte) (int, error)           { return 0, fs.ErrInvalid }
func (f *walFile) ReadAt([]byte, int64) (int, error)  { return 0, fs.ErrInvalid }
func (f *walFile) WriteAt([]byte, int64) (int, error) { return 0, fs.ErrInvalid }

// Stat answers without the disk, which Pebble asks for the size of a log that
// it believes to be recycled.
func (f *walFile) Stat() (vfs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return walInfo{name: f.fs.PathBase(f.name), size: f.sent + int64(len(f.unsent))}, nil
}

type walInfo struct {
	name string
	size int64
}

func (i walInfo) Name() string         { return i.name }
func (i walInfo) Size() int64          { return i.size }
func (walInfo) Mode() fs.FileMode      { return 0o600 }
func (walInfo) ModTime() time.Time     { return time.Time{} }
func (walInfo) IsDir() bool            { return false }
func (walInfo) Sys() any               { return nil }
func (walInfo) DeviceID() vfs.DeviceID { return vfs.DeviceID{} }

// add takes charge of a log that Pebble opens, and puts it on disk if it is the
// first.
func (s *syncer) add(f *walFile) {
	s.mu.Lock()
	s.files = append(s.files, f)
	first := s.files[0] == f
	s.mu.Unlock()
	if !first {
		return
	}
	f.mu.Lock()
	err := f.createLocked()
	f.mu.Unlock()
	if err != nil {
		s.fail(err)
		s.wrote()
	}
}

func (s *syncer) remove(f *walFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = slices.DeleteFunc(s.files, func(g *walFile) bool { return g == f })
}

func (s *syncer) find(name string) *walFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.name == name {
			return f
		}
	}
	return nil
}

// first reports whether f is the oldest log not given up.
func (s *syncer) first(f *walFile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files) > 0 && s.files[0] == f
}
