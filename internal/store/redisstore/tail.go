package redisstore

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/outage"
)

// tail is how far the order is known to reach.
type tail struct {
	mu      sync.Mutex
	end     place
	changed chan struct{} // closed when end changes
}

func (t *tail) init(end place) { t.end, t.changed = end, make(chan struct{}) }

// reach notes that the order reaches a place.
func (t *tail) reach(at place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.seq > t.end.seq {
		t.setLocked(at)
	}
}

// set notes where the order ends, which may be before what was known.
func (t *tail) set(at place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at != t.end {
		t.setLocked(at)
	}
}

func (t *tail) setLocked(at place) {
	t.end = at
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *tail) get() (place, chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end, t.changed
}

const (
	followBlock = time.Second // how long an XREAD waits
	followChunk = 512
)

// follow waits for the order to grow, on a connection of its own, until ctx
// ends.
func (s *Store) follow(ctx context.Context) {
	pause := 10 * time.Millisecond
	following := outage.New(s.log, slog.LevelWarn, "following the log")
	for ctx.Err() == nil {
		err := s.followOnce(ctx)
		if err == nil {
			pause = 10 * time.Millisecond
			following.Done()
			continue
		}
		if ctx.Err() == nil {
			following.Failed(err)
		}
		t := time.NewTimer(pause)
		pause = min(2*pause, time.Second)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

func (s *Store) followOnce(ctx context.Context) error {
	end, _ := s.tail.get()
	// Without a deadline on it, the context's end is heeded at once.
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	bound := time.AfterFunc(followBlock+s.cfg.Timeout, cancel)
	defer bound.Stop()
	r := s.client.Do(bounded, s.client.B().Xread().Count(followChunk).Block(followBlock.Milliseconds()).
		Streams().Key(s.names.order).Id(end.id()).Build())
	streams, err := r.AsXRead()
	switch {
	case rueidis.IsRedisNil(err):
		return s.lookBack(ctx)
	case err != nil:
		return failed(err, "waiting for the log")
	}
	entries := streams[s.names.order]
	for i := range entries {
		ref, err := s.referenceIn(entries[i])
		if err != nil {
			return err
		}
		s.note(ref)
	}
	if n := len(entries); n > 0 {
		at, err := parsePlace(entries[n-1].ID)
		if err != nil {
			return err
		}
		s.tail.reach(at)
	}
	return nil
}

// lookBack finds out whether the order's end was lost, in which case nothing
// would be seen for as long as it took to grow again.
func (s *Store) lookBack(ctx context.Context) error {
	text, err := s.do(ctx, s.client.B().Hget().Key(s.names.marks).Field("end").Build()).ToString()
	if err != nil && !rueidis.IsRedisNil(err) {
		return failed(err, "waiting for the log")
	}
	at, err := parsePlace(text)
	if err == nil {
		s.tail.set(at)
	}
	return err
}

// note keeps a partition's floor up.
func (s *Store) note(ref reference) {
	if ref.partition < len(s.floors) {
		s.raise(ref.partition, ref.id)
	}
}

// WaitLog is as the contract says; it ends when the store closes.
func (s *Store) WaitLog(ctx context.Context, after feed.Position) error {
	if _, _, ok := parseMidway(after); ok {
		return nil
	}
	at, err := parsePosition(after)
	if err != nil {
		return err
	}
	end, changed := s.tail.get()
	if end != at {
		return nil // more, or less than there was
	}
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopped:
		return errClosed
	}
}
