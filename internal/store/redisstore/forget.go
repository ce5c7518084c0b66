package redisstore

import (
	"context"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Forget is as the contract says.
func (s *Store) Forget(ctx context.Context, user feed.UserID) (feed.Position, error) {
	if user == feed.Anonymous {
		return "", feed.Invalidf("user_id", "is empty; nothing is kept of anonymous readers by name")
	}
	if err := user.Validate("user_id"); err != nil {
		return "", err
	}
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	p := s.names.partition(user)
	keys := []string{s.names.of(p, "log"), s.names.of(p, "meta"), s.names.of(p, "times")}
	for _, kind := range []string{"r", "d", "k", "e", "s", "p"} {
		keys = append(keys, s.names.reader(p, kind, user))
	}
	return s.writeLogged(ctx, p, call{&s.scripts.forget, keys, []string{
		s.floor(p), string(user), string(store.AppendEntry(nil, &feed.Entry{Forgotten: user})),
	}}, "forgetting a reader", nil)
}

// writeLogged runs a script that writes into one partition's log, has what it
// wrote ordered, and gives the script's flags to seen.
func (s *Store) writeLogged(ctx context.Context, p int, c call, doing string, seen func(flags string) error) (feed.Position, error) {
	r, err := s.write(ctx, c, doing)
	if err != nil {
		return "", err
	}
	a, err := parseAdded(p, r)
	if err != nil {
		return "", err
	}
	if seen != nil {
		if err := seen(a.flags); err != nil {
			return "", err
		}
	}
	var ids []reference
	for id := a.first + 1; id <= a.last; id++ {
		ids = append(ids, reference{p, id})
	}
	at, err := s.order(ctx, []span{{uint64(p), a.before, a.last}}, ids)
	return at.position(), err
}
