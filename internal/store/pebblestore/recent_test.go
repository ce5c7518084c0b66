package pebblestore_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// TestMarksWhileTablesAreMade records signals from several goroutines while
// tables in memory come and go, and again what it has recorded lately and long
// ago: each counts once, but for those of readers who were forgotten meanwhile.
func TestMarksWhileTablesAreMade(t *testing.T) {
	fs := vfs.NewMem()
	cfg := pebblestore.Config{FS: fs, MemTableBytes: 256 << 10}
	s := open(t, "/s", cfg)
	const writers, rounds, batch = 3, 80, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			stored := make(map[uint64]bool)
			for round := range rounds {
				signals, want := make([]feed.Signal, batch), make([]store.Outcome, batch)
				for k := range signals {
					n := uint64(round*batch + k)
					switch rng.IntN(8) {
					case 0:
						n = rng.Uint64N(n + 1)
					case 1:
						n -= rng.Uint64N(min(n, 300) + 1)
					}
					if signals[k] = marked(w, n); stored[n] {
						want[k] = store.Duplicate
					}
					stored[n] = true
				}
				got, _, err := s.AppendSignals(t.Context(), signals, day0)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("writer %d, round %d: %v, %v, want %v", w, round, got, err, want)
					return
				}
				if round%20 == 7 {
					who := rng.Uint64N(readersEach)
					if _, err := s.Forget(t.Context(), marked(w, who).User); err != nil {
						t.Error(err)
						return
					}
					maps.DeleteFunc(stored, func(n uint64, _ bool) bool { return n%readersEach == who })
				}
			}
		})
	}
	wg.Wait()
	if quick, waiting := s.Quick(); !quick || waiting == 0 || waiting > writers*rounds*batch*3/4 {
		t.Errorf("tables are asked first: %v; %d marks wait for them", quick, waiting)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Opened again, it knows all, though no set does.
	s = open(t, "/s", cfg)
	defer s.Close()
	for n := range uint64(300) {
		sig := marked(0, uint64(rounds*batch)+n)
		for _, want := range []store.Outcome{store.Accepted, store.Duplicate} {
			if got, _, err := s.AppendSignals(t.Context(), []feed.Signal{sig}, day0); err != nil || got[0] != want {
				t.Fatalf("signal %d: %v, %v, want %v", n, got, err, want)
			}
		}
	}
}

// readersEach is how many readers a writer's signals have.
const readersEach = 7

// marked is a writer's n-th signal, of one of a few readers.
func marked(w int, n uint64) feed.Signal {
	user := feed.UserID(fmt.Sprint("w", w, "-", n%readersEach))
	sig := feed.Signal{User: user, Events: []feed.Event{{User: user, Article: feed.ArticleID(n%1000 + 1), Action: feed.Click, Time: day0}}}
	binary.BigEndian.PutUint64(sig.Key[:], n*0x9E3779B97F4A7C15+1)
	binary.BigEndian.PutUint64(sig.Key[8:], uint64(w))
	return sig
}
