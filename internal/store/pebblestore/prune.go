package pebblestore

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// pruneChunk is how many pages and marks are removed at a time: it bounds how
// long the readers' locks are held.
const pruneChunk = 256

// Prune is as the contract says. It reads nothing but what it removes and the
// entries of the log that tell which marks those are. A call that fails has removed
// some; the next goes on.
func (s *Store) Prune(ctx context.Context, before feed.Millis) (int, error) {
	if before <= 0 {
		return 0, nil
	}
	if err := s.enterWrite(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	removed := 0
	from := []byte{keyTime}
	for {
		if err := ctx.Err(); err != nil {
			return removed, feed.Wrap(feed.Unavailable, err, "pruning")
		}
		chunk, err := s.timedBefore(from, before)
		if err != nil {
			return removed, err
		}
		if len(chunk) == 0 {
			return removed, s.sync.wait(ctx)
		}
		n, err := s.pruneChunk(chunk, before)
		removed += n
		if err != nil {
			return removed, err
		}
		from = append(slices.Clone(chunk[len(chunk)-1].key), 0)
	}
}

// timedBefore reads some of the oldest time keys from a key on, and before one of
// entries of the log the marks that these tell of.
func (s *Store) timedBefore(from []byte, before feed.Millis) ([]timed, error) {
	it, err := s.iter(from, timeKey(nil, before, nil))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	log, err := s.iter([]byte{keyLog}, []byte{keyLog + 1})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var chunk []timed
	for ok := it.First(); ok && len(chunk) < pruneChunk; ok = it.Next() {
		t, ok := parseTimeKey(slices.Clone(it.Key()))
		if !ok {
			return nil, feed.Errorf(feed.Internal, "stored time key %x is not one", it.Key())
		}
		if t.of == nil {
			if chunk, err = s.appendMarks(chunk, log, &t); err != nil {
				return nil, err
			}
		}
		chunk = append(chunk, t)
	}
	if err := it.Error(); err != nil {
		return nil, unread(err)
	}
	return chunk, nil
}

// appendMarks adds the marks that entries of the log tell of and that are there. They
// lie all over the disk, so they are read here, before readers' locks are held; under
// those they are looked at once more. What is asked for in order is read on from where
// the log was.
func (s *Store) appendMarks(dst []timed, log *pebble.Iterator, of *timed) ([]timed, error) {
	end := of.first + uint64(of.n)
	for ok := log.SeekGE(logKey(nil, of.first)); ok && tail8(log.Key()) < end; ok = log.Next() {
		v, err := log.ValueAndErr()
		if err != nil {
			return nil, unread(err)
		}
		e, err := store.DecodeEntry(v)
		if err != nil {
			return nil, err
		}
		if e.Signal == nil || e.Signal.Key == (feed.Key{}) {
			continue
		}
		t := timed{of: markKey(nil, e.Signal.User, &e.Signal.Key), user: e.Signal.User, at: of.at}
		there, err := s.there(&t)
		if err != nil {
			return nil, err
		}
		if there {
			dst = append(dst, t)
		}
	}
	return dst, iterated(log)
}

// pruneChunk removes what is still there: a reader may have been forgotten
// since the chunk was read, and the same signal been marked anew.
func (s *Store) pruneChunk(chunk []timed, before feed.Millis) (int, error) {
	var held stripes
	for _, t := range chunk {
		held.add(s.stripeOf(t.user))
	}
	b := s.db.NewBatch()
	n := 0
	err := func() error {
		held.lock(s)
		defer held.unlock(s)
		for _, t := range chunk {
			there, err := s.there(&t)
			if err != nil {
				return err
			}
			if !there {
				continue
			}
			for _, key := range [][]byte{t.key, t.of} {
				if key == nil {
					continue
				}
				if err := remove(b, key); err != nil {
					return err
				}
			}
			if t.of != nil {
				n++
			}
		}
		if err := s.apply(b); err != nil {
			return err
		}
		for _, t := range chunk {
			if t.page {
				s.prunedLocked(t.user, before)
			}
		}
		return nil
	}()
	if err != nil {
		return 0, err
	}
	return n, s.finish(b)
}

// there reports whether what is to be removed is still there and of its time.
func (s *Store) there(t *timed) (bool, error) {
	if t.key != nil {
		return s.has(t.key)
	}
	v, ok, err := s.get(nil, t.of)
	return ok && len(v) == 8 && feed.Millis(binary.BigEndian.Uint64(v)) == t.at, err
}

// prunedLocked drops a cached profile that shows pruned pages.
func (s *Store) prunedLocked(user feed.UserID, before feed.Millis) {
	st := &s.stripes[s.stripeOf(user)]
	st.changes++
	c := st.lookLocked(user)
	if c == nil {
		return
	}
	shows := len(c.served) > 0 && c.served[0].At < before
	for _, n := range c.newest {
		shows = shows || n.Stamp < before
	}
	if shows {
		st.dropLocked(user)
	}
}
