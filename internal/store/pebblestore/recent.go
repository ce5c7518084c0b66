package pebblestore

import (
	"bytes"
	"maps"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// recent is how far the log is in tables on disk. Whether a signal is new is
// asked of these, whose filters answer at once, and of a set of the marks that
// may not be there yet: to look into the tables in memory takes longer than all
// else. Both may say yes to what was erased since, and then everything is asked.
//
// A mark is written together with its signal's entry in the log, batches are
// put into tables in the order of the log, and a stripe's lock is held from the
// look to the write and the note in the set. So a mark that is in neither is
// not stored.
type recent struct {
	inTables atomic.Uint64 // the last entry of the log that is known to be there
	// sure is an entry before which there are marks that no set knows of, such
	// as those of the time before the store was opened.
	sure  atomic.Uint64
	noted atomic.Uint64 // marks, since the start
}

// noted is a stripe's keys of signals that may not be in tables yet, whatever their
// readers are, with the entries that they came with.
type noted struct {
	keys  map[feed.Key]uint64
	swept uint64 // of entries up to this one none is left
}

func (n *noted) add(key feed.Key, seq uint64) {
	if n.keys == nil {
		n.keys = make(map[feed.Key]uint64)
	}
	n.keys[key] = seq
}

// has reports whether a key is there; those that are in tables up to an entry are
// dropped.
func (n *noted) has(key feed.Key, inTables uint64) bool {
	if n.swept < inTables {
		maps.DeleteFunc(n.keys, func(_ feed.Key, seq uint64) bool { return seq <= inTables })
		n.swept = inTables
	}
	_, ok := n.keys[key]
	return ok
}

// unsure is called where marks were or may have been written that no set knows
// of; what was written by then is in tables once a later entry is.
func (s *Store) unsure() {
	for end := s.end(); ; {
		had := s.recent.sure.Load()
		if had >= end || s.recent.sure.CompareAndSwap(had, end) {
			return
		}
	}
}

// lookEvery is after how many marks it is looked how far tables are.
const lookEvery = 8192

// noteMarksLocked notes the marks of signals that are no duplicates, whose entries
// begin at one.
func (s *Store) noteMarksLocked(signals []feed.Signal, outcomes []store.Outcome, seq uint64) {
	n := uint64(0)
	for i := range signals {
		if outcomes[i] == store.Duplicate {
			continue
		}
		if sig := &signals[i]; sig.Key != (feed.Key{}) {
			s.stripes[s.stripeOf(sig.User)].noted.add(sig.Key, seq)
			n++
		}
		seq++
	}
	if all := s.recent.noted.Add(n); all/lookEvery != (all-n)/lookEvery {
		s.lookAtTables()
	}
}

// lookAtTables finds out how far tables are. What it cannot read it leaves.
func (s *Store) lookAtTables() {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keyLog}, UpperBound: []byte{keyLog + 1}, OnlyReadGuaranteedDurable: true})
	if err != nil {
		return
	}
	defer it.Close()
	if !it.Last() {
		return
	}
	for seq := tail8(it.Key()); ; {
		had := s.recent.inTables.Load()
		if had >= seq || s.recent.inTables.CompareAndSwap(had, seq) {
			return
		}
	}
}

// marks looks up which signals are stored, under the locks of their stripes.
// Nearly all are not, and a key that is not there is best left to the tables'
// filters: those of the last level, too, which a plain read does without.
type marks struct {
	s        *Store
	inTables uint64 // 0: ask everything
	tables   *pebble.Iterator
	all      *pebble.Iterator
	key      []byte
}

// marks sees what is written by now; close must be called.
func (s *Store) marks() *marks {
	m := &marks{s: s}
	if at := s.recent.inTables.Load(); at > s.recent.sure.Load() {
		m.inTables = at
	}
	return m
}

// has reports whether a signal's mark is there.
func (m *marks) has(sig *feed.Signal) (bool, error) {
	m.key = markKey(m.key[:0], sig.User, &sig.Key)
	if m.inTables != 0 && !m.s.stripes[m.s.stripeOf(sig.User)].noted.has(sig.Key, m.inTables) {
		if there, err := m.find(&m.tables, true); !there || err != nil {
			return false, err
		}
	}
	return m.find(&m.all, false)
}

func (m *marks) find(in **pebble.Iterator, tables bool) (bool, error) {
	if *in == nil {
		it, err := m.s.db.NewIter(&pebble.IterOptions{
			LowerBound: []byte{keyReader}, UpperBound: []byte{keyReader + 1}, UseL6Filters: true, OnlyReadGuaranteedDurable: tables,
		})
		if err != nil {
			return false, unread(err)
		}
		*in = it
	}
	if (*in).SeekPrefixGE(m.key) {
		return bytes.Equal((*in).Key(), m.key), nil
	}
	return false, iterated(*in)
}

func (m *marks) close() {
	for _, it := range []*pebble.Iterator{m.tables, m.all} {
		if it != nil {
			_ = it.Close() // its error was has's
		}
	}
}
