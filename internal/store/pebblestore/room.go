package pebblestore

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
)

// spareRoom is what opening needs beside room for the logs it replays.
const spareRoom = 1 << 20

// checkRoom refuses to open on a full disk: what the logs hold becomes tables
// first, and Pebble would try to write them forever.
func checkRoom(fs vfs.FS, dir string) error {
	usage, err := fs.GetDiskUsage(dir)
	if err != nil {
		return nil // a file system that does not tell
	}
	need := uint64(spareRoom)
	wal := fs.PathJoin(dir, "db", "wal")
	names, _ := fs.List(wal) // none yet in a new store
	for _, name := range names {
		if info, err := fs.Stat(fs.PathJoin(wal, name)); err == nil {
			need += uint64(info.Size())
		}
	}
	if usage.AvailBytes < need {
		return feed.Wrap(feed.Unavailable, fmt.Errorf("%d bytes are free, %d are needed to start", usage.AvailBytes, need),
			"the disk of "+dir+" is full")
	}
	return nil
}
