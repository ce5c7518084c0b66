package recommend_test

import (
	"context"
	"slices"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// stock puts n articles in channel 1, five minutes apart, the youngest being
// article 1; edit may change each.
func (h *house) stock(n int, edit func(*feed.Article)) {
	var batch []feed.Article
	for i := range n {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: h.now - feed.Millis(5*i)*feed.Minute, Boost: 1}
		edit(&a)
		a.Normalize(h.now)
		batch = append(batch, a)
	}
	_, err := h.learner.PutArticles(context.Background(), batch)
	h.check(err)
}

// engine opens another engine on the house's store.
func (h *house) engine(cfg recommend.Config) *engine.Engine {
	e, err := engine.Open(context.Background(), engine.Config{Recommend: cfg}, h.store, func() uint32 { return 1 }, func() uint64 { return 7 })
	h.check(err)
	h.check(e.CatchUp(context.Background()))
	return e
}

func ids(scored []recommend.Scored) (out []feed.ArticleID) {
	for _, s := range scored {
		out = append(out, s.Article)
	}
	return out
}

// TestShortlistKeepsWhatStandsHigh has all articles proposed by one source, and
// asks for pages of which the shortlist is a small part of them.
func TestShortlistKeepsWhatStandsHigh(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	h.stock(200, func(*feed.Article) {})
	all := h.engine(recommend.Config{Recall: 200, Ranked: 200})
	few := h.engine(recommend.Config{Recall: 200, Ranked: 20})
	for _, n := range []int{5, 10, 100} {
		want, err := all.Preview(t.Context(), "u", 1, n, h.now)
		h.check(err)
		got, err := few.Preview(t.Context(), "u", 1, n, h.now)
		h.check(err)
		if len(got) != n || !slices.Equal(ids(got), ids(want)) {
			t.Errorf("%d articles: %v, want %v", n, ids(got), ids(want))
		}
	}
}

func TestBoostedArticleIsOnTheShortlist(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	h.stock(200, func(a *feed.Article) {
		if a.ID == 150 {
			a.Boost = 1000
		}
	})
	got, err := h.engine(recommend.Config{Recall: 200}).Preview(t.Context(), "u", 1, 5, h.now)
	h.check(err)
	if got[0].Article != 150 {
		t.Errorf("%v; want article 150 first, which stands low but is boosted", ids(got))
	}
}

// TestChanceTakesFreshArticlesBeyondTheShortlist gives all places to fresh
// articles, most of which stand too low to be ranked.
func TestChanceTakesFreshArticlesBeyondTheShortlist(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	h.stock(250, func(*feed.Article) {})
	e := h.engine(recommend.Config{Recall: 250, Ranked: 30, Explore: explore.Policy{FreshShare: 1}, FreshFor: 10 * feed.Hour})
	got, err := e.Preview(t.Context(), "u", 1, 10, h.now)
	h.check(err)
	low := 0
	for _, id := range ids(got) {
		if id > 30 {
			low++
		}
		if id > 120 {
			t.Errorf("article %d took a fresh place at the age of %d minutes", id, 5*(id-1))
		}
	}
	if low == 0 {
		t.Errorf("%v: none beyond the shortlist, of 120 fresh ones", ids(got))
	}
}
