package redisstore

import (
	"context"
	"errors"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Forget is as the contract says, whatever the reader's keys hold.
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
	const doing = "forgetting a reader"
	c := call{&s.scripts.forget, keys, []string{
		s.floor(p), string(user), string(store.AppendEntry(nil, &feed.Entry{Forgotten: user})), "",
	}}
	at, err := s.writeLogged(ctx, p, c, doing, func(flags string) error {
		if flags != "" {
			return errNoEntries
		}
		return nil
	})
	if errors.Is(err, errNoEntries) {
		s.log.Warn("what says where a forgotten reader's entries are is damaged; the log was searched", "key", keys[6])
		if err := s.eraseEntries(ctx, p, user); err != nil {
			return "", err
		}
		c.args[3] = "1"
		return s.writeLogged(ctx, p, c, doing, nil)
	}
	return at, err
}

var errNoEntries = errors.New("the reader's keys do not say where the reader's entries are")

// eraseEntries erases a reader's entries in a partition's log, which it reads
// whole. Entries that cannot be read are nobody's.
func (s *Store) eraseEntries(ctx context.Context, p int, user feed.UserID) error {
	log := s.names.of(p, "log")
	for start := "-"; ; {
		entries, err := s.do(ctx, s.client.B().Xrange().Key(log).Start(start).End("+").Count(readChunk).Build()).AsXRange()
		if err != nil && !rueidis.IsRedisNil(err) {
			return failed(err, "reading the log")
		}
		var ids []string
		for i := range entries {
			e, err := store.DecodeEntry([]byte(entries[i].FieldValues["e"]))
			if err == nil && e.Signal != nil && e.Signal.User == user {
				ids = append(ids, entries[i].ID)
			}
		}
		if len(ids) > 0 {
			if err := s.do(ctx, s.client.B().Xdel().Key(log).Id(ids...).Build()).Error(); err != nil {
				return failed(err, "erasing a reader's entries")
			}
		}
		if len(entries) < readChunk {
			return nil
		}
		start = "(" + entries[len(entries)-1].ID
	}
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
