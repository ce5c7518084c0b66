package pebblestore

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// freezeFS passes everything through until it is frozen; from then on nothing
// below it changes any more.
//
// Pebble calls some failures fatal and expects the process to end there: after
// one of them, what it has in memory no longer agrees with its manifest, and
// anything more that it writes or removes may do harm. Freezing leaves on disk
// what a kill at that moment would have left, while reads are still answered.
type freezeFS struct {
	vfs.FS
	cause atomic.Pointer[error]
	// table is told whether a table could be made. Pebble tries again at
	// once and forever, while what is to go into tables piles up.
	table func(error)
}

func (fs *freezeFS) freeze(err error) {
	err = errors.Join(errors.New("the store stopped writing after a failure; restart it"), err)
	fs.cause.CompareAndSwap(nil, &err)
}

func (fs *freezeFS) frozen() error {
	if p := fs.cause.Load(); p != nil {
		return *p
	}
	return nil
}

func (fs *freezeFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	err := fs.frozen()
	var f vfs.File
	if err == nil {
		f, err = fs.FS.Create(name, c)
	}
	if strings.HasSuffix(name, ".sst") {
		fs.table(err)
	}
	if err != nil {
		return nil, err
	}
	return &freezeFile{File: f, fs: fs, table: strings.HasSuffix(name, ".sst")}, nil
}

func (fs *freezeFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	if err := fs.frozen(); err != nil {
		return nil, err
	}
	f, err := fs.FS.OpenReadWrite(name, c, opts...)
	if err != nil {
		return nil, err
	}
	return &freezeFile{File: f, fs: fs}, nil
}

// ReuseForWrite never reuses: a log's end is then a file's end.
func (fs *freezeFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := fs.Remove(oldname); err != nil {
		return nil, err
	}
	return fs.Create(newname, c)
}

func (fs *freezeFS) Link(oldname, newname string) error {
	if err := fs.frozen(); err != nil {
		return err
	}
	return fs.FS.Link(oldname, newname)
}

func (fs *freezeFS) Remove(name string) error {
	if err := fs.frozen(); err != nil {
		return err
	}
	return fs.FS.Remove(name)
}

func (fs *freezeFS) RemoveAll(name string) error {
	if err := fs.frozen(); err != nil {
		return err
	}
	return fs.FS.RemoveAll(name)
}

func (fs *freezeFS) Rename(oldname, newname string) error {
	if err := fs.frozen(); err != nil {
		return err
	}
	return fs.FS.Rename(oldname, newname)
}

func (fs *freezeFS) Unwrap() vfs.FS { return fs.FS }

type freezeFile struct {
	vfs.File
	fs    *freezeFS
	table bool
}

// wrote tells of a table that could not be written.
func (f *freezeFile) wrote(err error) error {
	if err != nil && f.table {
		f.fs.table(err)
	}
	return err
}

func (f *freezeFile) Write(p []byte) (int, error) {
	if err := f.fs.frozen(); err != nil {
		return 0, err
	}
	n, err := f.File.Write(p)
	return n, f.wrote(err)
}

func (f *freezeFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fs.frozen(); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f *freezeFile) Sync() error {
	if err := f.fs.frozen(); err != nil {
		return err
	}
	return f.wrote(f.File.Sync())
}

func (f *freezeFile) SyncData() error {
	if err := f.fs.frozen(); err != nil {
		return err
	}
	return f.File.SyncData()
}
