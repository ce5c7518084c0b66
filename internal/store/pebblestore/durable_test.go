package pebblestore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

const day0 = 20_000 * feed.Day

var errDisk = errors.New("disk on fire")

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// failing is a hook that fails for files of a suffix.
func failing(suffix string) func(string) error {
	return func(name string) error {
		if strings.Contains(name, suffix) {
			return errDisk
		}
		return nil
	}
}

// powerCut is what is left of a file system when the power goes; percent of
// what was not synced happens to be there.
func powerCut(fs *vfs.MemFS, percent int, seed uint64) *vfs.MemFS {
	return fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(seed, 1))})
}

func closed(t *testing.T, s *pebblestore.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func put(s *pebblestore.Store, id feed.ArticleID) error {
	_, _, err := s.PutArticles(context.Background(), []feed.Article{{ID: id, Channels: []feed.ChannelID{1}, Title: strings.Repeat("t", 2000)}})
	return err
}

func has(t *testing.T, s *pebblestore.Store, id feed.ArticleID) bool {
	t.Helper()
	got, err := s.Articles(t.Context(), []feed.ArticleID{id})
	if err != nil {
		t.Fatal(err)
	}
	return len(got) == 1
}

func serve(s *pebblestore.Store, user feed.UserID, stamp feed.Millis) error {
	p, err := s.Profile(context.Background(), user, stamp)
	if err != nil {
		return err
	}
	page := &feed.Page{User: user, Channel: 1, Stamp: stamp}
	for i := range 10 {
		page.Places = append(page.Places, feed.Place{Article: feed.ArticleID(i + 1), Propensity: 1})
	}
	return s.PutPage(context.Background(), page, p.Version)
}

func served(t *testing.T, s *pebblestore.Store, user feed.UserID, stamp feed.Millis) bool {
	t.Helper()
	p, err := s.PageAt(t.Context(), user, 1, stamp, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return p != nil
}

func click(user feed.UserID, key string) []feed.Signal {
	return []feed.Signal{{User: user, Key: feed.KeyOf(key), Events: []feed.Event{{User: user, Article: 1, Action: feed.Click, Time: day0}}}}
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	if err == nil || feed.KindOf(err) != feed.Unavailable {
		t.Fatalf("error %v; want one of kind unavailable", err)
	}
}

// untilWorks calls until the store takes writes again.
func untilWorks(t *testing.T, call func() error) {
	t.Helper()
	for {
		err := call()
		if err == nil {
			return
		}
		unavailable(t, err)
		runtime.Gosched()
	}
}

func TestPageIsWrittenAtOnceAndSyncedSoon(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	s := open(t, "/store", small(fs))
	defer closed(t, s)
	if err := put(s, 1); err != nil { // whatever opening left is synced now
		t.Fatal(err)
	}
	gate := make(chan struct{})
	began := make(chan struct{}, 100)
	fs.set(hooks{sync: func(name string) error {
		if isLog(name) {
			began <- struct{}{}
			<-gate
		}
		return nil
	}})
	// While no sync comes to an end, a page is stored all the same.
	if err := serve(s, "u", day0); err != nil {
		t.Fatal(err)
	}
	killed := open(t, "/store", small(powerCut(mem, 100, 0))) // all that was written, nothing more
	if !served(t, killed, "u", day0) {
		t.Error("a killed process lost a page")
	}
	closed(t, killed)
	// Nobody waits for a sync; one comes.
	<-began
	close(gate)
	if err := put(s, 2); err != nil { // begins after the sync that began
		t.Fatal(err)
	}
	cut := open(t, "/store", small(powerCut(mem, 0, 0)))
	defer closed(t, cut)
	if !served(t, cut, "u", day0) {
		t.Error("a page was not synced")
	}
}

func TestDurableWritersWaitAndShareSyncs(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	s := open(t, "/store", small(fs))
	defer closed(t, s)
	gate := make(chan struct{})
	fs.set(hooks{sync: func(name string) error {
		if isLog(name) {
			<-gate
		}
		return nil
	}})
	const writers = 64
	before := fs.syncs.Load()
	var back atomic.Int64
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			// Little is written: the log must not be replaced meanwhile, which
			// waits for its sync.
			if _, _, err := s.AppendSignals(context.Background(), click("u", fmt.Sprint(i)), day0); err != nil {
				t.Error(err)
			}
			back.Add(1)
		})
	}
	// Entries show before they are synced.
	var at feed.Position
	for n := 0; n < writers; {
		if err := s.WaitLog(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		es, next, err := s.ReadLog(t.Context(), at, writers)
		if err != nil {
			t.Fatal(err)
		}
		n, at = n+len(es), next
	}
	if n := back.Load(); n != 0 {
		t.Errorf("%d writers returned before a sync", n)
	}
	close(gate)
	wg.Wait()
	if n := fs.syncs.Load() - before; n > writers/4 {
		t.Errorf("%d writers took %d syncs", writers, n)
	}
	cut := open(t, "/store", small(powerCut(mem, 0, 0)))
	defer closed(t, cut)
	if p, err := cut.Profile(t.Context(), "u", day0); err != nil || len(p.Acts) != writers {
		t.Errorf("%d acts of %d are left (%v)", len(p.Acts), writers, err)
	}
}

// TestFailedSync fails one sync of the log, after which later syncs of it
// succeed but save nothing.
func TestFailedSync(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	s := open(t, "/store", small(fs))
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	var failed atomic.Bool
	fs.set(hooks{sync: func(name string) error {
		if isLog(name) && !failed.Swap(true) {
			return errDisk
		}
		return nil
	}})
	_, _, err := s.AppendSignals(t.Context(), click("u", "k"), day0)
	unavailable(t, err)
	if !errors.Is(err, errDisk) {
		t.Errorf("error %v does not say why", err)
	}
	var outcomes []store.Outcome
	untilWorks(t, func() (err error) {
		outcomes, _, err = s.AppendSignals(t.Context(), click("u", "k"), day0)
		return err
	})
	if outcomes[0] != store.Duplicate {
		t.Errorf("outcome %v of a signal that was written before", outcomes[0])
	}
	if err := put(s, 2); err != nil {
		t.Fatal(err)
	}
	cut := open(t, "/store", small(powerCut(mem, 0, 0)))
	p, err := cut.Profile(t.Context(), "u", day0)
	if err != nil || len(p.Acts) != 1 || !has(t, cut, 1) || !has(t, cut, 2) {
		t.Errorf("after a power cut: acts %v, %v; articles %v %v", p.Acts, err, has(t, cut, 1), has(t, cut, 2))
	}
	closed(t, cut)
	closed(t, s)
}

// TestDiskFull has writes of the log fail for a while, half-way each.
func TestDiskFull(t *testing.T) {
	for _, c := range []struct {
		name  string
		hooks hooks
	}{
		{"write", hooks{write: failing(".log")}},
		{"sync", hooks{sync: failing(".log")}},
		{"everything", hooks{write: failing(""), sync: failing(".log"), make: failing(".log")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			fs := &faultFS{FS: mem}
			s := open(t, "/store", small(fs))
			if err := serve(s, "before", day0); err != nil {
				t.Fatal(err)
			}
			fs.set(c.hooks)
			err := serve(s, "during", day0)
			if c.name != "sync" {
				unavailable(t, err)
			}
			unavailable(t, put(s, 1))
			unavailable(t, put(s, 2))
			if p, err := s.Profile(t.Context(), "before", day0); err != nil || len(p.Served) != 10 {
				t.Errorf("reading while writes fail: %v, %v", p, err)
			}
			fs.set(hooks{})
			untilWorks(t, func() error { return put(s, 3) })
			if err := serve(s, "after", day0); err != nil {
				t.Fatal(err)
			}
			killed := open(t, "/store", small(powerCut(mem, 100, 0)))
			if !served(t, killed, "before", day0) || !served(t, killed, "after", day0) || !has(t, killed, 3) {
				t.Error("a killed process lost what was acknowledged")
			}
			closed(t, killed)
			closed(t, s)
			cut := open(t, "/store", small(powerCut(mem, 0, 0)))
			if !served(t, cut, "before", day0) || !served(t, cut, "after", day0) || !has(t, cut, 3) {
				t.Error("closing lost what was acknowledged")
			}
			closed(t, cut)
		})
	}
}

// TestFilesCannotBeMade writes past the end of a log or table while none can
// be made.
func TestFilesCannotBeMade(t *testing.T) {
	for _, suffix := range []string{".log", ".sst"} {
		t.Run(suffix, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			fs := &faultFS{FS: mem}
			cfg := small(fs)
			cfg.MemTableBytes = 256 << 10
			s := open(t, "/store", cfg)
			id, acked := feed.ArticleID(0), feed.ArticleID(0)
			for {
				if id == 300 { // several logs and tables have come and gone
					fs.set(hooks{make: failing(suffix)})
				}
				id++
				if err := put(s, id); err != nil {
					unavailable(t, err)
					break
				}
				acked = id
			}
			cut := powerCut(mem, 0, 0)
			fs.set(hooks{})
			untilWorks(t, func() error { return put(s, id+1) })
			for _, fs := range []*vfs.MemFS{cut, powerCut(mem, 50, 7)} {
				s := open(t, "/store", small(fs))
				for id := range acked {
					if !has(t, s, id+1) {
						t.Fatalf("article %d of %d was lost", id+1, acked)
					}
				}
				closed(t, s)
			}
			closed(t, s)
		})
	}
}

// TestManifestFails brings about what Pebble calls fatal.
func TestManifestFails(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs := &faultFS{FS: mem}
	s := open(t, "/store", small(fs))
	fs.set(hooks{sync: failing("MANIFEST")})
	acked := feed.ArticleID(0)
	for {
		if err := put(s, acked+1); err != nil {
			unavailable(t, err)
			break
		}
		acked++
	}
	fs.set(hooks{})
	unavailable(t, put(s, acked+1))
	if !has(t, s, 1) || s.Metrics().Failure == nil {
		t.Error("reads ended with writes, or the failure does not show")
	}
	for _, percent := range []int{0, 100} {
		again := open(t, "/store", small(powerCut(mem, percent, 0)))
		for id := range acked {
			if !has(t, again, id+1) {
				t.Fatalf("article %d of %d was lost", id+1, acked)
			}
		}
		if err := put(again, acked+1); err != nil {
			t.Error(err)
		}
		closed(t, again)
	}
	unavailable(t, s.Close())
}
