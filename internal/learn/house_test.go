package learn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/model/affinity"
	"readnext/internal/model/catalog"
	"readnext/internal/model/covisit"
	"readnext/internal/model/trending"
	"readnext/internal/store/pebblestore"
)

const start feed.Millis = 1_800_000_000_000

var errFails = errors.New("fails for a while")

// newModels makes real models, small enough for readers and neighbours to be
// pushed out.
func newModels() learn.Models {
	t, err := trending.New(trending.Config{Top: 8})
	if err != nil {
		panic(err)
	}
	c, err := covisit.New(covisit.Config{Readers: 16, Neighbours: 4})
	if err != nil {
		panic(err)
	}
	a, err := affinity.New(affinity.Config{PerName: 8, Newest: 16})
	if err != nil {
		panic(err)
	}
	articles, err := catalog.New(catalog.Config{})
	if err != nil {
		panic(err)
	}
	return learn.Models{Catalog: articles, Observers: []learn.Observer{t, c, a}}
}

// roster is a model that keeps readers by name, as none of the real ones does.
type roster struct {
	mu    sync.Mutex
	names []string // sorted
}

func (r *roster) Name() string           { return "roster" }
func (r *roster) ObserveItem(*feed.Item) {}
func (r *roster) Drop(*feed.Gone)        {}

func (r *roster) Observe(o feed.Observation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := slices.BinarySearch(r.names, string(o.User)); !ok {
		r.names = slices.Insert(r.names, i, string(o.User))
	}
}

func (r *roster) Forget(u feed.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := slices.BinarySearch(r.names, string(u)); ok {
		r.names = slices.Delete(r.names, i, i+1)
	}
}

func (r *roster) WriteSnapshot(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := io.WriteString(w, strings.Join(r.names, "\n"))
	return err
}

func (r *roster) ReadSnapshot(from io.Reader) error {
	b, err := io.ReadAll(from)
	if err == nil && len(b) > 0 {
		r.names = strings.Split(string(b), "\n")
	}
	return err
}

func withRoster() learn.Models {
	m := newModels()
	m.Observers = append(m.Observers, &roster{})
	return m
}

func openStore(t *testing.T, dir string) *pebblestore.Store {
	t.Helper()
	st, err := pebblestore.Open(dir, pebblestore.Config{
		CacheBytes: 1 << 20, MemTableBytes: 1 << 20, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// newStore is a store in a directory of its own, closed after the test.
func newStore(t *testing.T) (st *pebblestore.Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	st = openStore(t, dir)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st, dir
}

// openLearner opens a learner that waits long enough for any fold.
func openLearner(t *testing.T, st learn.Store, build func() learn.Models) *learn.Learner {
	t.Helper()
	l, err := learn.Open(t.Context(), learn.Config{Stretch: 32, AwaitTimeout: time.Minute}, st, build)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// drain folds the log to its end.
func drain(t *testing.T, l *learn.Learner) {
	t.Helper()
	for {
		n, err := l.Fold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func snapshot(t *testing.T, l *learn.Learner) {
	t.Helper()
	if err := l.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// run runs a learner until stop is called, which returns Run's error.
func run(t *testing.T, l *learn.Learner) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	return sync.OnceValue(func() error {
		cancel()
		return <-done
	})
}

// state is what all models of a learner write of themselves.
func state(t *testing.T, l *learn.Learner) []byte {
	t.Helper()
	var b bytes.Buffer
	m := l.Models()
	if err := m.Catalog.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Observers {
		if err := o.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// logOnly is a store that has no snapshot, and keeps the last one saved.
type logOnly struct {
	learn.Store
	saved []byte
}

func (s *logOnly) LoadSnapshot(context.Context, func(io.Reader) error) error {
	return feed.Errorf(feed.NotFound, "there is no snapshot")
}

func (s *logOnly) SaveSnapshot(_ context.Context, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	s.saved = b.Bytes()
	return err
}

// straight folds the whole log into fresh models and returns their state and
// the snapshot that they make, position included.
func straight(t *testing.T, st learn.Store) (models, file []byte) {
	t.Helper()
	alone := &logOnly{Store: st}
	l := openLearner(t, alone, newModels)
	drain(t, l)
	snapshot(t, l)
	return state(t, l), alone.saved
}

// newest is the newest snapshot in a store.
func newest(t *testing.T, st learn.Store) (file []byte) {
	t.Helper()
	err := st.LoadSnapshot(t.Context(), func(r io.Reader) (err error) {
		file, err = io.ReadAll(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// snapshotFiles are the paths of a store's snapshots, oldest first.
func snapshotFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "snapshots", "*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flaky is a store whose calls fail as often as each counter says, and which
// notes where its log was last read from.
type flaky struct {
	learn.Store
	reads, waits, saves, drops atomic.Int64
	from                       atomic.Value                  // feed.Position
	held                       atomic.Pointer[chan struct{}] // if set, saves wait until it is closed
}

func fails(n *atomic.Int64) bool { return n.Load() > 0 && n.Add(-1) >= 0 }

func (s *flaky) ReadLog(ctx context.Context, after feed.Position, most int) ([]feed.Entry, feed.Position, error) {
	s.from.Store(after)
	if fails(&s.reads) {
		return nil, after, errFails
	}
	return s.Store.ReadLog(ctx, after, most)
}

func (s *flaky) WaitLog(ctx context.Context, after feed.Position) error {
	if fails(&s.waits) {
		return errFails
	}
	return s.Store.WaitLog(ctx, after)
}

func (s *flaky) SaveSnapshot(ctx context.Context, write func(io.Writer) error) error {
	if held := s.held.Load(); held != nil {
		<-*held
	}
	if fails(&s.saves) {
		return errFails
	}
	return s.Store.SaveSnapshot(ctx, write)
}

func (s *flaky) DropSnapshots(ctx context.Context) error {
	if fails(&s.drops) {
		return errFails
	}
	return s.Store.DropSnapshots(ctx)
}

// writer makes up what happens: the same seed, the same happenings.
type writer struct {
	rng *rand.Rand
	n   int
}

func newWriter(seed uint64) *writer { return &writer{rng: rand.New(rand.NewPCG(seed, 1))} }

const articles = 40

func (w *writer) article() feed.Article {
	a := feed.Article{
		ID:        feed.ArticleID(1 + w.rng.IntN(articles)),
		Channels:  []feed.ChannelID{feed.ChannelID(1 + w.rng.IntN(3))},
		Published: start - feed.Millis(w.rng.IntN(1000))*feed.Minute,
		Title:     "A title",
		Author:    fmt.Sprintf("author-%d", w.rng.IntN(5)),
		Tags:      []string{fmt.Sprintf("tag-%d", w.rng.IntN(9)), "all"},
		Language:  "en",
		Embedding: []float32{w.rng.Float32(), w.rng.Float32(), 1},
	}
	a.Normalize(start)
	return a
}

func (w *writer) signal(user feed.UserID) feed.Signal {
	w.n++
	s := feed.Signal{User: user, Key: feed.KeyOf(string(user), fmt.Sprint(w.n))}
	at := start + feed.Millis(w.n)*feed.Second
	if w.rng.IntN(4) == 0 {
		for i := range 5 {
			s.Events = append(s.Events, feed.Event{
				User: user, Article: feed.ArticleID(1 + w.rng.IntN(articles)), Action: feed.Exposure, Time: at, Channel: 1,
				Cause: &feed.Cause{Stamp: at, Position: uint16(i), Propensity: 0.5, Model: 1},
			})
		}
		return s
	}
	s.Events = []feed.Event{{
		User: user, Article: feed.ArticleID(1 + w.rng.IntN(articles)), Channel: 1, Time: at,
		Action: feed.Click + feed.Action(w.rng.IntN(5)), ReadTime: feed.Millis(w.rng.IntN(60_000)),
	}}
	return s
}

func (w *writer) reader() feed.UserID { return feed.UserID(fmt.Sprintf("reader-%d", w.rng.IntN(30))) }

// write puts n things that happened into a store.
func (w *writer) write(t *testing.T, st learn.Store, n int) {
	t.Helper()
	for range n {
		var err error
		switch k := w.rng.IntN(10); {
		case k < 3:
			_, _, err = st.PutArticles(t.Context(), []feed.Article{w.article(), w.article()})
		case k == 3:
			_, _, err = st.WithdrawArticles(t.Context(), []feed.ArticleID{feed.ArticleID(1 + w.rng.IntN(articles))})
		default:
			_, _, err = st.AppendSignals(t.Context(), []feed.Signal{w.signal(w.reader()), w.signal(w.reader())}, start)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
