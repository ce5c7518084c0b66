package pebblestore

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
)

// marks looks up which signals are stored. Nearly all are not, and a key that is
// not there is best left to the tables' filters: those of the last level, too,
// which a plain read does without.
type marks struct {
	it  *pebble.Iterator
	key []byte
}

// marks sees what is written by now; close must be called.
func (s *Store) marks() (*marks, error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keyReader}, UpperBound: []byte{keyReader + 1}, UseL6Filters: true})
	if err != nil {
		return nil, unread(err)
	}
	return &marks{it: it}, nil
}

// has reports whether a signal's mark is there.
func (m *marks) has(sig *feed.Signal) (bool, error) {
	m.key = markKey(m.key[:0], sig.User, &sig.Key)
	if m.it.SeekPrefixGE(m.key) {
		return bytes.Equal(m.it.Key(), m.key), nil
	}
	return false, iterated(m.it)
}

func (m *marks) close() { _ = m.it.Close() } // its error was has's
