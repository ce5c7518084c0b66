package pebblestore

import (
	"context"
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Forget is as the contract says. What is erased is gone from every answer at
// once; its bytes leave the disk when Pebble compacts the tables they are in.
func (s *Store) Forget(ctx context.Context, user feed.UserID) (feed.Position, error) {
	if user == feed.Anonymous {
		return "", feed.Invalidf("user_id", "is empty; nothing is kept of anonymous readers by name")
	}
	if err := user.Validate("user_id"); err != nil {
		return "", err
	}
	if err := s.enterWrite(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	b := s.db.NewBatch()
	at, err := s.forget(b, user)
	if err != nil {
		return "", err
	}
	if err := s.durable(ctx, b); err != nil {
		return "", err
	}
	return at, nil
}

// forget holds the reader's lock from the scan to the write, so nothing of the
// reader comes in between.
func (s *Store) forget(b *pebble.Batch, user feed.UserID) (feed.Position, error) {
	st := &s.stripes[s.stripeOf(user)]
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := s.erase(b, user); err != nil {
		return "", err
	}
	at, err := s.appendEntries(b, 1, func(seq uint64) error {
		return set(b, logKey(nil, seq), store.AppendEntry(nil, &feed.Entry{Forgotten: user}))
	})
	if err != nil {
		return "", err
	}
	st.changes++
	st.dropLocked(user)
	return at, nil
}

// erase removes all keys of a reader, and those that they index or that index
// them.
func (s *Store) erase(b *pebble.Batch, user feed.UserID) error {
	prefix, end := readerKey(nil, user), append(readerKey(nil, user), kindEnd)
	it, err := s.iter(prefix, end)
	if err != nil {
		return err
	}
	defer it.Close()
	var other []byte
	for ok := it.First(); ok; ok = it.Next() {
		key := it.Key()
		switch key[len(prefix)] {
		case kindMark:
			v, err := it.ValueAndErr()
			if err != nil {
				return unread(err)
			}
			if len(v) != 8 {
				return feed.Errorf(feed.Internal, "stored mark: is %d bytes long, want 8", len(v))
			}
			other = timeKey(other[:0], feed.Millis(binary.BigEndian.Uint64(v)), key)
		case kindPage:
			other = timeKey(other[:0], feed.Millis(tail8(key)), key)
		case kindActs, kindOther:
			other = logKey(other[:0], tail8(key))
		default:
			continue
		}
		if err := remove(b, other); err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return unread(err)
	}
	if err := b.DeleteRange(prefix, end, nil); err != nil {
		return feed.Wrap(feed.Internal, err, "filling a batch")
	}
	return nil
}
