package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/files"
)

// Store is a store in a Redis. Make one with Open.
type Store struct {
	cfg    Config
	log    *slog.Logger
	client rueidis.Client
	prompt prompt
	waits  chan struct{} // one for each exchange that waits for replicas
	names  names
	scripts
	tail tail
	// floors is up to which entry each partition is known to be ordered.
	floors []atomic.Uint64
	ahead  atomic.Int64 // the clock, of that of Redis, in nanoseconds

	// closing is held shared by every call and alone by Close.
	closing   sync.RWMutex
	closed    bool // guarded by closing
	closeOnce sync.Once
	closeErr  error
	stop      context.CancelFunc
	stopped   <-chan struct{}
	work      sync.WaitGroup

	lock      io.Closer // of the snapshots' directory
	snapshots *files.Snapshots
}

var _ store.Store = (*Store)(nil)

// Open opens the store at an address, which [Parse] understands, and makes one
// where there is none.
func Open(ctx context.Context, url string, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.EnsureDefaults()
	opt, err := Parse(url)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, log: cfg.Logger, waits: make(chan struct{}, cfg.Connections)}
	if s.scripts, err = loadScripts(); err != nil {
		return nil, feed.Wrap(feed.Internal, err, "loading scripts")
	}
	if err := s.openSnapshots(); err != nil {
		return nil, err
	}
	opt.BlockingPoolSize = cfg.Connections + 1 // and one to follow the log
	opt.ConnWriteTimeout = cfg.Timeout
	opt.Dialer.Timeout = cfg.Timeout
	opt.DisableCache = true
	opt.ClientName = "readnext"
	if s.client, err = rueidis.NewClient(opt); err != nil {
		return nil, errors.Join(failed(err, "connecting to Redis"), s.lock.Close())
	}
	if err := s.open(ctx); err != nil {
		s.client.Close()
		return nil, errors.Join(err, s.lock.Close())
	}
	s.checkEviction(ctx)
	if _, err := s.checkClock(ctx); err != nil {
		s.log.Info("the clocks of this process and of Redis could not be compared", "err", err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop, s.stopped = stop, background.Done()
	s.work.Go(func() { s.follow(background) })
	s.work.Go(func() { s.keepRepaired(background) })
	return s, nil
}

// checkEviction warns of a Redis that would drop what it was told to keep. Who
// may not ask has to know.
func (s *Store) checkEviction(ctx context.Context) {
	const setting = "maxmemory-policy"
	m, err := s.do(ctx, s.client.B().ConfigGet().Parameter(setting).Build()).AsStrMap()
	switch policy := m[setting]; {
	case err != nil:
		s.log.Info("whether Redis may drop keys for want of memory could not be read: maxmemory-policy must be noeviction", "err", err)
	case policy != "noeviction":
		s.log.Warn("Redis may drop keys for want of memory: maxmemory-policy must be noeviction", "policy", policy)
	}
}

// layout is what the marks say of how keys and values are laid out.
const layout = "1"

// open fixes the layout and the number of partitions, and reads the marks.
func (s *Store) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	key, b := marksKey(s.cfg.Prefix), s.client.B()
	rs := s.client.DoMulti(ctx,
		b.Hsetnx().Key(key).Field("format").Value(layout).Build(),
		b.Hsetnx().Key(key).Field("partitions").Value(strconv.Itoa(s.cfg.Partitions)).Build(),
		b.Hgetall().Key(key).Build())
	for _, r := range rs {
		if err := r.Error(); err != nil {
			return failed(err, "opening the store")
		}
	}
	marks, err := rs[2].AsStrMap()
	if err != nil {
		return failed(err, "opening the store")
	}
	if marks["format"] != layout {
		return feed.Errorf(feed.Invalid, "the store under %q is laid out as %q; this version of readnext understands %q only", s.cfg.Prefix, marks["format"], layout)
	}
	n, err := strconv.Atoi(marks["partitions"])
	if err != nil || n < 1 || n > maxPartitions {
		return feed.Errorf(feed.Internal, "the store under %q says that it has %q partitions", s.cfg.Prefix, marks["partitions"])
	}
	if marks[moveField] != "" && !s.cfg.Unfinished {
		return store.ErrUnfinished
	}
	s.names = newNames(s.cfg.Prefix, n)
	s.floors = make([]atomic.Uint64, n+1)
	for p := range s.floors {
		if mark := marks[strconv.Itoa(p)]; mark != "" {
			id, err := parseUint(mark)
			if err != nil {
				return fmt.Errorf("the mark of partition %d: %w", p, err)
			}
			s.raise(p, id)
		}
	}
	end, err := parsePlace(marks["end"])
	if err != nil {
		return err
	}
	s.tail.init(end)
	return nil
}

func parseUint(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, feed.Errorf(feed.Internal, "stored number %q is none", s)
	}
	return n, nil
}

// raise notes that a partition is ordered up to an id.
func (s *Store) raise(p int, id uint64) {
	f := &s.floors[p]
	for {
		was := f.Load()
		if id <= was || f.CompareAndSwap(was, id) {
			return
		}
	}
}

func (s *Store) floor(p int) string { return digits(s.floors[p].Load()) }

// Close waits for calls under way and ends the connections.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.closing.Lock()
		defer s.closing.Unlock()
		s.closed = true
		s.work.Wait()
		s.client.Close()
		s.closeErr = s.lock.Close()
	})
	return s.closeErr
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

// do sends a command that reads, or whose effect need not be durable.
func (s *Store) do(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return s.prompt.do(ctx, s.client, c)
}

// bound gives an exchange its time. A caller that has less already, as those behind a
// guard have, needs no second timer.
func (s *Store) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Deadline(); ok && time.Until(at) <= s.cfg.Timeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.cfg.Timeout)
}

// doMulti sends commands that read, all at once.
func (s *Store) doMulti(ctx context.Context, cs []rueidis.Completed) []rueidis.RedisResult {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return s.prompt.doMulti(ctx, s.client, cs)
}
