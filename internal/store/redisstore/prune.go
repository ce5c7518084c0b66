package redisstore

import (
	"context"
	"errors"

	"readnext/internal/feed"
)

// pruneChunk is how many readers are pruned at a time: it bounds how long a
// script keeps Redis.
const pruneChunk = 64

// Prune is as the contract says, by the clock of Redis where the caller's is ahead
// of it: pages and marks are those of all processes. It also drops what is left
// of shared snapshots. A call that fails has removed some; the next goes on.
func (s *Store) Prune(ctx context.Context, before feed.Millis) (int, error) {
	if before <= 0 {
		return 0, nil
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	now, err := s.checkClock(ctx)
	if err != nil {
		return 0, err
	}
	removed, err := s.prunePartitions(ctx, min(before, now-feed.PageLife))
	return removed, errors.Join(err, s.dropStale(ctx))
}

func (s *Store) prunePartitions(ctx context.Context, before feed.Millis) (int, error) {
	removed := 0
	for p := range s.names.catalogue() {
		for {
			n, more, err := s.prunePartition(ctx, p, before)
			removed += n
			if err != nil {
				return removed, err
			}
			if !more {
				break
			}
		}
	}
	return removed, nil
}

// prunePartition prunes the readers with the oldest pages and marks, and reports
// whether there may be more.
func (s *Store) prunePartition(ctx context.Context, p int, before feed.Millis) (int, bool, error) {
	const doing = "pruning"
	users, err := s.do(ctx, s.client.B().Zrange().Key(s.names.of(p, "times")).Min("-inf").Max("("+digits(before)).
		Byscore().Limit(0, pruneChunk).Build()).AsStrSlice()
	if err != nil {
		return 0, false, failed(err, doing)
	}
	if len(users) == 0 {
		return 0, false, nil
	}
	keys := []string{s.names.of(p, "meta"), s.names.of(p, "times")}
	args := []string{digits(before)}
	for _, user := range users {
		for _, kind := range []string{"r", "k", "s", "p"} {
			keys = append(keys, s.names.reader(p, kind, feed.UserID(user)))
		}
		args = append(args, user)
	}
	r, err := s.write(ctx, call{&s.scripts.prune, keys, args}, doing)
	if err != nil {
		return 0, false, err
	}
	n, err := r.AsInt64()
	return int(n), len(users) == pruneChunk, failed(err, doing)
}
