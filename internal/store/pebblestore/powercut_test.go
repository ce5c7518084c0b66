package pebblestore_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// acked is what a store has acknowledged.
type acked struct {
	articles []feed.ArticleID
	signals  int // of reader u1
	pages    int // of reader u1
}

// TestPowerCuts cuts the power again and again while many write, with logs
// small enough to be replaced all the time.
func TestPowerCuts(t *testing.T) {
	mem := vfs.NewCrashableMem()
	cfg := small(mem)
	cfg.MemTableBytes = 256 << 10
	s := open(t, "/store", cfg)
	const rounds, writers, each = 12, 6, 12
	var mu sync.Mutex
	var all acked
	for round := range rounds {
		half := make(chan acked, 1) // when the writers are half-way
		n := 0
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				user := feed.UserID(fmt.Sprint("u", w))
				for i := round * each; i < (round+1)*each; i++ {
					id := feed.ArticleID(i*writers + w + 1)
					err := put(s, id)
					if err == nil {
						_, _, err = s.AppendSignals(context.Background(), click(user, fmt.Sprint(i)), day0)
					}
					if err == nil {
						err = serve(s, user, day0+feed.Millis(i))
					}
					mu.Lock()
					if err != nil {
						t.Error(err)
					}
					all.articles = append(all.articles, id)
					if w == 1 {
						all.signals, all.pages = all.signals+1, all.pages+1
					}
					if n++; n == writers*each/2 {
						half <- acked{slices.Clone(all.articles), all.signals, all.pages}
					}
					mu.Unlock()
				}
			})
		}
		then := <-half
		percent := []int{0, 50, 100}[round%3]
		cut := powerCut(mem, percent, uint64(round))
		wg.Wait()
		checkCut(t, open(t, "/store", small(cut)), then, percent)
	}
	closed(t, s)
}

// checkCut looks for everything acknowledged; of pages, a power cut may take
// those of the last 100 ms, a kill none.
func checkCut(t *testing.T, s *pebblestore.Store, want acked, percent int) {
	t.Helper()
	defer closed(t, s)
	got, err := s.Articles(t.Context(), want.articles)
	if err != nil || len(got) != len(want.articles) {
		t.Fatalf("%d of %d articles are left (%v)", len(got), len(want.articles), err)
	}
	for i := range want.signals {
		if o, _, err := s.AppendSignals(t.Context(), click("u1", fmt.Sprint(i)), day0); err != nil || o[0] != store.Duplicate {
			t.Fatalf("signal %d of %d was lost (%v)", i, want.signals, err)
		}
	}
	for i := range want.pages {
		if percent == 100 && !served(t, s, "u1", day0+feed.Millis(i)) {
			t.Fatalf("page %d of %d was lost", i, want.pages)
		}
	}
}

// TestTornLog cuts the power when much is written and little of it synced, in
// no order: what is left of the log must not be taken for damage.
func TestTornLog(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	closed(t, open(t, "/store", small(fs))) // the first log is of an older format
	s := open(t, "/store", small(fs))
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	fs.set(hooks{sync: func(name string) error {
		if isLog(name) {
			<-gate
		}
		return nil
	}})
	for i := range 150 { // less than would replace the log
		if err := serve(s, "u", day0+feed.Millis(i)); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range uint64(40) {
		cut := open(t, "/store", small(powerCut(mem, 60, seed)))
		if !has(t, cut, 1) {
			t.Error("what was synced before was lost")
		}
		// Pages are lost from the end only.
		last := true
		for i := range 150 {
			is := served(t, cut, "u", day0+feed.Millis(i))
			if is && !last {
				t.Errorf("page %d is there, and the one before it is not", i)
			}
			last = is
		}
		closed(t, cut)
	}
	close(gate)
	closed(t, s)
}

// TestSnapshotCoversSyncedLogOnly has a snapshot wait for the entries it may
// have folded.
func TestSnapshotCoversSyncedLogOnly(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	s := open(t, "/store", small(fs))
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	fs.set(hooks{sync: failing(".log")})
	if err := serve(s, "u", day0); err != nil {
		t.Fatal(err)
	}
	save := func() error {
		return s.SaveSnapshot(t.Context(), writeText("one"))
	}
	unavailable(t, save())
	fs.set(hooks{})
	untilWorks(t, save)
	cut := open(t, "/store", small(powerCut(mem, 0, 0)))
	if err := cut.LoadSnapshot(t.Context(), readText("one")); err != nil || !served(t, cut, "u", day0) {
		t.Errorf("snapshot %v; the page before it is there: %v", err, served(t, cut, "u", day0))
	}
	closed(t, cut)
	closed(t, s)
}
