package redisstore

import (
	"log/slog"
	"time"

	"readnext/internal/feed"
)

// Config is how a store uses its Redis. The zero value means the defaults.
type Config struct {
	// Prefix begins every key, so that one Redis can hold several stores and
	// other things; "readnext:" by default. It holds no braces.
	Prefix string
	// Partitions is how many partitions a new store gets; 64 by default. A
	// store that is there keeps its own number.
	Partitions int
	// WaitReplicas is how many replicas must have a change before it counts as
	// durable; 0 by default. Pages do not wait.
	WaitReplicas int
	// Timeout bounds every exchange with Redis; 2 seconds by default.
	Timeout time.Duration
	// Connections bounds how many exchanges wait for replicas at a time, each on
	// a connection of its own; 64 by default.
	Connections int
	// RepairEvery is how often entries that nobody ordered are looked for; 2
	// seconds by default. The time between is half random.
	RepairEvery time.Duration
	// PublishEvery is how often a snapshot is shared at most; 5 minutes by
	// default.
	PublishEvery time.Duration
	// KeepEntries is how many of the log's latest entries are never trimmed; a
	// million by default. A process that is further behind starts from the
	// shared snapshot.
	KeepEntries int
	// SnapshotDir is where this process keeps its snapshots.
	SnapshotDir string
	// Unfinished opens a store even if it holds a part of a copy.
	Unfinished bool
	// Now is the clock that is compared with that of Redis; time.Now by default.
	Now func() time.Time
	// Logger is told of what no caller is: slog.Default by default.
	Logger *slog.Logger
}

// EnsureDefaults sets what is not set.
func (c *Config) EnsureDefaults() {
	if c.Prefix == "" {
		c.Prefix = "readnext:"
	}
	if c.Partitions == 0 {
		c.Partitions = 64
	}
	if c.Timeout == 0 {
		c.Timeout = 2 * time.Second
	}
	if c.Connections == 0 {
		c.Connections = 64
	}
	if c.RepairEvery == 0 {
		c.RepairEvery = 2 * time.Second
	}
	if c.PublishEvery == 0 {
		c.PublishEvery = 5 * time.Minute
	}
	if c.KeepEntries == 0 {
		c.KeepEntries = 1_000_000
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
}

const maxPartitions = 4096

// Validate reports the first setting that is out of range as a [feed.Invalid]
// error.
func (c *Config) Validate() error {
	for _, r := range c.Prefix {
		if r == '{' || r == '}' {
			return feed.Invalidf("prefix", "is %q; it holds no braces", c.Prefix)
		}
	}
	switch {
	case c.Partitions < 0 || c.Partitions > maxPartitions:
		return feed.Invalidf("partitions", "is %d; it lies between 1 and %d", c.Partitions, maxPartitions)
	case c.WaitReplicas < 0:
		return feed.Invalidf("wait_replicas", "is %d; it is not negative", c.WaitReplicas)
	case c.Timeout < 0:
		return feed.Invalidf("timeout", "is %v; it is not negative", c.Timeout)
	case c.Connections < 0:
		return feed.Invalidf("connections", "is %d; it is not negative", c.Connections)
	case c.RepairEvery < 0:
		return feed.Invalidf("repair_every", "is %v; it is not negative", c.RepairEvery)
	case c.PublishEvery < 0:
		return feed.Invalidf("publish_every", "is %v; it is not negative", c.PublishEvery)
	case c.KeepEntries < 0:
		return feed.Invalidf("keep_entries", "is %d; it is not negative", c.KeepEntries)
	case c.SnapshotDir == "":
		return feed.Invalidf("snapshot_dir", "is empty; snapshots need a directory")
	}
	return nil
}
