package neighbours_test

import (
	"cmp"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/neighbours"
)

const start = feed.Millis(1735689600000)

// world tells a model of acts and remembers what queries need.
type world struct {
	model *neighbours.Model
	now   feed.Millis
	items []*feed.Item
	acts  map[feed.UserID][]feed.ItemAct
}

func newWorld(m *neighbours.Model, articles int) *world {
	w := &world{model: m, now: start, acts: map[feed.UserID][]feed.ItemAct{}}
	for i := range articles {
		it := &feed.Item{ID: feed.ArticleID(100 + i), Ord: feed.Ord(i), Boost: 1, Channels: []feed.ChannelID{1}}
		w.items = append(w.items, it)
		m.ObserveItem(it)
	}
	return w
}

func (w *world) value(u feed.UserID, ord int, at feed.Millis, action feed.Action, value float64) {
	e := &feed.Event{User: u, Article: w.items[ord].ID, Action: action, Time: at}
	w.model.Observe(feed.Observation{Event: e, Item: w.items[ord], Value: value})
	acts := append(w.acts[u], feed.ItemAct{Act: feed.ActOf(e), Item: w.items[ord], Value: value})
	slices.SortStableFunc(acts, func(a, b feed.ItemAct) int { return cmp.Compare(b.Time, a.Time) })
	w.acts[u] = acts[:min(len(acts), feed.MaxActs)]
}

func (w *world) act(u feed.UserID, ord int, at feed.Millis) { w.value(u, ord, at, feed.Click, 1) }

// read lets a reader act on articles, a minute apart from now on.
func (w *world) read(u feed.UserID, ords ...int) {
	for _, ord := range ords {
		w.now += feed.Minute
		w.act(u, ord, w.now)
	}
}

func (w *world) query(u feed.UserID, now feed.Millis) *feed.Query {
	return &feed.Query{User: u, Channel: 1, Now: now, Acts: w.acts[u]}
}

// features returns both columns of every article.
func (w *world) features(q *feed.Query) [][]float32 {
	cands := make([]feed.Candidate, len(w.items))
	out := make([][]float32, len(w.items))
	for i, it := range w.items {
		out[i] = make([]float32, 2)
		cands[i] = feed.Candidate{Item: it, Features: out[i]}
	}
	w.model.Score(q, cands, 0)
	return out
}

func (w *world) proposed(u feed.UserID) []feed.Ord {
	var ords []feed.Ord
	for _, p := range w.model.Recall(w.query(u, w.now), 10, nil) {
		ords = append(ords, p.Ord)
	}
	return ords
}

func open(t *testing.T, c neighbours.Config) *world {
	t.Helper()
	m, err := neighbours.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(m, 10)
}

func wantOrds(t *testing.T, got []feed.Ord, want ...feed.Ord) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("proposes %v, want %v", got, want)
	}
}

func TestOpenSessionsSpeakAtOnce(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("me", 0)
	w.read("other", 0)
	wantOrds(t, w.proposed("me")) // one article says nothing
	w.read("other", 1)
	wantOrds(t, w.proposed("me"), 1)
	w.read("other", 2)
	wantOrds(t, w.proposed("me"), 1, 2) // nearer to the common article
}

func TestOwnTrailDoesNotSpeak(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("me", 0, 1, 2)
	q := w.query("me", w.now)
	q.Acts = q.Acts[:1] // as if the rest was not known to the query
	if got := w.model.Recall(q, 10, nil); len(got) != 0 {
		t.Fatalf("one's own trail proposes %v", got)
	}
	q.User = "somebody else"
	if got := w.model.Recall(q, 10, nil); len(got) != 2 {
		t.Fatalf("another's trail proposes %v", got)
	}
}

func TestRecentNeighboursSpeakLouder(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("old", 0, 1)
	w.now += 3 * feed.Hour
	w.read("new", 0, 2)
	w.read("me", 0)
	wantOrds(t, w.proposed("me"), 2, 1)
}

func TestWhatLiesBeyondASessionWeighsLess(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 1)
	w.now += feed.Hour
	w.read("a", 0, 2)
	w.read("me", 0)
	f := w.features(w.query("me", w.now))
	if !(f[1][0] > 0 && f[1][0] < f[2][0]) {
		t.Fatalf("beyond %v, within %v", f[1], f[2])
	}
	strict := open(t, neighbours.Config{Beyond: -1})
	strict.read("a", 1)
	strict.now += feed.Hour
	strict.read("a", 0, 2)
	strict.read("me", 0)
	wantOrds(t, strict.proposed("me"), 2)
}

func TestSilenceFades(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0, 1)
	w.read("me", 0)
	last := float32(2)
	for _, silence := range []feed.Millis{30 * feed.Minute, feed.Hour, feed.Day, 1000 * feed.Day} {
		f := w.features(w.query("me", w.now+silence))[1][0]
		if f >= last || f < 0.5 {
			t.Fatalf("%v after a silence of %d ms, %v before", f, silence, last)
		}
		last = f
	}
}

func TestActsFindTheirPlace(t *testing.T) {
	w := open(t, neighbours.Config{Length: 3})
	end := w.now + feed.Hour
	w.act("a", 3, end)
	w.act("a", 1, end-3*feed.Minute) // late
	w.act("a", 2, end-2*feed.Minute) // late
	w.act("a", 4, end-9*feed.Minute) // too old for a full trail
	w.act("a", 1, end-5*feed.Minute) // older than what is known
	w.now = end
	w.act("me", 3, end)
	wantOrds(t, w.proposed("me"), 2, 1)
	w.act("a", 1, end-feed.Minute) // moves
	wantOrds(t, w.proposed("me"), 1, 2)
}

func TestDislikesAndStrangersLeaveNoTrail(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0)
	w.value("a", 1, w.now, feed.Dislike, -1)
	w.read(feed.Anonymous, 0, 2)
	w.read("me", 0)
	wantOrds(t, w.proposed("me"))
	w.read("b", 0, 3)
	wantOrds(t, w.proposed("me"), 3)
	w.value("me", 0, w.now+1, feed.Dislike, -1)
	wantOrds(t, w.proposed("me")) // taken back
}

func TestOldestTrailMakesRoom(t *testing.T) {
	w := open(t, neighbours.Config{Readers: 2})
	w.read("a", 0, 1)
	w.read("b", 0, 2)
	w.read("c", 0, 3) // in the place of a
	w.acts["me"] = w.acts["c"][1:]
	got := w.proposed("me")
	slices.Sort(got)
	wantOrds(t, got, 2, 3)
}

func TestForgottenTrailsAreSilent(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0, 1)
	w.read("me", 0)
	wantOrds(t, w.proposed("me"), 1)
	w.model.Forget("a")
	wantOrds(t, w.proposed("me"))
}

func TestOnlyWhatMayBeShownIsProposed(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0, 1, 2, 3, 4, 5)
	w.read("me", 0)
	change := func(ord int, f func(*feed.Item)) {
		it := *w.items[ord]
		f(&it)
		w.model.ObserveItem(&it)
	}
	change(1, func(it *feed.Item) { it.Withdrawn = true })
	change(2, func(it *feed.Item) { it.Published = w.now + 1 })
	change(3, func(it *feed.Item) { it.Expires = w.now })
	change(4, func(it *feed.Item) { it.Channels = []feed.ChannelID{2} })
	wantOrds(t, w.proposed("me"), 5)
}

func TestBecause(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0, 2)
	w.read("b", 1, 3)
	w.read("me", 0, 1)
	for _, tc := range []struct {
		ord, from feed.Ord
		ok        bool
	}{{2, 0, true}, {3, 1, true}, {4, 0, false}, {0, 0, false}, {1 << 20, 0, false}} {
		if from, ok := w.model.Because(w.query("me", w.now), tc.ord); from != tc.from || ok != tc.ok {
			t.Errorf("%d because of %d, %v; want %d, %v", tc.ord, from, ok, tc.from, tc.ok)
		}
	}
	if _, ok := w.model.Because(w.query("stranger", w.now), 2); ok {
		t.Error("a reason without acts")
	}
}

// A result that is kept from one call to the next must not outlive its state.
func TestKeptResultsAreRenewed(t *testing.T) {
	w := open(t, neighbours.Config{})
	w.read("a", 0, 1)
	w.read("me", 0)
	q := w.query("me", w.now)
	wantOrds(t, w.proposed("me"), 1)
	later := *q
	later.Now += feed.Day
	if a, b := w.features(q)[1][0], w.features(&later)[1][0]; a != 1 || b >= a {
		t.Fatalf("%v now, %v a day later", a, b)
	}
	w.act("b", 0, w.now)
	w.act("b", 2, w.now)
	if f := w.features(q)[2]; f[0] == 0 {
		t.Fatal("a new trail is not heard")
	}
	other := *q
	other.User = "b"
	if f := w.features(&other)[2]; f[0] != 0 {
		t.Fatal("one's own trail is heard in another's result")
	}
}

func TestBadSettings(t *testing.T) {
	for i, c := range []neighbours.Config{
		{Readers: -1}, {Length: 1}, {PerArticle: -1}, {Gap: -1}, {Beyond: 2}, {Latest: 1000}, {Recency: -1},
		{Damping: 2}, {Age: 1}, {Neighbours: -1}, {Distance: -1}, {Before: 2},
	} {
		if _, err := neighbours.New(c); err == nil {
			t.Errorf("settings %d are taken: %+v", i, c)
		}
	}
}
