package recommend_test

import (
	"context"
	"slices"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/model/catalog"
	"readnext/internal/recommend"
)

// TestDroppedArticles serves a page and has the articles on it dropped from
// memory by others that pass through: the page is shown as it was, but for
// those withdrawn, before or after they were dropped, or named by events again.
// Nothing is served twice; what is put again is served to others.
func TestDroppedArticles(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t, t.TempDir())
	h.stop()
	h.cfg = engine.Config{Models: engine.ModelsConfig{Catalog: catalog.Config{Articles: 32}}}
	h.open()
	defer h.close()
	put := func(from, to feed.ArticleID) {
		t.Helper()
		for id := from; id < to; id++ {
			a := feed.Article{ID: id, Channels: []feed.ChannelID{1}, Published: h.now - feed.Hour}
			a.Normalize(h.now)
			if _, err := h.learner.PutArticles(ctx, []feed.Article{a}); err != nil {
				t.Fatal(err)
			}
		}
	}
	withdraw := func(id feed.ArticleID) {
		t.Helper()
		if known, err := h.learner.WithdrawArticles(ctx, []feed.ArticleID{id}); err != nil || !known[0] {
			t.Fatal(known, err)
		}
	}
	click := func(user feed.UserID, id feed.ArticleID) {
		t.Helper()
		ev := feed.Event{User: user, Article: id, Action: feed.Click, Time: h.now, Channel: 1}
		if _, err := h.learner.Submit(ctx, []feed.Signal{{User: user, Events: []feed.Event{ev}}}, h.now); err != nil {
			t.Fatal(err)
		}
	}
	show := func(user feed.UserID, stamp feed.Millis, num int) (ids []feed.ArticleID, at feed.Millis) {
		t.Helper()
		answer, err := h.recommender.Recommend(ctx, recommend.Request{User: user, Channel: 1, Num: num, Stamp: stamp}, h.now)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Page == nil {
			return nil, 0
		}
		for i, p := range answer.Page.Places {
			if answer.Shown(i) {
				ids = append(ids, p.Article)
			}
		}
		slices.Sort(ids)
		return ids, answer.Page.Stamp
	}
	want := func(ids []feed.ArticleID, want ...feed.ArticleID) {
		t.Helper()
		if !slices.Equal(ids, want) {
			t.Fatalf("%v, not %v", ids, want)
		}
	}
	known := func(id feed.ArticleID) bool { return h.learner.Models().Catalog.Lookup(id) != nil }

	put(1, 7)
	page, stamp := show("reader", 0, 10)
	want(page, 1, 2, 3, 4, 5, 6)
	withdraw(2)
	put(100, 150) // 1 to 6 are named longest ago
	for id := range feed.ArticleID(6) {
		if known(id + 1) {
			t.Fatalf("article %d was not dropped", id+1)
		}
	}
	page, _ = show("reader", stamp, 10)
	want(page, 1, 3, 4, 5, 6)
	withdraw(3) // after it was dropped
	for id := range feed.ArticleID(5) {
		withdraw(145 + id) // or what events alone name would be dropped first
	}
	click("another", 2) // which is withdrawn
	click("another", 4) // which is not
	if !known(2) || !known(4) || known(3) {
		t.Fatal("events do not name articles")
	}
	page, _ = show("reader", stamp, 10)
	want(page, 1, 4, 5, 6)
	h.restart()
	page, _ = show("reader", stamp, 10)
	want(page, 1, 4, 5, 6)

	// What was dropped is offered to nobody until it is put again, and then not
	// to whoever had it.
	page, _ = show("stranger", 0, 100)
	if i := slices.IndexFunc(page, func(id feed.ArticleID) bool { return id < 100 }); i >= 0 || len(page) < 20 {
		t.Fatalf("a stranger gets %v", page)
	}
	put(5, 7)
	page, _ = show("somebody", 0, 100)
	if !slices.Contains(page, 5) || !slices.Contains(page, 6) {
		t.Fatalf("what was put again is not served: %v", page)
	}
	h.now += feed.Hour
	page, _ = show("reader", 0, 100)
	if slices.Contains(page, 5) || len(page) == 0 {
		t.Fatalf("an article is served again: %v", page)
	}
}
