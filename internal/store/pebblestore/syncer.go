package pebblestore

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"readnext/internal/feed"
)

const (
	// pageDelay is how long written bytes may wait for a sync that nobody
	// waits for. Promised are 100 ms; the rest is for the sync itself.
	pageDelay = 50 * time.Millisecond
	// retryDelay is how long a failure rests before the next attempt.
	retryDelay = 500 * time.Millisecond
)

var (
	errBehind = errors.New("an earlier write has not reached the disk")
	errClosed = feed.Errorf(feed.Unavailable, "the store is closed")
)

// syncer syncs the write-ahead logs: one goroutine, in rounds. Whoever waits
// joins the round that has not begun yet, so what was written before the call is
// synced when it returns, and all who arrive during a round share the next.
type syncer struct {
	log   *slog.Logger
	after func(time.Duration) <-chan time.Time
	// flush starts to write the memtable into a table and returns a channel
	// that is closed when that is durable. Set before the first failure can be
	// made up for.
	flush func() (<-chan struct{}, error)
	// frozen is why nothing can be written any more, or nil.
	frozen func() error

	wake  chan struct{} // holds a token when someone waits for the next round
	dirty chan struct{} // holds a token when something was written
	stop  chan struct{}
	done  sync.WaitGroup

	last  atomic.Int64 // nanoseconds that the last sync took
	syncs atomic.Uint64

	// Why writes are refused, or nil: logs fail, flushes do, tables cannot be
	// made.
	failed  atomic.Pointer[error]
	flushes atomic.Pointer[error]
	made    atomic.Pointer[error]

	mu       sync.Mutex
	next     *round
	files    []*walFile // oldest first; only the first is on disk
	failures uint64     // how often something failed
	mending  bool       // a flush is under way for a tainted log
}

type round struct {
	done chan struct{}
	err  error // set before done is closed
}

func newSyncer(log *slog.Logger, after func(time.Duration) <-chan time.Time) *syncer {
	return &syncer{
		log:   log,
		after: after,
		wake:  make(chan struct{}, 1),
		dirty: make(chan struct{}, 1),
		stop:  make(chan struct{}),
		next:  &round{done: make(chan struct{})},
	}
}

func (s *syncer) start() {
	s.done.Go(s.run)
}

// close ends the syncer's goroutines. What is not synced by then stays so.
func (s *syncer) close() {
	close(s.stop)
	s.done.Wait()
}

func (s *syncer) run() {
	var page, retry <-chan time.Time
	for {
		select {
		case <-s.stop:
			return
		case <-s.dirty:
			if page == nil {
				page = s.after(pageDelay)
			}
			continue
		case <-s.wake:
		case <-page:
		case <-retry:
			retry = nil
		}
		page = nil
		if err := s.round(); err != nil && retry == nil {
			retry = s.after(retryDelay)
		}
	}
}

// round syncs once, for all who joined before.
func (s *syncer) round() error {
	s.mu.Lock()
	r := s.next
	s.next = &round{done: make(chan struct{})}
	failures := s.failures
	s.mu.Unlock()

	err := s.syncFiles()
	if err != nil {
		s.fail(err)
	} else {
		s.mend(failures)
		// A failure meanwhile is of bytes written after the round began.
	}
	r.err = err
	close(r.done)
	return err
}

func (s *syncer) syncFiles() error {
	if err := s.frozenErr(); err != nil {
		return err
	}
	for {
		s.mu.Lock()
		if len(s.files) == 0 {
			s.mu.Unlock()
			return nil
		}
		f := s.files[0]
		last := len(s.files) == 1
		s.mu.Unlock()
		if err := f.sync(); err != nil {
			s.repair(f)
			return err
		}
		// A log after this one means that Pebble had closed it before the sync.
		if last || !f.isClosed() {
			return nil
		}
		f.drop()
	}
}

// repair starts a flush for a tainted log, unless one is under way or would
// only add to those that fail.
func (s *syncer) repair(f *walFile) {
	f.mu.Lock()
	tainted := f.tainted != nil
	f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !tainted || s.mending || s.flush == nil || s.flushes.Load() != nil || s.made.Load() != nil {
		return
	}
	select {
	case <-s.stop:
		return
	default:
	}
	s.mending = true
	s.done.Go(func() {
		defer func() {
			s.mu.Lock()
			s.mending = false
			s.mu.Unlock()
		}()
		s.mu.Lock()
		files := slices.Clone(s.files)
		s.mu.Unlock()
		flushed, err := s.flush()
		if err != nil {
			s.log.Error("flushing after a failed sync", "error", err)
			return
		}
		select {
		case <-flushed:
		case <-s.stop:
			return
		}
		for _, f := range files {
			f.drop()
		}
		s.nudge(s.wake)
	})
}

// wait returns when everything written before the call is durable.
func (s *syncer) wait(ctx context.Context) error {
	if err := s.failure(); err != nil {
		return err
	}
	s.mu.Lock()
	r := s.next
	s.mu.Unlock()
	s.nudge(s.wake)
	select {
	case <-r.done:
		if r.err != nil {
			return feed.Wrap(feed.Unavailable, r.err, "syncing to disk")
		}
		return nil
	case <-s.stop:
		return errClosed
	case <-ctx.Done():
		return feed.Wrap(feed.Unavailable, ctx.Err(), "waiting for a sync")
	}
}

// wrote says that there is something to sync in due time.
func (s *syncer) wrote() { s.nudge(s.dirty) }

func (s *syncer) nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// fail refuses writes until a round succeeds that began after the failure.
func (s *syncer) fail(err error) {
	s.mu.Lock()
	s.failures++
	first := s.failed.Load() == nil
	if first || !errors.Is(err, errBehind) {
		s.failed.Store(&err)
	}
	s.mu.Unlock()
	if first {
		s.log.Error("the disk fails; writes are refused", "error", err)
	}
}

// mend takes writes again if nothing failed since failures were counted.
func (s *syncer) mend(failures uint64) {
	s.mu.Lock()
	ended := s.failures == failures && s.failed.Load() != nil
	if ended {
		s.failed.Store(nil)
	}
	s.mu.Unlock()
	if ended {
		s.log.Info("the disk works again; writes are taken")
	}
}

// failure returns why writes are refused, as a [feed.Unavailable] error.
func (s *syncer) failure() error {
	if err := s.frozenErr(); err != nil {
		return feed.Wrap(feed.Unavailable, err, "writing to disk")
	}
	for _, why := range []*atomic.Pointer[error]{&s.failed, &s.flushes, &s.made} {
		if p := why.Load(); p != nil {
			return feed.Wrap(feed.Unavailable, *p, "writing to disk")
		}
	}
	return nil
}

func (s *syncer) frozenErr() error {
	if s.frozen == nil {
		return nil
	}
	return s.frozen()
}

// timed runs a sync and notes what it took.
func (s *syncer) timed(sync func() error) error {
	start := time.Now()
	err := sync()
	s.last.Store(int64(time.Since(start)))
	s.syncs.Add(1)
	return err
}
