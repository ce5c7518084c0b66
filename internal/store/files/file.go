// Package files keeps what stores keep outside of their database: files that are
// either there whole and synced or not there, and snapshots of the models.
package files

import (
	"bufio"
	"errors"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const temporary = ".tmp" // how names of unfinished files end

// Write makes a file that is either there whole and synced, or not there:
// on error the directory is as before, but that a file which was there may have been
// replaced. ready, if any, is called between the file's sync and its coming into
// being.
func Write(fs vfs.FS, dir, name string, write func(io.Writer) error, ready func() error) (err error) {
	path := fs.PathJoin(dir, name)
	temp := path + temporary
	f, err := fs.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = fs.Remove(temp)
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
	err = errors.Join(err, f.Close())
	if err == nil && ready != nil {
		err = ready()
	}
	if err != nil {
		return err
	}
	_, missing := fs.Stat(path)
	if err := fs.Rename(temp, path); err != nil {
		return err
	}
	if err := SyncDir(fs, dir); err != nil {
		if missing != nil {
			err = errors.Join(err, fs.Remove(path))
		}
		return err
	}
	return nil
}

// MakeDir makes a directory and those above it that are missing, and syncs
// their entries.
func MakeDir(fs vfs.FS, dir string) error {
	parent := fs.PathDir(dir)
	if _, err := fs.Stat(dir); err == nil || parent == dir {
		return err
	}
	if err := MakeDir(fs, parent); err != nil {
		return err
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return SyncDir(fs, parent)
}

// SyncDir makes what was made, renamed and removed in a directory outlast a
// power cut.
func SyncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
