package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/track"
)

// signer keeps the ring of signing keys like the store's. It never lets go of a
// key because the store lost it: pages that were signed with it are out there.
type signer struct {
	store store.Keys
	now   func() feed.Millis
	log   *slog.Logger
	ring  track.Keyring

	mu    sync.Mutex        // one load at a time, so that an older one never wins
	known []feed.SigningKey // what the ring has, ascending by id
}

// newSigner loads the keys and makes the first one where there is none.
func newSigner(ctx context.Context, st store.Keys, now func() feed.Millis, log *slog.Logger) (*signer, error) {
	s := &signer{store: st, now: now, log: log}
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	if s.ring.Current() != 0 {
		return s, nil
	}
	if _, err := RotateKey(ctx, st, now()); err != nil {
		return nil, err
	}
	return s, s.reload(ctx)
}

// reload makes known what other processes added, and gives the store back what
// it lost: by a restore, by a server that took over without it, or by a flush.
func (s *signer) reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("loading signing keys: %w", err)
	}
	for _, k := range s.lost(keys) {
		err := s.store.AddSigningKey(ctx, k)
		if errors.Is(err, feed.ErrConflict) { // another process was faster, or the id is taken
			again, e := s.store.SigningKeys(ctx)
			err = e
			if i := slices.IndexFunc(again, func(o feed.SigningKey) bool { return o.ID == k.ID }); err == nil && i >= 0 && again[i] != k {
				s.log.Error("the store lost a signing key and has another one of its id: params of its pages are rejected from now on", "id", k.ID)
				keys = append(keys, again[i])
				continue
			}
		}
		if err != nil {
			s.log.Warn("the store lost a signing key, and did not take it back yet", "id", k.ID, "err", err)
		} else {
			s.log.Warn("the store lost a signing key; it has it back", "id", k.ID)
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b feed.SigningKey) int { return cmp.Compare(a.ID, b.ID) })
	s.known = keys
	s.ring.Set(keys)
	return nil
}

// lost are the known keys that are not among the store's, but for those that
// another process may have retired.
func (s *signer) lost(keys []feed.SigningKey) (lost []feed.SigningKey) {
	replaced := func(k feed.SigningKey) bool {
		return slices.ContainsFunc(slices.Concat(s.known, keys), func(o feed.SigningKey) bool {
			return o.ID > k.ID && o.Created < s.now()-feed.PageLife
		})
	}
	for _, k := range s.known {
		if !slices.ContainsFunc(keys, func(o feed.SigningKey) bool { return o.ID == k.ID }) && !replaced(k) {
			lost = append(lost, k)
		}
	}
	return lost
}

// rotate adds a key, which signs from now on.
func (s *signer) rotate(ctx context.Context) (feed.SigningKey, error) {
	if err := s.reload(ctx); err != nil { // so that the new id is above all that are known
		return feed.SigningKey{}, err
	}
	key, err := RotateKey(ctx, s.store, s.now())
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

// spread is how far above the highest id a new key's is at most. Ids are drawn,
// so that keys made from stores that do not know of each other, as before and
// after a flush, hardly ever have the same.
const spread = 4096

// RotateKey adds a signing key to a store. Services that run on the store learn
// of it when they meet it, and sign with it within the hour.
func RotateKey(ctx context.Context, st store.Keys, now feed.Millis) (feed.SigningKey, error) {
	for {
		keys, err := st.SigningKeys(ctx)
		if err != nil {
			return feed.SigningKey{}, fmt.Errorf("loading signing keys: %w", err)
		}
		id := 1 + rand.Uint32N(spread)
		if n := len(keys); n > 0 {
			id += keys[n-1].ID
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
