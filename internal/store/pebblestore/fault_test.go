package pebblestore_test

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// faultFS is a file system whose files fail, stall and are counted as a test
// says. Hooks are called with a file's base name, for what they are named for.
type faultFS struct {
	vfs.FS
	syncs atomic.Int64 // syncs of logs that were begun

	mu      sync.Mutex
	onSync  func(name string) error // of any file
	onWrite func(name string) error
	onMake  func(name string) error
}

type hooks struct{ sync, write, make func(name string) error }

func (f *faultFS) set(h hooks) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onSync, f.onWrite, f.onMake = h.sync, h.write, h.make
}

func (f *faultFS) call(which func() func(string) error, name string) error {
	f.mu.Lock()
	hook := which()
	f.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(f.PathBase(name))
}

func (f *faultFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.call(func() func(string) error { return f.onMake }, name); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(name, c)
	if err != nil {
		return nil, err
	}
	return &faultFile{File: file, fs: f, name: name}, nil
}

// faultFile loses what a failed sync did not save, as Linux does: later syncs
// succeed, and save nothing.
type faultFile struct {
	vfs.File
	fs   *faultFS
	name string
	lost atomic.Bool
}

func (f *faultFile) Write(p []byte) (int, error) {
	if err := f.fs.call(func() func(string) error { return f.fs.onWrite }, f.name); err != nil {
		n, _ := f.File.Write(p[:len(p)/2]) // a part of it fits
		return n, err
	}
	return f.File.Write(p)
}

func (f *faultFile) Sync() error     { return f.sync(f.File.Sync) }
func (f *faultFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *faultFile) sync(real func() error) error {
	if strings.HasSuffix(f.name, ".log") {
		f.fs.syncs.Add(1)
	}
	if err := f.fs.call(func() func(string) error { return f.fs.onSync }, f.name); err != nil {
		f.lost.Store(true)
		return err
	}
	if f.lost.Load() {
		return nil
	}
	return real()
}
