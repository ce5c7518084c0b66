package pebblestore

import (
	"context"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// SigningKeys is as the contract says.
func (s *Store) SigningKeys(ctx context.Context) ([]feed.SigningKey, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.signingKeys()
}

func (s *Store) signingKeys() ([]feed.SigningKey, error) {
	it, err := s.iter([]byte{keySigning}, []byte{keySigning + 1})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var keys []feed.SigningKey
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, unread(err)
		}
		k, err := store.DecodeSigningKey(v)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if err := it.Error(); err != nil {
		return nil, unread(err)
	}
	return keys, nil
}

// AddSigningKey is as the contract says.
func (s *Store) AddSigningKey(ctx context.Context, key feed.SigningKey) error {
	return s.changeKeys(ctx, func(keys []feed.SigningKey, put func(feed.SigningKey) error, _ func(uint32) error) error {
		if key.ID == 0 || slices.ContainsFunc(keys, func(k feed.SigningKey) bool { return k.ID == key.ID }) {
			return feed.ErrConflict
		}
		return put(key)
	})
}

// DropSigningKeys is as the contract says.
func (s *Store) DropSigningKeys(ctx context.Context, before feed.Millis) error {
	return s.changeKeys(ctx, func(keys []feed.SigningKey, _ func(feed.SigningKey) error, drop func(uint32) error) error {
		for i := range len(keys) - 1 {
			if keys[i].Created < before {
				if err := drop(keys[i].ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// changeKeys changes the keys by what is there, in one write.
func (s *Store) changeKeys(ctx context.Context, change func(keys []feed.SigningKey, put func(feed.SigningKey) error, drop func(uint32) error) error) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	b := s.db.NewBatch()
	err := func() error {
		s.catalogue.Lock()
		defer s.catalogue.Unlock()
		keys, err := s.signingKeys()
		if err != nil {
			return err
		}
		err = change(keys, func(k feed.SigningKey) error {
			return set(b, signingKey(nil, k.ID), store.AppendSigningKey(nil, &k))
		}, func(id uint32) error {
			return remove(b, signingKey(nil, id))
		})
		if err != nil {
			return err
		}
		return s.apply(b)
	}()
	if err != nil {
		return err
	}
	return s.durable(ctx, b)
}
