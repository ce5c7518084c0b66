package redisstore

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// appendChunk is how many signals are written at a time: it bounds how long a
// script keeps Redis.
const appendChunk = 1024

// AppendSignals is as the contract says. A call that fails may have written
// some of the signals; given again, those are duplicates.
func (s *Store) AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, feed.Position, error) {
	if now < 0 {
		return nil, "", feed.Invalidf("time", "is %d; times are not negative", now)
	}
	for i := range signals {
		if err := signals[i].User.Validate("user_id"); err != nil {
			return nil, "", err
		}
	}
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	outcomes := make([]store.Outcome, len(signals))
	var at place
	for i := 0; i < len(signals); i += appendChunk {
		n := min(appendChunk, len(signals)-i)
		var err error
		if at, err = s.appendSignals(ctx, signals[i:i+n], outcomes[i:i+n], now); err != nil {
			return nil, "", err
		}
	}
	return outcomes, at.position(), nil
}

// share is what of a call's signals goes to one partition.
type share struct {
	partition int
	signals   []int // which of the call's
	call      call
	added     added
}

func (s *Store) appendSignals(ctx context.Context, signals []feed.Signal, outcomes []store.Outcome, now feed.Millis) (place, error) {
	var shares []*share
	of := map[int]*share{}
	for i := range signals {
		p := s.names.partitionOf(&signals[i])
		sh := of[p]
		if sh == nil {
			sh = &share{partition: p}
			of[p] = sh
			shares = append(shares, sh)
		}
		sh.signals = append(sh.signals, i)
	}
	for _, sh := range shares {
		sh.call = s.appendCall(sh, signals, now)
	}
	if err := s.writeShares(ctx, shares); err != nil {
		return place{}, err
	}
	spans := make([]span, len(shares))
	ids := make([]reference, len(signals))
	for i, sh := range shares {
		spans[i] = span{uint64(sh.partition), sh.added.before, sh.added.last}
		id := sh.added.first
		if len(sh.added.flags) != len(sh.signals) {
			return place{}, feed.Errorf(feed.Internal, "%d outcomes of %d signals", len(sh.added.flags), len(sh.signals))
		}
		for j, n := range sh.signals {
			if sh.added.flags[j] == '1' {
				outcomes[n] = store.Duplicate
				continue
			}
			id++
			ids[n] = reference{sh.partition, id}
		}
	}
	ids = slices.DeleteFunc(ids, func(r reference) bool { return r.id == 0 })
	return s.order(ctx, spans, ids)
}

func (s *Store) appendCall(sh *share, signals []feed.Signal, now feed.Millis) call {
	p := sh.partition
	keys := []string{s.names.of(p, "log"), s.names.of(p, "meta"), s.names.of(p, "times")}
	args := make([]string, 0, 4+5*len(sh.signals))
	args = append(args, s.floor(p), digits(now), digits(keyLife.Milliseconds()), strconv.Itoa(feed.MaxActs))
	readers := map[feed.UserID]string{}
	for _, i := range sh.signals {
		sig := &signals[i]
		number, ok := readers[sig.User]
		if !ok {
			number = strconv.Itoa(len(readers))
			readers[sig.User] = number
			for _, kind := range []string{"r", "d", "k", "e"} {
				keys = append(keys, s.names.reader(p, kind, sig.User))
			}
		}
		key := ""
		if sig.Key != (feed.Key{}) {
			key = string(sig.Key[:])
		}
		acts := ""
		if sig.User != feed.Anonymous {
			acts = packActs(sig)
		}
		args = append(args, number, string(sig.User), key, rueidis.BinaryString(store.AppendEntry(nil, &feed.Entry{Signal: sig})), acts)
	}
	return call{&s.scripts.append, keys, args}
}

// writeShares has each partition's script run, all at once.
func (s *Store) writeShares(ctx context.Context, shares []*share) error {
	const doing = "recording signals"
	errs := make([]error, len(shares))
	one := func(i int) {
		sh := shares[i]
		r, err := s.write(ctx, sh.call, doing)
		if err == nil {
			sh.added, err = parseAdded(sh.partition, r)
		}
		errs[i] = err
	}
	if len(shares) == 1 {
		one(0)
		return errs[0]
	}
	var wg sync.WaitGroup
	var next sync.Mutex
	at := 0
	for range min(len(shares), s.cfg.Connections) {
		wg.Go(func() {
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= len(shares) {
					return
				}
				one(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
