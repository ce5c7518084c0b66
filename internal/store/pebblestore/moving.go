package pebblestore

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

var _ store.Moving = (*Store)(nil)

// checkMoved refuses a store that holds a part of a copy.
func (s *Store) checkMoved() error {
	unfinished, err := s.has([]byte{keyMove})
	if err == nil && unfinished {
		err = store.ErrUnfinished
	}
	return err
}

// BeginMove is as the contract says.
func (s *Store) BeginMove(ctx context.Context) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	note, there, err := s.get(nil, []byte{keyMove})
	if err != nil || there {
		return string(note), err
	}
	it, err := s.iter(nil, nil)
	if err != nil {
		return "", err
	}
	defer it.Close()
	if it.First() {
		return "", feed.Errorf(feed.Invalid, "the store in %s is not empty", s.dir)
	}
	return "", iterated(it)
}

// NoteMove is as the contract says.
func (s *Store) NoteMove(ctx context.Context, note string) error {
	if err := s.take(ctx, func(b *pebble.Batch) error {
		if err := set(b, []byte{keyMove}, []byte(note)); err != nil {
			return err
		}
		return s.apply(b)
	}); err != nil {
		return err
	}
	return s.sync.wait(ctx)
}

// EndMove is as the contract says.
func (s *Store) EndMove(ctx context.Context) error {
	if err := s.take(ctx, func(b *pebble.Batch) error {
		if err := remove(b, []byte{keyMove}); err != nil {
			return err
		}
		return s.apply(b)
	}); err != nil {
		return err
	}
	return s.sync.wait(ctx)
}

// take fills and applies a batch, and returns when it is with the operating
// system.
func (s *Store) take(ctx context.Context, fill func(*pebble.Batch) error) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	b := s.db.NewBatch()
	if err := fill(b); err != nil {
		return err
	}
	return s.finish(b)
}

// TakeKeys is as the contract says.
func (s *Store) TakeKeys(ctx context.Context, keys []feed.SigningKey) error {
	return s.take(ctx, func(b *pebble.Batch) error {
		for i := range keys {
			if err := set(b, signingKey(nil, keys[i].ID), store.AppendSigningKey(nil, &keys[i])); err != nil {
				return err
			}
		}
		return s.apply(b)
	})
}

// TakeArticles is as the contract says.
func (s *Store) TakeArticles(ctx context.Context, articles []feed.Article) error {
	return s.take(ctx, func(b *pebble.Batch) error {
		var key, value []byte
		for i := range articles {
			key = articleKey(key[:0], articles[i].ID)
			value = store.AppendArticle(value[:0], &articles[i])
			if err := set(b, key, value); err != nil {
				return err
			}
		}
		return s.apply(b)
	})
}

// TakeLog is as the contract says.
func (s *Store) TakeLog(ctx context.Context, first uint64, entries []feed.Entry) error {
	return s.take(ctx, func(b *pebble.Batch) error {
		s.tail.mu.Lock()
		defer s.tail.mu.Unlock()
		if first == 0 || first > s.tail.last+1 {
			return feed.Errorf(feed.Invalid, "entry %d does not follow on entry %d", first, s.tail.last)
		}
		known := min(s.tail.last+1-first, uint64(len(entries)))
		var key, value []byte
		for i := range entries[known:] {
			e, seq := &entries[known:][i], first+known+uint64(i)
			key = logKey(key[:0], seq)
			value = store.AppendEntry(value[:0], e)
			if err := set(b, key, value); err != nil {
				return err
			}
			if e.Signal == nil || e.Signal.User == feed.Anonymous {
				continue
			}
			key = actsKey(key[:0], e.Signal.User, kindOther, seq)
			if err := set(b, key, nil); err != nil {
				return err
			}
		}
		if err := s.apply(b); err != nil {
			return err
		}
		s.tail.grownLocked(uint64(len(entries)) - known)
		return nil
	})
}
