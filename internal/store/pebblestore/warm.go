package pebblestore

import (
	"context"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
)

// warmAtOnce is how many readers are read from one view of the database.
const warmAtOnce = 512

// Warm reads the profiles of readers, in the order of their keys, until all are
// cached or as many as may be, as of a time: after a start, a reader who comes
// would wait for the disk otherwise. It takes the room that nobody uses, no
// more, and may be called beside everything else.
func (s *Store) Warm(ctx context.Context, now feed.Millis) error {
	from := max(now-feed.ServedWindow-servedSlack, 0)
	for next := []byte{keyReader}; next != nil; {
		var err error
		if next, err = s.warmSome(ctx, next, from); err != nil {
			return err
		}
	}
	return nil
}

// warmSome reads the next readers' profiles and returns where those after them
// begin, nil if there is none or no room.
func (s *Store) warmSome(ctx context.Context, lower []byte, from feed.Millis) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	var changes [stripeCount]uint64 // before the view that profiles are read from
	room := false
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		changes[i] = st.changes
		n, bytes := st.cachedLocked()
		room = room || n < st.max && bytes < st.maxCost
		st.mu.Unlock()
	}
	if !room {
		return nil, nil
	}
	end := []byte{keyReader + 1}
	it, err := s.iter(lower, end)
	if err != nil {
		return nil, err
	}
	for range warmAtOnce {
		it.SetBounds(lower, end)
		if !it.First() {
			lower = nil
			break
		}
		var prefix []byte
		if prefix, err = readerPrefix(it.Key()); err == nil {
			lower = append(slices.Clone(prefix), kindEnd)
			err = s.warm(it, lower, from, &changes)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = iterated(it)
	}
	if closing := it.Close(); err == nil && closing != nil {
		err = unread(closing)
	}
	return lower, err
}

// warm caches the profile of the reader whose keys lie below end, if there is
// room and nothing of their stripe has changed.
func (s *Store) warm(it *pebble.Iterator, end []byte, from feed.Millis, changes *[stripeCount]uint64) error {
	prefix := end[:len(end)-1]
	c := &cached{user: feed.UserID(prefix[readerHead:]), from: from}
	n := s.stripeOf(c.user)
	st := &s.stripes[n]
	st.mu.Lock()
	wanted := st.roomLocked(c.user)
	st.mu.Unlock()
	if !wanted {
		return nil
	}
	it.SetBounds(prefix, end)
	if err := c.load(it, slices.Clone(prefix)); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.changes == changes[n] && st.roomLocked(c.user) {
		c.version = s.versions.Add(1)
		st.keepPackedLocked(c)
	}
	return nil
}
