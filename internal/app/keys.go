package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/track"
)

// signer keeps the ring of signing keys like the store's.
type signer struct {
	store store.Keys
	ring  track.Keyring

	mu sync.Mutex // one load at a time, so that an older one never wins
}

// newSigner loads the keys and makes the first one where there is none.
func newSigner(ctx context.Context, st store.Keys, now feed.Millis) (*signer, error) {
	s := &signer{store: st}
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	if s.ring.Current() != 0 {
		return s, nil
	}
	if _, err := RotateKey(ctx, st, now); err != nil {
		return nil, err
	}
	return s, s.reload(ctx)
}

// reload makes known what other processes added.
func (s *signer) reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("loading signing keys: %w", err)
	}
	s.ring.Set(keys)
	return nil
}

// rotate adds a key, which signs from now on.
func (s *signer) rotate(ctx context.Context, now feed.Millis) (feed.SigningKey, error) {
	key, err := RotateKey(ctx, s.store, now)
	if err != nil {
		return feed.SigningKey{}, err
	}
	return key, s.reload(ctx)
}

// retire drops keys whose last pages are beyond [feed.PageLife]: those that had
// a successor for longer than that, with a day for replicas that are slow to
// take up a new key and for clocks that differ.
func (s *signer) retire(ctx context.Context, now feed.Millis) error {
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("loading signing keys: %w", err)
	}
	for i := len(keys) - 1; i > 0; i-- {
		if keys[i].Created < now-feed.PageLife-feed.Day {
			if err := s.store.DropSigningKeys(ctx, keys[i].Created); err != nil {
				return fmt.Errorf("dropping signing keys: %w", err)
			}
			return s.reload(ctx)
		}
	}
	return nil
}

// RotateKey adds a signing key to a store. Services that run on the store learn
// of it when they meet it, and sign with it within the hour.
func RotateKey(ctx context.Context, st store.Keys, now feed.Millis) (feed.SigningKey, error) {
	for {
		keys, err := st.SigningKeys(ctx)
		if err != nil {
			return feed.SigningKey{}, fmt.Errorf("loading signing keys: %w", err)
		}
		id := uint32(1)
		if n := len(keys); n > 0 {
			id = keys[n-1].ID + 1
		}
		key, err := track.NewKey(id, now)
		if err != nil {
			return feed.SigningKey{}, err
		}
		switch err := st.AddSigningKey(ctx, key); {
		case err == nil:
			return key, nil
		case !errors.Is(err, feed.ErrConflict): // another process came first
			return feed.SigningKey{}, fmt.Errorf("adding a signing key: %w", err)
		case ctx.Err() != nil:
			return feed.SigningKey{}, ctx.Err()
		}
	}
}
