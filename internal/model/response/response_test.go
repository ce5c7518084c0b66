package response_test

import (
	"math"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/response"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

// house is a model with what it takes to tell it of pages.
type house struct {
	*response.Model
	now  feed.Millis
	next feed.Ord
}

func newHouse(t testing.TB, cfg response.Config) *house {
	t.Helper()
	m, err := response.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &house{m, t0, 0}
}

// item is a new article, just published.
func (h *house) item(author feed.Name, tags ...feed.Name) *feed.Item {
	h.next++
	return &feed.Item{ID: feed.ArticleID(h.next), Ord: h.next, Channels: []feed.ChannelID{1}, Published: h.now, Author: author, Tags: tags, Boost: 1}
}

// show has an article shown at a place, and clicked or not, a minute later.
func (h *house) show(user feed.UserID, it *feed.Item, place int, clicked bool) {
	h.now += feed.Minute
	cause := &feed.Cause{Stamp: h.now, Position: uint16(place)}
	h.Observe(feed.Observation{Event: &feed.Event{User: user, Article: it.ID, Action: feed.Exposure, Time: h.now, Cause: cause}, Item: it})
	if clicked {
		h.Observe(feed.Observation{Event: &feed.Event{User: user, Article: it.ID, Action: feed.Click, Time: h.now + 1, Cause: cause}, Item: it, Value: 1})
	}
}

// of returns the features of an article for a reader.
func (h *house) of(user feed.UserID, it *feed.Item) map[string]float64 {
	names := h.FeatureNames()
	cands := []feed.Candidate{{Item: it, Features: make([]float32, len(names))}}
	h.Score(&feed.Query{User: user, Now: h.now}, cands, 0)
	out := make(map[string]float64)
	for i, name := range names {
		out[name] = float64(cands[0].Features[i])
	}
	return out
}

// TestSilent has acts that no page caused: nothing is said of anything.
func TestSilent(t *testing.T) {
	h := newHouse(t, response.Config{})
	it := h.item(1, 2, 3)
	for range 100 {
		h.Observe(feed.Observation{Event: &feed.Event{User: "u", Article: it.ID, Action: feed.Click, Time: h.now}, Item: it, Value: 1})
	}
	h.now += feed.Day
	for name, x := range h.of("u", it) {
		if x != 0 {
			t.Errorf("%s is %v", name, x)
		}
	}
}

// TestGammaPoisson compares one uncertain term among certain ones with the
// posterior of a rate: (k + clicks) / (k/λ + exposures), k being 1/spread.
func TestGammaPoisson(t *testing.T) {
	sure := response.Prior{Spread: 1e-4}
	h := newHouse(t, response.Config{
		Site: sure, Place: sure, Age: sure, Tired: sure, Tag: sure, Author: sure, Reader: sure, Taste: sure, AuthorTaste: sure,
		Article: response.Prior{Spread: 0.5},
	})
	it := h.item(0)
	const n, clicks = 60, 12
	for i := range n {
		it.Published = h.now + feed.Minute
		h.show(feed.UserID(string(rune('a'+i))), it, 0, i%(n/clicks) == 0)
	}
	want := math.Log((2 + clicks) / (2/0.05 + n) / 0.05)
	if got := 4 * h.of("x", it)["response_article"]; math.Abs(got-want) > 0.05 {
		t.Errorf("the article is %.3f, not %.3f", got, want)
	}
}

// TestPlaces shows one article where few look and another where many do, and
// each is clicked as often as it is looked at: neither is better.
func TestPlaces(t *testing.T) {
	h := newHouse(t, response.Config{})
	above, below := h.item(0), h.item(0)
	for i := range 180 {
		user := feed.UserID(string(rune(1000 + i)))
		h.show(user, above, 0, i%6 == 0)
		h.show(user, below, 8, i%18 == 0) // 9^-0.5 of the looks
	}
	a, b := 4*h.of("x", above)["response_article"], 4*h.of("x", below)["response_article"]
	if math.Abs(a-b) > 0.25 {
		t.Errorf("above %.3f, below %.3f", a, b)
	}
}

// TestTastes has two readers of two tags and authors: each one's clicks are
// their taste, and say less of the articles.
func TestTastes(t *testing.T) {
	h := newHouse(t, response.Config{})
	for range 60 {
		one, other := h.item(31, 1), h.item(32, 2)
		h.show("one", one, 0, true)
		h.show("one", other, 1, false)
		h.show("other", one, 0, false)
		h.show("other", other, 1, true)
	}
	fresh := h.item(31, 1)
	one, other, stranger := h.of("one", fresh), h.of("other", fresh), h.of("stranger", fresh)
	for _, name := range []string{"response_taste", "response_author"} {
		if !(one[name] > 0.1 && other[name] < -0.02 && stranger[name] == 0) {
			t.Errorf("%s: %.3f, %.3f, of a stranger %.3f", name, one[name], other[name], stranger[name])
		}
	}
	if math.Abs(one["response_names"]) > one["response_taste"] {
		t.Errorf("the tag is liked by all: %v", one)
	}
	if one["response_tired"] >= 0 || stranger["response_tired"] != 0 {
		t.Errorf("tired %v, the stranger %v", one["response_tired"], stranger["response_tired"])
	}
	h.Forget("one")
	if x := h.of("one", fresh)["response_taste"]; x != 0 {
		t.Errorf("a forgotten reader's taste is %v", x)
	}
	// A name that is given out again is another tag's.
	h.Drop(feed.NewGone(nil, []feed.Name{1, 31}))
	got := h.of("other", fresh)
	for _, name := range []string{"response_taste", "response_author", "response_names"} {
		if got[name] != 0 {
			t.Errorf("%s of a name that was dropped is %v", name, got[name])
		}
	}
}

// TestBroadTagsFirst has a reader click an article of a tag that many articles
// have and of one that no other has: first of all that is taste for the former.
func TestBroadTagsFirst(t *testing.T) {
	const broad, rare = 1, 2
	h := newHouse(t, response.Config{})
	for i := range 40 {
		h.show(feed.UserID(string(rune(1000+i))), h.item(0, broad, feed.Name(10+i)), 0, i%10 == 0)
	}
	h.show("u", h.item(0, broad, rare), 0, true)
	b, r := h.of("u", h.item(0, broad))["response_taste"], h.of("u", h.item(0, rare))["response_taste"]
	if !(b > 2*r && r > 0) {
		t.Errorf("the taste for the broad tag is %.3f, for the rare one %.3f", b, r)
	}
}

// TestTastesPass has a reader give up what they liked long ago.
func TestTastesPass(t *testing.T) {
	h := newHouse(t, response.Config{})
	for range 30 {
		h.show("u", h.item(0, 1), 0, true)
	}
	before := h.of("u", h.item(0, 1))["response_taste"]
	h.now += 40 * feed.Day
	if after := h.of("u", h.item(0, 1))["response_taste"]; !(after < 0.3*before && after > 0) {
		t.Errorf("%.3f, 40 days later %.3f", before, after)
	}
}

// TestAges has readers who want nothing older than an hour, on another site
// readers who do not mind.
func TestAges(t *testing.T) {
	fall := func(mind bool) float64 {
		h := newHouse(t, response.Config{})
		for i := range 1500 {
			it := h.item(0)
			age := feed.Millis(i%4) * 4 * feed.Hour
			it.Published -= age
			h.show(feed.UserID(string(rune(1000+i%50))), it, 0, i%8 < 4 && (age == 0 || !mind))
		}
		young, old := h.item(0), h.item(0)
		old.Published -= 8 * feed.Hour
		return h.of("x", young)["response_age"] - h.of("x", old)["response_age"]
	}
	if mind, not := fall(true), fall(false); !(mind > 2*not && mind > 0.2) {
		t.Errorf("from new to 8 hours old it falls by %.3f, where nobody minds by %.3f", mind, not)
	}
}

// TestOnce has an act on an exposure count once, and neither an exposure again
// nor an act too late.
func TestOnce(t *testing.T) {
	h := newHouse(t, response.Config{})
	it := h.item(0, 1)
	h.show("u", it, 0, true)
	want := h.of("v", it)["response_article"]
	act := func(action feed.Action, at feed.Millis, value float64) {
		h.Observe(feed.Observation{
			Event: &feed.Event{User: "u", Article: it.ID, Action: action, Time: at, Cause: &feed.Cause{Stamp: h.now}}, Item: it, Value: value,
		})
	}
	act(feed.Read, h.now+feed.Second, 1)
	act(feed.Exposure, h.now+feed.Second, 0)
	if got := h.of("v", it)["response_article"]; got != want {
		t.Errorf("%v after a read and an exposure of the same, not %v", got, want)
	}
	late := h.item(0, 1)
	h.show("u", late, 0, false)
	want = h.of("v", late)["response_article"]
	it = late
	act(feed.Dislike, h.now+feed.Second, -1)
	act(feed.Click, h.now+31*feed.Minute, 1)
	if got := h.of("v", late)["response_article"]; got != want {
		t.Errorf("%v after a dislike and a late click, not %v", got, want)
	}
}
