package train_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
	"readnext/internal/train"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

// house is a trainer between a recaller and a ranker that write down what they
// are told.
type house struct {
	*train.Trainer
	items    []*feed.Item
	asked    []feed.Query
	choices  []choice
	heeded   []silence
	surveyed int  // candidates
	ranked   int  // offers of what would be ranked
	settled  int  // how often the models were told what came before an act
	machine  bool // times are not the readers' own
}

type silence struct {
	from, to feed.Millis
	seen     bool
}

// choice is a ranker.Choice in words.
type choice struct {
	articles []feed.ArticleID
	chosen   feed.ArticleID
	places   []uint16
	weight   float64
	features [][]float32
	acts     []feed.ArticleID
}

func newHouse(t testing.TB, cfg train.Config) *house {
	t.Helper()
	h := &house{}
	for ord := range feed.Ord(20) {
		h.items = append(h.items, &feed.Item{ID: feed.ArticleID(ord), Ord: ord, Channels: []feed.ChannelID{1}, Published: 1, Boost: 1})
	}
	var err error
	if h.Trainer, err = train.New(cfg, h, h, h); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) Item(ord feed.Ord) *feed.Item { return h.items[ord] }

func (h *house) Number(string) feed.Name { return 0 }

// Offer recalls articles 1 to 5; the feature of an article is the
// time of the question and its own number.
func (h *house) Offer(q *feed.Query, _ int, also []*feed.Item, all bool, use func([]feed.Candidate, []float32)) {
	ask := *q
	ask.Acts = slices.Clone(q.Acts)
	h.asked = append(h.asked, ask)
	var cands []feed.Candidate
	add := func(it *feed.Item) {
		if !slices.ContainsFunc(cands, func(c feed.Candidate) bool { return c.Item == it }) {
			cands = append(cands, feed.Candidate{Item: it, Features: []float32{float32(q.Now - t0 + feed.Millis(it.ID))}})
		}
	}
	for _, it := range also {
		add(it)
	}
	for _, it := range h.items[1:6] {
		if !slices.ContainsFunc(q.Acts, func(a feed.ItemAct) bool { return a.Item == it }) {
			add(it)
		}
	}
	if !all {
		h.ranked++
		use(cands, nil)
		return
	}
	use(cands, make([]float32, len(cands)))
}

func (h *house) Learn(c *ranker.Choice) {
	out := choice{chosen: c.Candidates[c.Chosen].Item.ID, weight: c.Weight, places: slices.Clone(c.Places)}
	for _, cand := range c.Candidates {
		out.articles = append(out.articles, cand.Item.ID)
		out.features = append(out.features, slices.Clone(cand.Features))
	}
	for _, a := range c.Query.Acts {
		out.acts = append(out.acts, a.Item.ID)
	}
	h.surveyed += len(c.Lists)
	h.choices = append(h.choices, out)
}

func (h *house) Survey(_ *feed.Query, cands []feed.Candidate, _ []float32) { h.surveyed += len(cands) }

func (h *house) Heed(from, to feed.Millis, seen bool) {
	h.heeded = append(h.heeded, silence{from - t0, to - t0, seen})
}

func (h *house) Own() bool { return !h.machine }

func (h *house) act(user feed.UserID, id feed.ArticleID, at feed.Millis, value float64, cause *feed.Cause) {
	ev := &feed.Event{User: user, Article: id, Action: feed.Click, Time: at, Channel: 1, Cause: cause}
	if value < 0 {
		ev.Action = feed.Dislike
	}
	h.Before([]feed.Observation{{Event: ev, Item: h.items[id], Value: value}}, func() { h.settled++ })
}

// expose tells of a page with its articles from the top.
func (h *house) expose(user feed.UserID, stamp, at feed.Millis, ids ...feed.ArticleID) {
	var signal []feed.Observation
	for i, id := range ids {
		ev := &feed.Event{
			User: user, Article: id, Action: feed.Exposure, Time: at, Channel: 1,
			Cause: &feed.Cause{Stamp: stamp, Position: uint16(i)},
		}
		signal = append(signal, feed.Observation{Event: ev, Item: h.items[id]})
	}
	h.Before(signal, func() {})
}

func (h *house) want(t *testing.T, n int) choice {
	t.Helper()
	if len(h.choices) != n {
		t.Fatalf("%d examples, not %d: %+v", len(h.choices), n, h.choices)
	}
	if n == 0 {
		return choice{}
	}
	return h.choices[n-1]
}

func TestEventsAgainstRecall(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.act("u", 3, t0, 1, nil)
	c := h.want(t, 1)
	if !slices.Equal(c.articles, []feed.ArticleID{1, 2, 3, 4, 5}) || c.chosen != 3 || c.weight != 1 || c.places != nil || len(c.acts) != 0 {
		t.Errorf("%+v", c)
	}
	if h.surveyed != 5 {
		t.Errorf("the lists of %d candidates were learned from, not of 5", h.surveyed)
	}
	if q := h.asked[0]; !q.Settled || q.Now != t0 || q.Channel != 1 || q.User != "u" {
		t.Errorf("asked %+v", q)
	}
	h.act("u", 1, t0+1, 2, nil)
	if c := h.want(t, 2); !slices.Equal(c.acts, []feed.ArticleID{3}) || !slices.Equal(c.articles, []feed.ArticleID{1, 2, 4, 5}) {
		t.Errorf("%+v", c)
	}
	h.act("u", 3, t0+2, 1, nil) // again
	h.act("u", 9, t0+3, 1, nil) // not recalled
	h.act("u", 2, t0+4, 0, nil) // of no value
	h.want(t, 2)
	h.act("u", 4, t0+5, -2, nil)
	if c := h.want(t, 3); c.weight != -2 || !slices.Equal(c.acts, []feed.ArticleID{2, 9, 3, 1, 3}) {
		t.Errorf("%+v", c)
	}
	h.act("", 5, t0+6, 1, nil) // of a stranger
	h.act("", 4, t0+7, 1, nil) // of another
	if c := h.want(t, 5); len(c.acts) != 0 {
		t.Errorf("strangers have a past: %+v", c)
	}
}

func TestPages(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.expose("u", t0, t0+10, 7, 8, 2)
	h.want(t, 0)
	h.act("u", 8, t0+feed.Minute, 1, &feed.Cause{Stamp: t0, Position: 1})
	c := h.want(t, 1)
	if !slices.Equal(c.articles, []feed.ArticleID{7, 8, 2}) || c.chosen != 8 || !slices.Equal(c.places, []uint16{0, 1, 2}) {
		t.Errorf("%+v", c)
	}
	if c.features[1][0] != 18 || c.features[2][0] != 12 {
		t.Errorf("features are not those of the exposure: %v", c.features)
	}
	// A read of it is no second choice; another article is one among the rest.
	h.act("u", 8, t0+feed.Minute, 1, &feed.Cause{Stamp: t0, Position: 1})
	h.act("u", 2, t0+2*feed.Minute, 1, &feed.Cause{Stamp: t0, Position: 2})
	if c := h.want(t, 2); !slices.Equal(c.articles, []feed.ArticleID{7, 2}) || !slices.Equal(c.places, []uint16{0, 2}) {
		t.Errorf("%+v", c)
	}
	// Too late to be the page's.
	h.act("u", 7, t0+feed.Hour, 1, &feed.Cause{Stamp: t0})
	h.want(t, 2)
	// Of a page that is not known, where exposures are reported.
	h.act("v", 4, t0+feed.Hour, 1, &feed.Cause{Stamp: t0})
	h.want(t, 2)
	// Where nobody reports exposures: against recall.
	h = newHouse(t, train.Config{})
	h.act("v", 4, t0+feed.Hour, 1, &feed.Cause{Stamp: t0})
	if c := h.want(t, 1); c.places != nil || !slices.Equal(c.articles, []feed.ArticleID{1, 2, 3, 4, 5}) {
		t.Errorf("%+v", c)
	}
}

// TestStrangersPages exposes the pages of two readers who are anonymous, at the
// same moment, in a log without nonces: nothing tells the pages apart but where
// articles stand.
func TestStrangersPages(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.expose("", t0, t0, 7, 8, 2)
	h.expose("", t0, t0, 9, 10, 7)
	h.act("", 7, t0+1, 1, &feed.Cause{Stamp: t0, Position: 2}) // of the second page
	h.want(t, 0)
	h.act("", 7, t0+1, 1, &feed.Cause{Stamp: t0, Position: 0}) // of the first
	h.want(t, 1)
}

func TestAMachinesTimesTeachNothing(t *testing.T) {
	h := newHouse(t, train.Config{Full: 1, Every: 1 << 20})
	h.machine = true
	h.act("u", 1, t0, 1, nil)
	h.act("u", 2, t0+1, 1, nil)
	h.act("u", 2, t0+2, 2, nil) // the same article: no silence
	h.act("", 3, t0+3, 1, nil)
	h.act("u", 3, t0-7, 1, nil)
	h.want(t, 0)
	h.expose("u", t0+10, t0+10, 7, 8)
	h.act("u", 8, t0+12, 1, &feed.Cause{Stamp: t0 + 10, Position: 1})
	if c := h.want(t, 1); c.chosen != 8 {
		t.Errorf("on a page: %+v", c)
	}
	if want := []silence{{0, 1, false}, {2, -7, false}, {2, 12, true}}; !slices.Equal(h.heeded, want) {
		t.Errorf("heeded %v, not %v", h.heeded, want)
	}
	h.machine = false
	h.act("u", 4, t0+feed.Hour, 1, nil)
	h.want(t, 2) // what taught nothing did not count
}

func TestWhatIsToldLateTeachesNothing(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.act("u", 1, t0, 1, nil)
	h.act("v", 2, t0-feed.Day, 1, nil)
	h.want(t, 2)
	h.act("v", 3, t0-feed.Day-1, 1, nil)
	h.want(t, 2)
	h.act("v", 4, t0+1, 1, nil)
	if c := h.want(t, 3); !slices.Equal(c.acts, []feed.ArticleID{2, 3}) {
		t.Errorf("what was told late is forgotten: %+v", c)
	}
}

func TestBounds(t *testing.T) {
	h := newHouse(t, train.Config{Readers: 2, Acts: 2, Pages: 2})
	for id := range feed.ArticleID(4) {
		h.act("u", id, t0+feed.Millis(id), 1, nil)
	}
	h.act("v", 1, t0, 1, nil)
	h.act("w", 1, t0, 1, nil) // u is forgotten
	h.act("v", 2, t0+9, 1, nil)
	if c := h.choices[len(h.choices)-1]; !slices.Equal(c.acts, []feed.ArticleID{1}) {
		t.Errorf("v's acts are %v", c.acts)
	}
	h.act("u", 4, t0+9, 1, nil)
	if c := h.choices[len(h.choices)-1]; len(c.acts) != 0 {
		t.Errorf("u's acts are %v", c.acts)
	}
	for i := range feed.Millis(5) {
		h.expose("p", t0+i, t0+i, 6, 7)
	}
	h.Sizes(func(name string, n int) {
		if n > 2 {
			t.Errorf("%d %s", n, name)
		}
	})
	n := len(h.choices)
	h.act("p", 7, t0+5, 1, &feed.Cause{Stamp: t0 + 4, Position: 1})
	if len(h.choices) != n+1 || h.choices[n].places == nil {
		t.Error("the newest page is gone")
	}
}

func TestLaterOccasionsAreDrawn(t *testing.T) {
	h := newHouse(t, train.Config{Rate: 200, Full: 100, Every: 10})
	for i := range 10_000 {
		h.act(feed.UserID([]byte{byte(i), byte(i >> 8)}), 1, t0, 1, nil)
	}
	// 100 + Σ max(1/10, 100/n), about 100 + 100·ln(10) + 900.
	if n := len(h.choices); n < 1100 || n > 1700 {
		t.Errorf("%d examples", n)
	}
}

// TestAFloodTeachesASample tells of a thousand acts, and then as many pages, a
// second for a minute; before and after, of one act a second.
func TestAFloodTeachesASample(t *testing.T) {
	h := newHouse(t, train.Config{Full: 1 << 20, Rate: 5})
	at, reader := t0, 0
	act := func() {
		reader++
		h.act(feed.UserID(fmt.Sprint("u", reader)), 1, at, 1, nil)
	}
	quiet := func(n int) {
		t.Helper()
		for range n {
			at += feed.Second
			had := len(h.choices)
			act()
			if len(h.choices) != had+1 {
				t.Fatalf("an act at a quiet time, %d s in, taught nothing", (at-t0)/feed.Second)
			}
		}
	}
	quiet(100)
	had := len(h.choices)
	for range 6000 {
		at += 10
		for range 10 {
			act()
		}
	}
	if n := len(h.choices) - had; n < 5*60 || n > 5*(60+10) {
		t.Errorf("%d examples of a minute, and not five a second", n)
	}
	at += 10 * feed.Second
	quiet(100)

	asked := len(h.asked)
	for range 60_000 {
		at++
		reader++
		h.expose(feed.UserID(fmt.Sprint("u", reader)), at, at, 7, 8)
	}
	if n := len(h.asked) - asked; n < 5*60 || n > 5*(60+10) {
		t.Errorf("%d pages of a minute, and not five a second", n)
	}
}

func TestForget(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.act("u", 1, t0, 1, nil)
	h.expose("u", t0, t0, 7, 8)
	h.Forget("u")
	h.Sizes(func(name string, n int) {
		if n != 0 {
			t.Errorf("%d %s left", n, name)
		}
	})
	h.act("u", 8, t0+1, 1, &feed.Cause{Stamp: t0, Position: 1})
	h.want(t, 1) // the page is gone
}

// TestForgetLeavesNoName forgets two readers of the same doings: what is left
// must not tell which of them it was.
func TestForgetLeavesNoName(t *testing.T) {
	left := func(user feed.UserID) []byte {
		h := newHouse(t, train.Config{})
		h.act(user, 1, t0, 1, nil)
		h.expose(user, t0, t0, 7, 8)
		h.Forget(user)
		return image(t, h)
	}
	if !bytes.Equal(left("u"), left("v")) {
		t.Error("a snapshot tells who was forgotten")
	}
}

// TestAnonymousPagesOfOneStamp holds the same articles on two pages of one stamp,
// as clients make them that send whole seconds, in another order but for one.
func TestAnonymousPagesOfOneStamp(t *testing.T) {
	h := newHouse(t, train.Config{})
	page := func(nonce uint64, at feed.Millis, ids ...feed.ArticleID) {
		var signal []feed.Observation
		for i, id := range ids {
			ev := &feed.Event{Article: id, Action: feed.Exposure, Time: at, Channel: 1, Cause: &feed.Cause{Stamp: t0, Nonce: nonce, Position: uint16(i)}}
			signal = append(signal, feed.Observation{Event: ev, Item: h.items[id]})
		}
		h.Before(signal, func() {})
	}
	page(1, t0, 6, 7, 8)
	page(2, t0, 6, 9, 7)
	h.act("", 6, t0+1, 1, &feed.Cause{Stamp: t0, Nonce: 2})
	if c := h.want(t, 1); !slices.Equal(c.articles, []feed.ArticleID{6, 9, 7}) {
		t.Errorf("a choice among %v", c.articles)
	}
	h.act("", 6, t0+1, 1, &feed.Cause{Stamp: t0, Nonce: 1})
	if c := h.want(t, 2); !slices.Equal(c.articles, []feed.ArticleID{6, 7, 8}) {
		t.Errorf("a choice among %v", c.articles)
	}
	h.act("", 6, t0+1, 1, &feed.Cause{Stamp: t0, Nonce: 3})
	h.want(t, 2) // of a page that was not exposed
}

// live does a bit of everything.
func live(h *house, from, to int) {
	for i := from; i < to; i++ {
		at, user := t0+feed.Millis(i)*feed.Second, feed.UserID([]byte{'a' + byte(i%7)})
		switch i % 5 {
		case 0:
			h.expose(user, at, at, 1, 2, 6, 7)
		case 1:
			h.act(feed.UserID([]byte{'a' + byte((i-1)%7)}), feed.ArticleID(1+i%7), at, 1, &feed.Cause{Stamp: at - feed.Second, Position: 1})
		case 4:
			if i%35 == 4 {
				h.Forget(user)
			}
		default:
			h.act(user, feed.ArticleID(i*i%19+1), at-feed.Millis(i%3)*feed.Minute, float64(i%4)-1, nil)
		}
	}
}

func image(t testing.TB, h *house) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := h.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]train.Config{
		"readers": {Readers: -1}, "acts": {Acts: 101}, "pages": {Pages: -1}, "window": {Window: -1},
		"recall": {Recall: -1}, "full": {Full: -1}, "every": {Every: -1}, "rate": {Rate: -1},
	} {
		if _, err := train.New(c, nil, nil, nil); feed.KindOf(err) != feed.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
