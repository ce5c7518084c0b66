// Package storetest proves that a store keeps the contracts of package store:
// every sentence of them is a test here, which every implementation passes
// unchanged. It also runs random calls against a plain map.
//
// Nothing here sleeps or reads a clock.
package storetest

import (
	"context"
	"fmt"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Backing is where a store keeps its state: it outlives the stores opened on
// it. Open is called again only after the store it returned before is closed.
type Backing interface {
	Open(t testing.TB) store.Store
}

// Run tests stores of which each begins empty. The tests close them.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := &house{t: t, ctx: t.Context()}
			h.Store = open(t)
			defer h.close()
			c.run(h)
		})
	}
	t.Run("RandomCalls", func(t *testing.T) {
		testRandom(t, func() store.Store { return open(t) })
	})
}

// RunReopen tests that what a store was told is there after it was closed and
// opened again on the same backing, of which each call makes an empty one.
func RunReopen(t *testing.T, make func(t *testing.T) Backing) {
	for _, c := range reopenCases {
		t.Run(c.name, func(t *testing.T) {
			b := make(t)
			h := &house{t: t, ctx: t.Context()}
			h.Store = b.Open(t)
			defer h.close()
			c.run(h, func() {
				h.close()
				h.Store = b.Open(t)
			})
		})
	}
}

type testCase struct {
	name string
	run  func(h *house)
}

type reopenCase struct {
	name string
	run  func(h *house, reopen func())
}

var cases = []testCase{
	{"ArticlesCreatedAndReplaced", testArticlesCreated},
	{"ArticlesWithdrawn", testArticlesWithdrawn},
	{"ArticlesListed", testArticlesListed},
	{"ArticlesLogged", testArticlesLogged},
	{"ProfileOfUnknownReader", testProfileUnknown},
	{"ProfileAfterPages", testProfilePages},
	{"ProfileServedWindow", testProfileWindow},
	{"ProfileActs", testProfileActs},
	{"ProfileIsASnapshot", testProfileSnapshot},
	{"PutPageConflicts", testPutPageConflicts},
	{"PutPageRaces", testPutPageRaces},
	{"PageAtFinds", testPageAt},
	{"PagesKeepEverything", testPageWhole},
	{"ReadersApart", testReadersApart},
	{"SignalsCountOnce", testSignalsOnce},
	{"SignalsCountOnceWhenRaced", testSignalsRaced},
	{"SignalsManyReaders", testSignalsMany},
	{"SignalsAnonymous", testSignalsAnonymous},
	{"SignalsWithoutKey", testSignalsKeyless},
	{"ForgetErases", testForget},
	{"ForgetConflicts", testForgetConflicts},
	{"ForgetRaces", testForgetRaces},
	{"PruneRemoves", testPrune},
	{"PruneManyAndAgain", testPruneMany},
	{"LogInOrder", testLogOrder},
	{"LogStretchesAreFull", testLogFull},
	{"LogWhileWritten", testLogRaced},
	{"LogWaits", testLogWait},
	{"LogGarbage", testLogGarbage},
	{"KeysByCompareAndSet", testKeys},
	{"KeysRaced", testKeysRaced},
	{"KeysDropped", testKeysDropped},
	{"SnapshotsNewestFirst", testSnapshots},
	{"SnapshotsFailing", testSnapshotsFailing},
	{"CallsGivenUp", testGivenUp},
}

var reopenCases = []reopenCase{
	{"EverythingStays", testReopen},
	{"ForgottenStaysForgotten", testReopenForgotten},
	{"PositionsStay", testReopenPositions},
}

// day0 is when tests begin: late enough for 90 days to lie before it.
const day0 = 20_000 * feed.Day

// house is a store under test, with calls that must succeed.
type house struct {
	store.Store
	t   *testing.T
	ctx context.Context
}

func (h *house) close() {
	if h.Store == nil {
		return
	}
	if err := h.Store.Close(); err != nil {
		h.t.Errorf("Close: %v", err)
	}
	h.Store = nil
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) kind(err error, want feed.Kind) {
	h.t.Helper()
	if err == nil || feed.KindOf(err) != want {
		h.t.Fatalf("error %v; want one of kind %v", err, want)
	}
}

func (h *house) profile(user feed.UserID, now feed.Millis) *feed.Profile {
	h.t.Helper()
	p, err := h.Profile(h.ctx, user, now)
	h.must(err)
	if p == nil {
		h.t.Fatal("Profile returned nil")
	}
	return p
}

// serve stores a page by the reader's present version.
func (h *house) serve(user feed.UserID, channel feed.ChannelID, stamp feed.Millis, ids ...feed.ArticleID) *feed.Page {
	h.t.Helper()
	p := page(user, channel, stamp, ids...)
	h.must(h.PutPage(h.ctx, p, h.profile(user, stamp).Version))
	return p
}

func (h *house) send(now feed.Millis, signals ...feed.Signal) ([]store.Outcome, feed.Position) {
	h.t.Helper()
	outcomes, at, err := h.AppendSignals(h.ctx, signals, now)
	h.must(err)
	if len(outcomes) != len(signals) {
		h.t.Fatalf("%d outcomes of %d signals", len(outcomes), len(signals))
	}
	return outcomes, at
}

// entries reads the log from a position to its end, max at a time.
func (h *house) entries(after feed.Position, max int) ([]feed.Entry, feed.Position) {
	h.t.Helper()
	var all []feed.Entry
	for {
		es, next, err := h.ReadLog(h.ctx, after, max)
		h.must(err)
		if len(es) > max {
			h.t.Fatalf("ReadLog returned %d entries, at most %d were wanted", len(es), max)
		}
		if len(es) == 0 && next == after {
			return all, after
		}
		all, after = append(all, es...), next
	}
}

func page(user feed.UserID, channel feed.ChannelID, stamp feed.Millis, ids ...feed.ArticleID) *feed.Page {
	p := &feed.Page{User: user, Channel: channel, Stamp: stamp, KeyID: 1, Model: 7}
	for i, id := range ids {
		p.Places = append(p.Places, feed.Place{Article: id, Propensity: 1 / float32(i+2)})
	}
	return p
}

func article(id feed.ArticleID, channels ...feed.ChannelID) feed.Article {
	return feed.Article{
		ID: id, Channels: channels, Published: day0, Expires: day0 + feed.Day,
		Title: fmt.Sprintf("title %d", id), URL: "https://example.org/ü", Author: "author", Tags: []string{"b", "a"},
		Language: "de", Embedding: []float32{0.25, -1}, Boost: 1.5,
	}
}

func signal(user feed.UserID, key string, events ...feed.Event) feed.Signal {
	s := feed.Signal{User: user, Events: events}
	if key != "" {
		s.Key = feed.KeyOf(key)
	}
	for i := range s.Events {
		s.Events[i].User = user
	}
	return s
}

func event(id feed.ArticleID, action feed.Action, at feed.Millis) feed.Event {
	return feed.Event{Article: id, Action: action, Time: at, Channel: 3, ReadTime: 4 * feed.Second}
}
