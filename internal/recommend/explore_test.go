package recommend_test

import (
	"context"
	"math"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestExploringPages draws pages by chance: a preview shows the very page that
// the next refresh serves, the next one is another, each place says how likely
// it was, and all promises of a page still hold.
func TestExploringPages(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	ctx := context.Background()
	var batch []feed.Article
	for i := range 60 {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: h.now - feed.Millis(i)*feed.Hour}
		a.Normalize(h.now)
		batch = append(batch, a)
	}
	if _, err := h.learner.PutArticles(ctx, batch); err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(ctx, engine.Config{Recommend: recommend.Config{Explore: explore.Policy{Temperature: 0.3, FreshShare: 0.2}}},
		h.store, func() uint32 { return 1 }, func() uint64 { return 7 })
	if err != nil {
		t.Fatal(err)
	}
	if err := e.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	seen := map[feed.ArticleID]bool{}
	uneven, fresh := 0, 0
	for page := range 6 {
		preview, err := e.Preview(ctx, "u", 1, 10, h.now)
		if err != nil {
			t.Fatal(err)
		}
		ans, err := e.Recommend(ctx, recommend.Request{User: "u", Channel: 1}, h.now)
		if err != nil || len(ans.Page.Places) != 10 {
			t.Fatalf("page %d: %+v, %v", page, ans.Page, err)
		}
		for i, p := range ans.Page.Places {
			if preview[i].Article != p.Article {
				t.Fatalf("page %d place %d: %d was previewed, %d served", page, i, preview[i].Article, p.Article)
			}
			if seen[p.Article] {
				t.Fatalf("article %d came twice", p.Article)
			}
			seen[p.Article] = true
			if !(p.Propensity > 0) || p.Propensity > 1 || math.IsNaN(float64(p.Propensity)) {
				t.Fatalf("propensity %v", p.Propensity)
			}
			if i > 0 && preview[i].Score > preview[i-1].Score {
				uneven++
			}
			if p.Arm == feed.ArmFresh {
				fresh++
				if p.Article > 24 {
					t.Errorf("article %d took a fresh place at the age of %d hours", p.Article, p.Article-1)
				}
			}
		}
	}
	if uneven == 0 || fresh == 0 {
		t.Errorf("%d places out of order, %d fresh ones: nothing was left to chance", uneven, fresh)
	}
}
