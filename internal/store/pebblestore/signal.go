package pebblestore

import (
	"context"
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// appendChunk is how many signals are written at a time: it bounds how long the
// readers' locks are held. One sync serves all chunks of a call.
const appendChunk = 256

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
	if err := s.enterWrite(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	outcomes := make([]store.Outcome, len(signals))
	at := position(s.end())
	for i := 0; i < len(signals); i += appendChunk {
		n := min(appendChunk, len(signals)-i)
		var err error
		if at, err = s.appendSignals(signals[i:i+n], outcomes[i:i+n], now); err != nil {
			return nil, "", err
		}
	}
	// A duplicate's first is durable too before it is called one.
	if err := s.sync.wait(ctx); err != nil {
		return nil, "", err
	}
	return outcomes, at, nil
}

// owned is a signal's key with its reader.
type owned struct {
	user feed.UserID
	key  feed.Key
}

func (s *Store) appendSignals(signals []feed.Signal, outcomes []store.Outcome, now feed.Millis) (feed.Position, error) {
	var held stripes
	for i := range signals {
		held.add(s.stripeOf(signals[i].User))
	}
	b := s.db.NewBatch()
	held.lock(s)
	at, err := s.appendLocked(b, signals, outcomes, now)
	held.unlock(s)
	if err != nil {
		return "", err
	}
	return at, s.finish(b)
}

// appendLocked writes the signals that are new; the stripes of all are locked.
func (s *Store) appendLocked(b *pebble.Batch, signals []feed.Signal, outcomes []store.Outcome, now feed.Millis) (feed.Position, error) {
	fresh := make([]int, 0, len(signals))
	seen := make(map[owned]struct{}, len(signals))
	stamp := binary.BigEndian.AppendUint64(nil, uint64(now))
	var key, index []byte
	for i := range signals {
		sig := &signals[i]
		if sig.Key == (feed.Key{}) {
			fresh = append(fresh, i)
			continue
		}
		key = markKey(key[:0], sig.User, &sig.Key)
		mine := owned{sig.User, sig.Key}
		_, marked := seen[mine]
		if !marked {
			var err error
			if marked, err = s.has(key); err != nil {
				return "", err
			}
		}
		if marked {
			outcomes[i] = store.Duplicate
			continue
		}
		seen[mine] = struct{}{}
		fresh = append(fresh, i)
		index = timeKey(index[:0], now, key)
		if err := set(b, key, stamp); err != nil {
			return "", err
		}
		if err := set(b, index, nil); err != nil {
			return "", err
		}
	}
	if len(fresh) == 0 {
		return position(s.end()), nil
	}
	w := signalWriter{b: b}
	at, err := s.appendEntries(b, len(fresh), func(first uint64) error {
		for n, i := range fresh {
			if err := w.write(&signals[i], first+uint64(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	for _, i := range fresh {
		w.acts = appendActs(w.acts[:0], &signals[i])
		s.recordLocked(signals[i].User, w.acts)
	}
	return at, nil
}

// signalWriter writes signals into a batch, which copies what it is given.
type signalWriter struct {
	b          *pebble.Batch
	key, value []byte
	acts       []feed.Act
}

// write writes a signal's log entry and what indexes it under its reader.
func (w *signalWriter) write(sig *feed.Signal, seq uint64) error {
	w.key = logKey(w.key[:0], seq)
	w.value = store.AppendEntry(w.value[:0], &feed.Entry{Signal: sig})
	if err := set(w.b, w.key, w.value); err != nil || sig.User == feed.Anonymous {
		return err
	}
	w.acts = appendActs(w.acts[:0], sig)
	if len(w.acts) == 0 {
		w.key = actsKey(w.key[:0], sig.User, kindOther, seq)
		return set(w.b, w.key, nil)
	}
	w.key = actsKey(w.key[:0], sig.User, kindActs, seq)
	w.value = store.AppendActs(w.value[:0], w.acts...)
	return set(w.b, w.key, w.value)
}

// recordLocked adds acts to a reader's profile, if that is cached.
func (s *Store) recordLocked(user feed.UserID, acts []feed.Act) {
	if user == feed.Anonymous || len(acts) == 0 {
		return
	}
	st := &s.stripes[s.stripeOf(user)]
	st.changes++
	c := st.profiles[user]
	if c == nil {
		return
	}
	c.addActs(acts)
	c.changed(s.versions.Add(1))
	st.sizedLocked(c)
}

func appendActs(dst []feed.Act, sig *feed.Signal) []feed.Act {
	for i := range sig.Events {
		if sig.Events[i].Action.Acted() {
			dst = append(dst, feed.ActOf(&sig.Events[i]))
		}
	}
	return dst
}

// stripes is a set of stripes, locked in order of their numbers.
type stripes [stripeCount / 64]uint64

func (h *stripes) add(n int) { h[n/64] |= 1 << (n % 64) }

func (h *stripes) lock(s *Store) {
	h.each(func(n int) { s.stripes[n].mu.Lock() })
}

func (h *stripes) unlock(s *Store) {
	h.each(func(n int) { s.stripes[n].mu.Unlock() })
}

func (h *stripes) each(f func(n int)) {
	for n := range stripeCount {
		if h[n/64]&(1<<(n%64)) != 0 {
			f(n)
		}
	}
}
