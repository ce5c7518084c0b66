package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/model/catalog"
	"readnext/internal/model/covisit"
	"readnext/internal/train"
)

// year is a log of a year in which articles come, are read and go, and the
// store that has it. Entries are made when they are read, so that the log takes
// no memory. Of ten entries one puts an article, the next of the year; most
// have an author and a tag that nobody had before. Names of readers are few:
// what a reader costs is bounded elsewhere.
type year struct {
	engine.Store // what nobody asks for

	articles int // in the whole year
	lives    int // how many come while one is alive
	readers  int

	snapshot []byte
}

const perArticle = 10 // entries

func (y *year) entries() int { return perArticle * y.articles }

// time is when an entry is written.
func (y *year) time(i int) feed.Millis {
	return t0 + feed.Millis(float64(i)/float64(y.entries())*float64(365*feed.Day))
}

func (y *year) entry(i int) feed.Entry {
	rng := rand.New(rand.NewPCG(7, uint64(i)))
	newest, at := i/perArticle, y.time(i)
	user := feed.UserID(fmt.Sprint("u", min(rng.IntN(y.readers), rng.IntN(y.readers))))
	recent := func() feed.ArticleID { // the newest most of all
		return feed.ArticleID(1 + max(0, newest-int(rng.ExpFloat64()*float64(y.lives)/4)))
	}
	event := func(id feed.ArticleID, action feed.Action, cause *feed.Cause) feed.Event {
		return feed.Event{User: user, Article: id, Action: action, Time: at, Channel: feed.ChannelID(1 + int(id)%5), Cause: cause}
	}
	signal := func(events ...feed.Event) feed.Entry {
		return feed.Entry{Signal: &feed.Signal{User: user, Events: events}}
	}
	switch i % perArticle {
	case 0:
		a := y.article(newest, at, rng)
		return feed.Entry{Article: &a}
	case 1:
		var page []feed.Event
		for k := range 6 {
			page = append(page, event(recent(), feed.Exposure, &feed.Cause{Stamp: at, Position: uint16(k), Propensity: 1}))
		}
		return signal(page...)
	case 2:
		switch rng.IntN(20) {
		case 0:
			return feed.Entry{Withdrawn: recent()}
		case 1: // put again, with another tag
			if k := int(recent()) - 1; y.time(k*perArticle)+y.life() > at {
				a := y.article(k, y.time(k*perArticle), rng)
				return feed.Entry{Article: &a}
			}
		case 2:
			return feed.Entry{Forgotten: user}
		}
		return signal(event(feed.ArticleID(1<<40+rng.IntN(1<<30)), feed.Click, nil)) // of an article that nobody put
	case 3:
		return signal(event(recent(), feed.Dislike, nil))
	}
	return signal(event(recent(), feed.Click, nil))
}

func (y *year) life() feed.Millis {
	return feed.Millis(float64(y.lives) / float64(y.articles) * float64(365*feed.Day))
}

func (y *year) article(k int, at feed.Millis, rng *rand.Rand) feed.Article {
	a := feed.Article{
		ID: feed.ArticleID(1 + k), Channels: []feed.ChannelID{feed.ChannelID(1 + (1+k)%5)}, Published: at, Boost: 1,
		Author: fmt.Sprint("author ", k/20), Language: "en",
		Tags: []string{fmt.Sprint("tag ", rng.IntN(20)), fmt.Sprint("tag ", k/10), fmt.Sprint("tag ", k, " ", rng.IntN(100))},
	}
	if k%10 != 0 || k > y.lives { // the others stay for good
		a.Expires = at + y.life()
	}
	for range 8 {
		a.Embedding = append(a.Embedding, rng.Float32()-0.5)
	}
	a.Normalize(at)
	return a
}

func (y *year) ReadLog(_ context.Context, after feed.Position, most int) ([]feed.Entry, feed.Position, error) {
	from := 0
	if after != "" {
		from, _ = strconv.Atoi(string(after))
	}
	var entries []feed.Entry
	for i := from; i < min(from+most, y.entries()); i++ {
		entries = append(entries, y.entry(i))
	}
	return entries, feed.Position(strconv.Itoa(from + len(entries))), nil
}

func (y *year) LoadSnapshot(_ context.Context, read func(io.Reader) error) error {
	if y.snapshot == nil {
		return feed.Errorf(feed.NotFound, "no snapshot")
	}
	return read(bytes.NewReader(y.snapshot))
}

func (y *year) SaveSnapshot(_ context.Context, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	y.snapshot = b.Bytes()
	return err
}

func (y *year) DropSnapshots(context.Context) error { return nil }

// Profile knows a reader's acts from all over the year: of many the articles
// are gone.
func (y *year) Profile(_ context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	rng := rand.New(rand.NewPCG(uint64(len(user)), uint64(now)))
	p := &feed.Profile{}
	for range 20 {
		p.Acts = append(p.Acts, feed.Act{Article: feed.ArticleID(1 + rng.IntN(y.articles)), Action: feed.Click, Time: now - feed.Hour})
	}
	return p, nil
}

func (y *year) open(t testing.TB, bound int) *engine.Engine {
	t.Helper()
	return y.read(t, bound, 50)
}

// read opens an engine that reads the log in stretches of so many entries.
func (y *year) read(t testing.TB, bound, stretch int) *engine.Engine {
	t.Helper()
	cfg := engine.Config{}
	cfg.Models.Catalog = catalog.Config{Articles: bound}
	cfg.Models.Covisit = covisit.Config{Readers: 500, Neighbours: 16}
	cfg.Models.Train = train.Config{Readers: 500, Pages: 200, Full: 500, Every: 32, Acts: 10}
	cfg.Learn.Stretch = stretch
	e, err := engine.Open(t.Context(), cfg, y, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// fold folds up to an entry, a multiple of the stretch.
func fold(t testing.TB, e *engine.Engine, entries int, then func()) {
	t.Helper()
	for e.Folded() < uint64(entries) {
		if n, err := e.Fold(t.Context()); err != nil || n == 0 {
			t.Fatal(n, err)
		}
		then()
	}
}

// TestSoakYear has ten times the catalogue's bound pass through: after the
// bounds are reached, nothing grows. The bound is 1,000 articles, and 20,000 in a
// soak.
func TestSoakYear(t *testing.T) {
	bound := 1000
	if os.Getenv("READNEXT_SOAK") != "" {
		bound = 20_000
	}
	flat(t, bound, 10*bound)
}

// flat folds a year of so many articles with a bound on those in memory. What
// is held is held against what was held in the year's second quarter, and the
// heap at the end against the heap at half time, each after a batch was dropped.
func flat(t *testing.T, bound, articles int) {
	y := &year{articles: articles, lives: bound * 2 / 5, readers: 1000}
	e := y.open(t, bound)
	known := func() int {
		n := 0
		e.Sizes(func(model, name string, size int) {
			if model == "catalog" && name == "articles" {
				n = size
			}
		})
		return n
	}
	before := 0
	follow := func(most map[string]int) func() {
		return func() {
			if before = known(); before > bound {
				t.Fatalf("%d articles, above %d", before, bound)
			}
			if most != nil && e.Folded()%(uint64(y.entries())/1000) < 50 {
				e.Sizes(func(model, name string, n int) { most[model+" "+name] = max(most[model+" "+name], n) })
			}
		}
	}
	heap := func() float64 {
		for dropped := false; !dropped; { // the heap's low tide
			fold(t, e, int(e.Folded())+1, func() { n := known(); dropped = n < before; before = n })
		}
		e.Settle()    // a fit under way takes memory
		for range 3 { // pools are emptied by the second
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	n := y.entries()
	fold(t, e, n/4, follow(nil))
	e.Settle() // requests' fits are larger than those due by the log
	early, late := make(map[string]int), make(map[string]int)
	fold(t, e, n/2, follow(early))
	half := heap()
	fold(t, e, n-n/50, follow(late))
	end := heap()
	runtime.KeepAlive(e)
	t.Logf("heap %.2f MB at half time, %.2f MB at the end; sizes %v", half/1e6, end/1e6, late)
	// A fit that is done and waits for its place in the log is held beside the
	// one in use, at one time and not at another: less is no surprise.
	if end > 1.1*half || end < 0.8*half {
		t.Errorf("the heap has %.2f MB at half time and %.2f MB at the end", half/1e6, end/1e6)
	}
	for name, n := range late {
		switch was := early[name]; name {
		case "trending articles", "covisit articles", "rules articles", "affinity articles", "covisit readers":
			if n != was {
				t.Errorf("%s: %d, were %d", name, n, was)
			}
		case "ranker examples", "factor fitting": // a count, and a state, no sizes
		default:
			if float64(n) > 1.1*float64(was) {
				t.Errorf("%s: %d, were %d", name, n, was)
			}
		}
	}
}

// imageOf is everything that was learned.
func imageOf(t testing.TB, e *engine.Engine) []byte {
	t.Helper()
	var b bytes.Buffer
	m := e.Models()
	if err := m.Catalog.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Observers {
		if err := o.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Trainer.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestStretchesDoNotMatter reads the log of a year in stretches of several lengths,
// while articles are dropped, readers forgotten and examples made.
func TestStretchesDoNotMatter(t *testing.T) {
	y := &year{articles: 1000, lives: 60, readers: 100}
	var want []byte
	for _, stretch := range []int{1, 7, 512} {
		e := y.read(t, 150, stretch)
		if err := e.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := imageOf(t, e)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("in stretches of %d something else is learned", stretch)
		}
	}
}

// TestYearAfterRestarts folds a year straight and from snapshots taken between
// drops: what was learned and what is known is the same bit for bit.
func TestYearAfterRestarts(t *testing.T) {
	const bound, articles = 150, 1500
	y := &year{articles: articles, lives: 60, readers: 100}
	straight := y.open(t, bound)
	fold(t, straight, y.entries(), func() {})
	want := imageOf(t, straight)
	e := y.open(t, bound)
	const stretch = 1550
	for i := stretch; i < y.entries(); i += stretch {
		fold(t, e, stretch, func() {})
		if err := e.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		e = y.open(t, bound)
	}
	if err := e.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(imageOf(t, e), want) {
		t.Error("restarts change what is learned")
	}
}

// TestRequestsDuringDrops asks while articles pass through.
func TestRequestsDuringDrops(t *testing.T) {
	y := &year{articles: 2000, lives: 60, readers: 100}
	e := y.open(t, 150)
	fold(t, e, 2000, func() {})
	var asking sync.WaitGroup
	done := make(chan struct{})
	for g := range 3 {
		asking.Go(func() {
			for i := g; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				at := y.time(int(e.Folded()))
				if _, err := e.Preview(context.Background(), feed.UserID(fmt.Sprint("u", i%100)), feed.ChannelID(i%6), 10, at); err != nil {
					t.Error(err)
				}
				if _, err := e.Trending(context.Background(), feed.ChannelID(i%6), 10, at); err != nil {
					t.Error(err)
				}
				id := feed.ArticleID(1 + max(0, int(e.Folded())/perArticle-i%200))
				if _, err := e.Similar(context.Background(), id, 10, at); err != nil && feed.KindOf(err) != feed.NotFound {
					t.Error(err)
				}
				if _, err := e.Reader(context.Background(), "u1", at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	fold(t, e, y.entries(), func() {})
	close(done)
	asking.Wait()
}
