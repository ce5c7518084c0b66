package pebblestore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// appendChunk is how many signals are written at a time: it bounds how long the
// readers' locks are held. One sync serves all chunks of a call.
const appendChunk = 256 // a time key of marks counts them in 16 bits

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

func (s *Store) appendSignals(signals []feed.Signal, outcomes []store.Outcome, now feed.Millis) (feed.Position, error) {
	var held stripes
	for i := range signals {
		held.add(s.stripeOf(signals[i].User))
	}
	b := s.db.NewBatchWithSize(batchRow * len(signals))
	held.lock(s)
	at, err := s.appendLocked(b, signals, outcomes, now)
	held.unlock(s)
	if err != nil {
		return "", err
	}
	return at, s.finish(b)
}

// batchRow is about what a signal takes in a batch.
const batchRow = 320

// appendLocked writes the signals that are new; the stripes of all are locked.
func (s *Store) appendLocked(b *pebble.Batch, signals []feed.Signal, outcomes []store.Outcome, now feed.Millis) (feed.Position, error) {
	order := byKey(signals)
	n, err := s.markLocked(signals, order, outcomes)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return position(s.end()), nil
	}
	w := signalWriter{b: b, signals: signals, outcomes: outcomes, now: now}
	var from uint64
	at, err := s.appendEntries(b, n, func(first uint64) error {
		from = first
		return w.write(order, first)
	})
	if err != nil {
		s.unsure() // the batch may be there all the same
		return "", err
	}
	s.noteMarksLocked(signals, outcomes, from)
	for i := range signals {
		if outcomes[i] != store.Duplicate {
			w.acts = appendActs(w.acts[:0], &signals[i])
			s.recordLocked(signals[i].User, w.acts)
		}
	}
	return at, nil
}

// byKey returns the indexes of signals in the order of their marks' keys, equal ones
// as they come. What is looked up or written in order is found beside what was
// before; a jump is searched for from the top.
func byKey(signals []feed.Signal) []int {
	order := make([]int, len(signals))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &signals[i], &signals[j]
		return cmp.Or(cmp.Compare(len(a.User), len(b.User)), strings.Compare(string(a.User), string(b.User)), bytes.Compare(a.Key[:], b.Key[:]))
	})
	return order
}

// markLocked notes which signals are duplicates, of what is stored or of one another,
// and returns how many are new. The signals are looked at in an order that byKey
// made.
func (s *Store) markLocked(signals []feed.Signal, order []int, outcomes []store.Outcome) (fresh int, err error) {
	var marks *marks
	var last *feed.Signal // with a key
	for _, i := range order {
		sig := &signals[i]
		if sig.Key == (feed.Key{}) {
			fresh++
			continue
		}
		if marks == nil {
			marks = s.marks()
			defer marks.close()
		}
		marked := last != nil && last.Key == sig.Key && last.User == sig.User
		if !marked {
			if marked, err = marks.has(sig); err != nil {
				return 0, err
			}
		}
		if last = sig; marked {
			outcomes[i] = store.Duplicate
			continue
		}
		fresh++
	}
	return fresh, nil
}

// signalWriter writes signals that are no duplicates into a batch, which copies what
// it is given.
type signalWriter struct {
	b          *pebble.Batch
	signals    []feed.Signal
	outcomes   []store.Outcome
	now        feed.Millis
	key, value []byte
	acts       []feed.Act
	seqs       []uint64 // by signal: its log entry
	marked     bool     // some have keys
}

// write writes the log entries of the signals, the first under a sequence, then what
// indexes them under their readers, in an order that byKey made, and when their marks
// were made.
func (w *signalWriter) write(order []int, first uint64) error {
	w.seqs = make([]uint64, len(w.signals))
	next := first
	for i := range w.signals {
		if w.outcomes[i] == store.Duplicate {
			continue
		}
		w.seqs[i] = next
		w.key = logKey(w.key[:0], next)
		w.value = store.AppendEntry(w.value[:0], &feed.Entry{Signal: &w.signals[i]})
		if err := set(w.b, w.key, w.value); err != nil {
			return err
		}
		next++
	}
	for _, i := range order {
		if w.outcomes[i] == store.Duplicate {
			continue
		}
		if err := w.writeReader(&w.signals[i], w.seqs[i]); err != nil {
			return err
		}
	}
	if !w.marked {
		return nil
	}
	return set(w.b, marksKey(w.key[:0], w.now, first, int(next-first)), nil)
}

// writeReader writes a signal's mark, and what says in which log entry to look
// for it.
func (w *signalWriter) writeReader(sig *feed.Signal, seq uint64) error {
	if sig.Key != (feed.Key{}) {
		w.key = markKey(w.key[:0], sig.User, &sig.Key)
		w.value = binary.BigEndian.AppendUint64(w.value[:0], uint64(w.now))
		w.marked = true
		if err := set(w.b, w.key, w.value); err != nil {
			return err
		}
	}
	if sig.User == feed.Anonymous {
		return nil
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

// recordLocked adds acts to a reader's profile, if that is cached. One that is packed
// stays so: of many who act, few ask for a page at once.
func (s *Store) recordLocked(user feed.UserID, acts []feed.Act) {
	if user == feed.Anonymous || len(acts) == 0 {
		return
	}
	hash := hashOf(s.seed, user)
	st := &s.stripes[hash%stripeCount]
	st.changes++
	if st.packed.has(hash, user) {
		st.recordPackedLocked(hash, user, s.versions.Add(1), acts)
	} else if c := st.profiles[user]; c != nil {
		st.usedLocked(c)
		c.addActs(acts)
		c.changed(s.versions.Add(1))
		st.sizedLocked(c)
	}
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
