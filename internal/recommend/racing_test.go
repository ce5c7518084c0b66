package recommend_test

import (
	"context"
	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store/pebblestore"
	"sync"
	"testing"
)

// TestNoArticleTwiceOnAPage: a page never holds an article twice, whatever an editor changes meanwhile.
func TestNoArticleTwiceOnAPage(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	ctx := context.Background()
	put := func(id feed.ArticleID, at feed.Millis) feed.Article {
		a := feed.Article{ID: id, Channels: []feed.ChannelID{1}, Published: at}
		a.Normalize(h.now)
		return a
	}
	var all []feed.Article
	for i := range 2000 {
		all = append(all, put(feed.ArticleID(i+1), h.now-feed.Millis(i+1)))
	}
	if _, err := h.learner.PutArticles(ctx, all); err != nil {
		t.Fatal(err)
	}
	// The reader has seen the first 1950, so that fill walks the shelf.
	for range 18 {
		if _, err := h.recommender.Recommend(ctx, recommend.Request{User: "u", Channel: 1, Num: 100}, h.now); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			var b []feed.Article
			for id := 1800; id < 2000; id++ { // republished: now new, now old
				at := h.now - feed.Millis(1801)
				if i%2 == 0 {
					at = h.now - feed.Millis(1990)
				}
				b = append(b, put(feed.ArticleID(id), at))
			}
			h.learner.PutArticles(ctx, b)
		}
	})
	defer wg.Wait()
	defer close(stop)
	for i := range 600 {
		// Preview walks the same way as a refresh, and can be asked again.
		page, err := h.recommender.Preview(ctx, "u", 1, 100, h.now)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[feed.ArticleID]bool{}
		for _, p := range page {
			if seen[p.Article] {
				t.Fatalf("preview %d: article %d is on it twice", i, p.Article)
			}
			seen[p.Article] = true
		}
	}
}

// withdrawing is a store that does something just before a page is stored.
type withdrawing struct {
	*pebblestore.Store
	before func()
}

func (w withdrawing) PutPage(ctx context.Context, p *feed.Page, v uint64) error {
	w.before()
	return w.Store.PutPage(ctx, p, v)
}

// TestWithdrawnWhileServed withdraws an article between its choice and the
// answer: the withdrawal had answered first.
func TestWithdrawnWhileServed(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	ctx := context.Background()
	a := feed.Article{ID: 1, Channels: []feed.ChannelID{1}, Published: h.now - 1}
	a.Normalize(h.now)
	h.learner.PutArticles(ctx, []feed.Article{a})
	h.recommender.Readers = withdrawing{h.store, func() {
		if _, err := h.learner.WithdrawArticles(ctx, []feed.ArticleID{1}); err != nil {
			t.Fatal(err)
		}
	}}
	ans, err := h.recommender.Recommend(ctx, recommend.Request{User: "u", Channel: 1}, h.now)
	if err != nil {
		t.Fatal(err)
	}
	if ans.Page != nil && ans.Shown(0) {
		t.Fatal("WithdrawArticles had answered; the answer after it shows the article")
	}
}
