package pebblestore

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
)

// Config is how a store uses its machine. The zero value means the defaults.
type Config struct {
	// CacheBytes bounds Pebble's cache of blocks read together with the tables in
	// memory, which Pebble takes off it: two of the latter, as in a burst of writes,
	// must leave room for the filters, four would leave none; 128 MiB by default, or
	// 96 MiB above MemTableBytes.
	CacheBytes int64
	// MemTableBytes is how much is written before it goes into a table; 32 MiB
	// by default.
	MemTableBytes int64
	// CachedProfiles bounds how many profiles are kept in memory; 200,000 by
	// default. The bound is kept per stripe of readers, so it is not exact.
	CachedProfiles int
	// ProfileBytes bounds their size; 512 MiB by default.
	ProfileBytes int64
	// Logger is told of what no caller is: slog.Default by default.
	Logger *slog.Logger
	// Unfinished opens a store even if it holds a part of a copy.
	Unfinished bool
	// FS is where files are; the operating system's by default.
	FS vfs.FS
}

// EnsureDefaults sets what is not set.
func (c *Config) EnsureDefaults() {
	if c.MemTableBytes == 0 {
		c.MemTableBytes = 32 << 20
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 96<<20 + c.MemTableBytes
	}
	if c.CachedProfiles == 0 {
		c.CachedProfiles = 200_000
	}
	if c.ProfileBytes == 0 {
		c.ProfileBytes = 512 << 20
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.FS == nil {
		c.FS = vfs.Default
	}
}

// Validate reports the first setting that is out of range as a [feed.Invalid]
// error.
func (c *Config) Validate() error {
	switch {
	case c.CacheBytes < 0:
		return feed.Invalidf("cache_bytes", "is %d; it is not negative", c.CacheBytes)
	case c.MemTableBytes < 0 || c.MemTableBytes > 1<<30:
		return feed.Invalidf("memtable_bytes", "is %d; it lies between 0 and 1 GiB", c.MemTableBytes)
	case c.MemTableBytes != 0 && c.MemTableBytes < 256<<10:
		return feed.Invalidf("memtable_bytes", "is %d; the least is 256 KiB", c.MemTableBytes)
	case c.CachedProfiles < 0:
		return feed.Invalidf("cached_profiles", "is %d; it is not negative", c.CachedProfiles)
	case c.ProfileBytes < 0:
		return feed.Invalidf("profile_bytes", "is %d; it is not negative", c.ProfileBytes)
	}
	return nil
}
