package pebblestore_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// clicks are signals of readers who click on one article each, with keys.
func clicks(readers ...feed.UserID) []feed.Signal {
	signals := make([]feed.Signal, len(readers))
	for i, user := range readers {
		signals[i] = feed.Signal{User: user, Key: feed.KeyOf("k", string(user)), Events: []feed.Event{{User: user, Article: 5, Action: feed.Click, Time: day0}}}
	}
	return signals
}

// count appends signals and returns how many are new.
func count(t *testing.T, s *pebblestore.Store, now feed.Millis, signals []feed.Signal) (fresh int) {
	t.Helper()
	outcomes, _, err := s.AppendSignals(t.Context(), signals, now)
	must(t, err)
	for _, o := range outcomes {
		if o == store.Accepted {
			fresh++
		}
	}
	return fresh
}

// left returns the keys of a closed store that are of marks or of times.
func left(t *testing.T, fs vfs.FS) (keys []string) {
	t.Helper()
	for _, k := range keysOf(t, fs) {
		if k[0] == 't' || k[0] == 'r' && k[2+int(k[1])] == 'd' {
			keys = append(keys, string(k))
		}
	}
	return keys
}

// TestMarksGoInTime has marks of several calls, some larger than what is written at
// once, go when their time has come and not before, but for those made anew since.
func TestMarksGoInTime(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, "/store", small(fs))
	var many []feed.UserID
	for i := range 700 {
		many = append(many, feed.UserID(fmt.Sprint("m", i)))
	}
	if n := count(t, s, day0, append(clicks("a", "b", "", "a"), feed.Signal{User: "c", Events: clicks("c")[0].Events})); n != 4 {
		t.Fatalf("%d signals of four are new", n)
	}
	if n := count(t, s, day0+1, clicks(many...)); n != 700 {
		t.Fatalf("%d signals of 700 are new", n)
	}
	_, err := s.Forget(t.Context(), "b")
	must(t, err)
	if n := count(t, s, day0+9, clicks("b", "m3")); n != 1 {
		t.Fatalf("%d signals are new, not the forgotten reader's", n)
	}
	for _, c := range []struct {
		before  feed.Millis
		removed int
		again   []feed.UserID // whose signals are new then
	}{
		{day0, 0, nil},
		{day0 + 1, 2, []feed.UserID{"a", ""}},
		{day0 + 2, 700, many},
	} {
		removed, err := s.Prune(t.Context(), c.before)
		must(t, err)
		if removed != c.removed {
			t.Errorf("before %d %d were removed, not %d", c.before-day0, removed, c.removed)
		}
		if n := count(t, s, day0+10, clicks(append(c.again, "b")...)); n != len(c.again) {
			t.Errorf("before %d %d signals are new again, not %d", c.before-day0, n, len(c.again))
		}
	}
	if removed, err := s.Prune(t.Context(), day0+11); err != nil || removed != 703 {
		t.Errorf("in the end %d were removed, %v", removed, err)
	}
	closed(t, s)
	if keys := left(t, fs); len(keys) != 0 {
		t.Errorf("keys %q are left", keys)
	}
}

// TestMarksOfLayout2 has a mark with a time key of its own, as each had then.
func TestMarksOfLayout2(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(s *pebblestore.Store) error
	}{
		{"Prune", func(s *pebblestore.Store) error { _, err := s.Prune(t.Context(), day0+1); return err }},
		{"Forget", func(s *pebblestore.Store) error { _, err := s.Forget(t.Context(), "u"); return err }},
	} {
		t.Run(end.name, func(t *testing.T) {
			fs := vfs.NewMem()
			closed(t, open(t, "/store", small(fs)))
			sig := clicks("u")
			key := append([]byte{'r', 1, 'u', 'd'}, sig[0].Key[:]...)
			at := binary.BigEndian.AppendUint64(nil, uint64(day0))
			db := database(t, fs)
			must(t, db.Set(key, at, pebble.Sync), db.Set(append(append([]byte{'t'}, at...), key...), nil, pebble.Sync), db.Close())
			mark(t, fs, "readnext store 2\n")
			s := open(t, "/store", small(fs))
			if n := count(t, s, day0, sig); n != 0 {
				t.Error("the signal is new")
			}
			must(t, end.do(s))
			closed(t, s)
			if keys := left(t, fs); len(keys) != 0 {
				t.Errorf("keys %q are left", keys)
			}
		})
	}
}
