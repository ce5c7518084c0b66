package pebblestore

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// ReadFacts is as the contract says: what is under readers, and then pages by time.
// A mark is the key that was read last.
func (s *Store) ReadFacts(ctx context.Context, after string, yield func(*store.Fact, string) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	lower := []byte{keyReader}
	if after != "" {
		lower = append([]byte(after), 0)
	}
	it, err := s.iter(lower, []byte{keyTime + 1})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; {
		if err := ctx.Err(); err != nil {
			return feed.Wrap(feed.Unavailable, err, "reading what is kept of readers")
		}
		f, mark, err := s.fact(it)
		if err == nil && f != nil {
			err = yield(f, string(mark))
		}
		if err != nil {
			return err
		}
		ok = it.SeekGE(append(mark, 0))
	}
	return iterated(it)
}

// fact reads the fact that an iterator is at, nil if it is at none, and returns
// the last key that belongs to it.
func (s *Store) fact(it *pebble.Iterator) (*store.Fact, []byte, error) {
	key := append([]byte(nil), it.Key()...)
	if key[0] == keyTime {
		return pageByTime(it, key)
	}
	prefix, err := readerPrefix(key)
	if err != nil {
		return nil, nil, err
	}
	end := len(prefix)
	f := &store.Fact{User: feed.UserID(prefix[readerHead:])}
	switch key[end] {
	case kindMark:
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, nil, unread(err)
		}
		f.Mark = new(store.Mark)
		if len(v) != 8 || copy(f.Mark.Key[:], key[end+1:]) != len(f.Mark.Key) {
			return nil, nil, feed.Errorf(feed.Internal, "stored mark %x is none", key)
		}
		f.Mark.At = feed.Millis(binary.BigEndian.Uint64(v))
		return f, key, nil
	case kindPage:
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, nil, unread(err)
		}
		whole, err := wholePage(v)
		if err != nil || !whole {
			return nil, key, err
		}
		f.Page, err = store.DecodePage(v)
		return f, key, err
	case kindActs:
		h, err := s.history(f.User)
		f.History = h
		return f, actsKey(nil, f.User, kindActs, math.MaxUint64), err
	}
	return nil, append(key[:end], kindEnd), nil
}

// pageByTime reads the page that an iterator is at, nil if the time's key has none.
func pageByTime(it *pebble.Iterator, key []byte) (*store.Fact, []byte, error) {
	v, err := it.ValueAndErr()
	if err != nil {
		return nil, nil, unread(err)
	}
	if len(v) == 0 {
		return nil, key, nil
	}
	page, err := store.DecodePage(v)
	if err != nil {
		return nil, nil, err
	}
	return &store.Fact{User: page.User, Page: page}, key, nil
}

func (s *Store) history(user feed.UserID) (*store.History, error) {
	prefix := append(readerKey(nil, user), kindActs)
	it, err := s.iter(prefix, append(readerKey(nil, user), kindActs+1))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	c := new(cached)
	if err := c.loadActs(it, prefix); err != nil {
		return nil, err
	}
	return &store.History{Acts: c.acts, Acted: c.acted}, nil
}

// TakeFacts is as the contract says.
func (s *Store) TakeFacts(ctx context.Context, facts []store.Fact) error {
	return s.take(ctx, func(b *pebble.Batch) error {
		for i := range facts {
			if err := s.setFact(b, &facts[i]); err != nil {
				return err
			}
		}
		s.recent.sure.Store(math.MaxUint64) // marks that no set knows of, and no entry of the log tells of
		if err := s.apply(b); err != nil {
			return err
		}
		for i := range facts {
			st := &s.stripes[s.stripeOf(facts[i].User)]
			st.mu.Lock()
			st.changes++
			st.dropLocked(facts[i].User)
			st.mu.Unlock()
		}
		return nil
	})
}

func (s *Store) setFact(b *pebble.Batch, f *store.Fact) error {
	switch {
	case f.History != nil:
		// Sequence 0 is before every entry of the log.
		return set(b, actsKey(nil, f.User, kindActs, 0), store.AppendActs(nil, withActed(f.History)...))
	case f.Page != nil:
		return s.setPage(b, f.Page)
	case f.Mark != nil:
		key := markKey(nil, f.User, &f.Mark.Key)
		if err := set(b, key, binary.BigEndian.AppendUint64(nil, uint64(f.Mark.At))); err != nil {
			return err
		}
		return set(b, timeKey(nil, f.Mark.At, key), nil)
	}
	return feed.Errorf(feed.Invalid, "an empty fact")
}

// withActed puts before the acts of a history those articles of which no act is
// known any more, and whatever has to keep its place among them.
func withActed(h *store.History) []feed.Act {
	var c cached
	c.addActs(h.Acts)
	if len(c.acted) == len(h.Acted) {
		same := true
		for i := range c.acted {
			same = same && c.acted[i] == h.Acted[i]
		}
		if same {
			return h.Acts
		}
	}
	acts := make([]feed.Act, 0, len(h.Acted)+len(h.Acts))
	for _, id := range h.Acted {
		acts = append(acts, feed.Act{Article: id, Action: actionLost})
	}
	return append(acts, h.Acts...)
}

// actionLost is the action of an act that was not kept: the article was acted
// on before.
const actionLost feed.Action = 0
