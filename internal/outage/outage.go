// Package outage tells a log of work that is tried again and again: when it
// begins to fail, once a minute while it fails, and when it is done again. An
// outage of an hour is some sixty lines, not one for each try.
//
// Not for failures that have nothing to do with each other: of those all but the
// first would go untold.
package outage

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// every is how often a failure that lasts is told.
const every = time.Minute

// Reporter tells of one kind of work. Make one with New. It is safe for
// concurrent use; done work costs an atomic load.
type Reporter struct {
	log    *slog.Logger
	level  slog.Level
	doing  string
	failed atomic.Bool // since work was done last

	mu    sync.Mutex
	since time.Time // of the first failure
	told  time.Time
	tries int // that failed
}

// New makes a Reporter that tells a log of failures, at a level, by the name of
// what was being done.
func New(log *slog.Logger, level slog.Level, doing string) *Reporter {
	return &Reporter{log: log, level: level, doing: doing}
}

// Failed notes a failure.
func (r *Reporter) Failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !r.failed.Load() {
		r.failed.Store(true)
		r.since, r.told, r.tries = now, time.Time{}, 0
	}
	r.tries++
	if !r.told.IsZero() && now.Sub(r.told) < every {
		return
	}
	r.told = now
	attrs := []slog.Attr{slog.String("err", err.Error())}
	if r.tries > 1 {
		attrs = append(attrs, slog.Int("tries", r.tries), slog.Duration("for", now.Sub(r.since)))
	}
	r.log.LogAttrs(context.Background(), r.level, r.doing, attrs...)
}

// Done notes that the work was done.
func (r *Reporter) Done() {
	if !r.failed.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failed.Load() {
		return
	}
	r.failed.Store(false)
	r.log.LogAttrs(context.Background(), slog.LevelInfo, r.doing+": it works again",
		slog.Int("tries", r.tries), slog.Duration("for", time.Since(r.since)))
}
