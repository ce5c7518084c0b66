package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

// house is an engine on a store in memory.
type house struct {
	*engine.Engine
	t  testing.TB
	fs vfs.FS
	st *pebblestore.Store
}

func open(t testing.TB, fs vfs.FS) *house {
	t.Helper()
	st, err := pebblestore.Open("store", pebblestore.Config{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{}, st, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	return &house{e, t, fs, st}
}

func (h *house) close() {
	h.t.Helper()
	if err := h.st.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// live appends what happens between two moments of a small world to the log:
// articles, pages with exposures and clicks, events without pages, dislikes,
// withdrawals and a reader who is forgotten.
func (h *house) live(from, to int) {
	h.t.Helper()
	ctx := context.Background()
	check := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	for i := from; i < to; i++ {
		rng := rand.New(rand.NewPCG(9, uint64(i)))
		at := t0 + feed.Millis(i)*20*feed.Second
		user := feed.UserID(fmt.Sprintf("u%d", rng.IntN(25)))
		channel := feed.ChannelID(1 + rng.IntN(2))
		ids := func(n int) []feed.ArticleID {
			var out []feed.ArticleID
			for _, k := range rng.Perm(1 + i/10)[:min(n, 1+i/10)] {
				out = append(out, feed.ArticleID(1+k))
			}
			return out
		}
		event := func(id feed.ArticleID, action feed.Action, cause *feed.Cause) feed.Event {
			return feed.Event{User: user, Article: id, Action: action, Time: at, Channel: channel, Cause: cause}
		}
		append := func(events ...feed.Event) {
			h.t.Helper()
			_, _, err := h.st.AppendSignals(ctx, []feed.Signal{{User: user, Events: events}}, at)
			check(err)
		}
		switch {
		case i%10 == 0:
			a := feed.Article{
				ID: feed.ArticleID(1 + i/10), Channels: []feed.ChannelID{1, 2}, Published: at, Boost: 1,
				Author: fmt.Sprintf("u%d", rng.IntN(25)), Tags: []string{fmt.Sprint("t", rng.IntN(6)), fmt.Sprint("t", rng.IntN(6))},
			}
			a.Normalize(at)
			_, _, err := h.st.PutArticles(ctx, []feed.Article{a})
			check(err)
		case i%10 == 1:
			var page []feed.Event
			for k, id := range ids(6) {
				page = slices.Concat(page, []feed.Event{event(id, feed.Exposure, &feed.Cause{Stamp: at, Position: uint16(k), Propensity: 1})})
			}
			append(page...)
			append(event(page[0].Article, feed.Click, page[0].Cause))
		case i%97 == 5:
			_, _, err := h.st.WithdrawArticles(ctx, ids(1))
			check(err)
		case i%131 == 7 && i < 700: // the log loses what they did: see decision 0008
			_, err := h.st.Forget(ctx, user)
			check(err)
		case i%13 == 0:
			append(event(ids(1)[0], feed.Dislike, nil))
		default:
			append(event(ids(1)[0], feed.Click, nil))
		}
	}
	check(h.CatchUp(ctx))
}

// image is everything that was learned.
func (h *house) image() []byte {
	h.t.Helper()
	var b bytes.Buffer
	m := h.Models()
	for _, o := range m.Observers {
		fmt.Fprintf(&b, "\n%s\n", o.Name())
		if err := o.WriteSnapshot(&b); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := m.Trainer.WriteSnapshot(&b); err != nil {
		h.t.Fatal(err)
	}
	return b.Bytes()
}

// previews are the pages of all readers, scores included.
func (h *house) previews(now feed.Millis) []any {
	h.t.Helper()
	var out []any
	for i := range 25 {
		scored, err := h.Preview(context.Background(), feed.UserID(fmt.Sprintf("u%d", i)), 1, 10, now)
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, scored)
	}
	return out
}

// TestSameLogSameEngine folds one log straight and with restarts, from
// snapshots and from the log alone: what was learned is the same bit for bit,
// and so are the answers.
func TestSameLogSameEngine(t *testing.T) {
	const n = 3000
	now := t0 + n*20*feed.Second
	straight := open(t, vfs.NewMem())
	straight.live(0, 700)
	straight.live(700, n)
	want, pages := straight.image(), straight.previews(now)
	straight.close()
	if learned := slices.ContainsFunc(pages, func(p any) bool { return !reflect.DeepEqual(p, pages[0]) }); !learned {
		t.Fatal("all readers get one page")
	}

	fs := vfs.NewMem()
	h := open(t, fs)
	for _, cut := range [][2]int{{0, 700}, {700, 1801}, {1801, n}} {
		h.live(cut[0], cut[1])
		if cut[0] != 700 { // the second restart finds an old snapshot and a longer log
			if err := h.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.close()
		h = open(t, fs)
		if err := h.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(h.image(), want) {
		t.Error("restarts change what is learned")
	}
	if !reflect.DeepEqual(h.previews(now), pages) {
		t.Error("restarts change pages")
	}
	h.close()
}

// TestMisspeltWeights weighs a feature that there is none of.
func TestMisspeltWeights(t *testing.T) {
	st, err := pebblestore.Open("store", pebblestore.Config{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var cfg engine.Config
	cfg.Models.Ranker.Initial = map[string]float64{"covisti": 1}
	if _, err := engine.Open(t.Context(), cfg, st, func() uint32 { return 1 }, func() uint64 { return 1 }); err == nil {
		t.Error("a weight of no feature is taken")
	}
}

// TestPickedSources leaves sources out.
func TestPickedSources(t *testing.T) {
	st, err := pebblestore.Open("store", pebblestore.Config{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	key, nonce := func() uint32 { return 1 }, func() uint64 { return 1 }
	for _, name := range engine.SourceNames() {
		if _, err := engine.Open(t.Context(), engine.Config{Sources: []string{name}}, st, key, nonce); err != nil {
			t.Errorf("%s alone: %v", name, err)
		}
	}
	if _, err := engine.Open(t.Context(), engine.Config{Sources: []string{"magic"}}, st, key, nonce); err == nil {
		t.Error("a source that there is none of is taken")
	}
}

// TestEverythingIsMeasured wants the trainer among what is told of sizes.
func TestEverythingIsMeasured(t *testing.T) {
	h := open(t, vfs.NewMem())
	defer h.close()
	h.live(0, 60)
	if err := h.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	readers := 0
	h.Sizes(func(model, name string, n int) {
		if model == "trainer" && name == "readers" {
			readers = n
		}
	})
	if readers == 0 {
		t.Error("nothing is said of the trainer")
	}
}

func TestTrendingIsToldWherePagesDoWithoutIt(t *testing.T) {
	st, err := pebblestore.Open("store", pebblestore.Config{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // in memory
	e, err := engine.Open(t.Context(), engine.Config{Sources: []string{"fresh"}}, st, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h := &house{e, t, nil, st}
	h.live(0, 60)
	if err := e.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	top, err := e.Trending(t.Context(), feed.AllChannels, 3, t0+feed.Hour)
	if err != nil || len(top) == 0 {
		t.Fatalf("%d articles, %v", len(top), err)
	}
	for _, sc := range top {
		if len(sc.Sources) != 1 || sc.Sources[0].Name != "trending" || sc.Score != sc.Sources[0].Value {
			t.Errorf("article %d: %+v", sc.Article, sc)
		}
	}
}
