package pebblestore

import (
	"context"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// tail is the log's end. Its lock is held while entries get their sequence and
// become visible, so a reader of the log never sees one before a lower one.
type tail struct {
	mu      sync.Mutex
	last    uint64        // sequence of the last visible entry, 0 if there is none
	changed chan struct{} // closed when last grows
}

// openTail finds the log's end. The last entry is never erased without another
// behind it, so sequences are not given out twice.
func (s *Store) openTail() error {
	s.tail.changed = make(chan struct{})
	it, err := s.iter([]byte{keyLog}, []byte{keyLog + 1})
	if err != nil {
		return err
	}
	defer it.Close()
	if it.Last() {
		s.tail.last = tail8(it.Key())
	}
	if err := it.Error(); err != nil {
		return unread(err)
	}
	return nil
}

// appendEntries adds n entries to the log and applies the batch: fill writes
// them and whatever goes with them, the first under the sequence it is given.
// It returns the position after them, or the log's end if n is 0.
func (s *Store) appendEntries(b *pebble.Batch, n int, fill func(first uint64) error) (feed.Position, error) {
	s.tail.mu.Lock()
	defer s.tail.mu.Unlock()
	if err := fill(s.tail.last + 1); err != nil {
		return "", err
	}
	if err := s.apply(b); err != nil {
		return "", err
	}
	s.tail.grownLocked(uint64(n))
	return position(s.tail.last), nil
}

// grownLocked notes that n entries became visible.
func (t *tail) grownLocked(n uint64) {
	if n == 0 {
		return
	}
	t.last += n
	close(t.changed)
	t.changed = make(chan struct{})
}

// end is the position after the last entry.
func (s *Store) end() uint64 {
	s.tail.mu.Lock()
	defer s.tail.mu.Unlock()
	return s.tail.last
}

// after is the sequence of a position in this log.
func (s *Store) after(p feed.Position) (uint64, error) {
	seq, err := sequence(p)
	if err != nil {
		return 0, err
	}
	if end := s.end(); seq > end {
		return 0, feed.Errorf(feed.Invalid, "position %d is beyond the log, which ends at %d", seq, end)
	}
	return seq, nil
}

// ReadLog is as the contract says. It may return entries that are not synced
// yet; see SaveSnapshot.
func (s *Store) ReadLog(ctx context.Context, after feed.Position, max int) ([]feed.Entry, feed.Position, error) {
	if err := s.enter(ctx); err != nil {
		return nil, after, err
	}
	defer s.leave()
	seq, err := s.after(after)
	if err != nil {
		return nil, after, err
	}
	if max <= 0 || seq == s.end() {
		return nil, after, nil
	}
	it, err := s.iter(logKey(nil, seq+1), []byte{keyLog + 1})
	if err != nil {
		return nil, after, err
	}
	defer it.Close()
	var entries []feed.Entry
	next := after
	for ok := it.First(); ok && len(entries) < max; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, after, unread(err)
		}
		e, err := store.DecodeEntry(v)
		if err != nil {
			return nil, after, err
		}
		entries = append(entries, e)
		next = position(tail8(it.Key()))
	}
	if err := it.Error(); err != nil {
		return nil, after, unread(err)
	}
	return entries, next, nil
}

// WaitLog is as the contract says; it ends when the store closes.
func (s *Store) WaitLog(ctx context.Context, after feed.Position) error {
	seq, err := s.after(after)
	if err != nil {
		return err
	}
	s.tail.mu.Lock()
	more, changed := seq < s.tail.last, s.tail.changed
	s.tail.mu.Unlock()
	if more {
		return nil
	}
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return errClosed
	}
}

// Covers compares: positions are sequences that sort as text.
func (s *Store) Covers(at, want feed.Position) bool { return at >= want }
