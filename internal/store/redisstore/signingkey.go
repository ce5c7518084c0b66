package redisstore

import (
	"cmp"
	"context"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/store"
)

func (s *Store) keysKey() string { return s.names.of(s.names.catalogue(), "keys") }

// SigningKeys is as the contract says.
func (s *Store) SigningKeys(ctx context.Context) ([]feed.SigningKey, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.signingKeys(ctx)
}

func (s *Store) signingKeys(ctx context.Context) ([]feed.SigningKey, error) {
	all, err := s.do(ctx, s.client.B().Hvals().Key(s.keysKey()).Build()).AsStrSlice()
	if err != nil {
		return nil, failed(err, "reading signing keys")
	}
	var keys []feed.SigningKey
	for _, b := range all {
		k, err := store.DecodeSigningKey([]byte(b))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b feed.SigningKey) int { return cmp.Compare(a.ID, b.ID) })
	return keys, nil
}

// AddSigningKey is as the contract says.
func (s *Store) AddSigningKey(ctx context.Context, key feed.SigningKey) error {
	const doing = "adding a signing key"
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if key.ID == 0 {
		return feed.ErrConflict
	}
	r, err := s.write(ctx, call{&s.scripts.addKey, []string{s.keysKey()},
		[]string{digits(key.ID), string(store.AppendSigningKey(nil, &key))}}, doing)
	if err != nil {
		return err
	}
	n, err := r.AsInt64()
	if err == nil && n == 0 {
		return feed.ErrConflict
	}
	return failed(err, doing)
}

// DropSigningKeys is as the contract says: what is added meanwhile makes no
// lower id the highest.
func (s *Store) DropSigningKeys(ctx context.Context, before feed.Millis) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	keys, err := s.signingKeys(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for i := range max(len(keys)-1, 0) {
		if keys[i].Created < before {
			ids = append(ids, digits(keys[i].ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return failed(s.do(ctx, s.client.B().Hdel().Key(s.keysKey()).Field(ids...).Build()).Error(), "dropping signing keys")
}
