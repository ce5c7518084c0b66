package recommend_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store/pebblestore"
)

// unmoved is a store that keeps no pages, so that a reader can be asked for
// without end.
type unmoved struct{ *pebblestore.Store }

func (unmoved) PutPage(context.Context, *feed.Page, uint64) error { return nil }

// BenchmarkPage makes pages of 10 for readers with a past, of 5,000 articles.
func BenchmarkPage(b *testing.B) {
	h := newHouse(b, b.TempDir())
	defer h.close()
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 2))
	var articles []feed.Article
	for i := range 5000 {
		a := feed.Article{
			ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{feed.ChannelID(1 + i%8)}, Author: fmt.Sprint("author", rng.IntN(200)),
			Tags: []string{fmt.Sprint("tag", rng.IntN(50)), fmt.Sprint("tag", 50+rng.IntN(200))}, Published: h.now - feed.Millis(i)*feed.Minute,
		}
		a.Normalize(h.now)
		articles = append(articles, a)
	}
	_, err := h.learner.PutArticles(ctx, articles)
	h.check(err)
	var signals []feed.Signal
	for i := range 20_000 {
		ev := feed.Event{
			User: feed.UserID(fmt.Sprint("u", i%500)), Article: feed.ArticleID(1 + rng.IntN(5000)), Action: feed.Click,
			Time: h.now - feed.Millis(20_000-i)*feed.Second,
		}
		signals = append(signals, feed.Signal{User: ev.User, Events: []feed.Event{ev}})
	}
	for len(signals) > 0 {
		_, err := h.learner.Submit(ctx, signals[:500], h.now)
		h.check(err)
		signals = signals[500:]
	}
	windows := explore.Windows{Author: explore.Window{Most: 2, Of: 10}, Channel: explore.Window{Most: 4, Of: 10}, Tag: explore.Window{Most: 4, Of: 10}}
	for _, bm := range []struct {
		name string
		cfg  recommend.Config
	}{
		{"greedy", recommend.Config{}},
		{"windows", recommend.Config{Diversity: windows}},
		{"draw", recommend.Config{Explore: explore.Policy{Temperature: 0.1, FreshShare: 0.05}}},
		{"draw+windows", recommend.Config{Explore: explore.Policy{Temperature: 0.1, FreshShare: 0.05}, Diversity: windows}},
	} {
		e, err := engine.Open(ctx, engine.Config{Recommend: bm.cfg}, unmoved{h.store}, func() uint32 { return 1 }, func() uint64 { return 7 })
		h.check(err)
		h.check(e.CatchUp(ctx))
		user := 0
		next := func() feed.UserID {
			user++
			return feed.UserID(fmt.Sprint("u", user%500))
		}
		b.Run("refresh/"+bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := e.Recommend(ctx, recommend.Request{User: next()}, h.now)
				h.check(err)
			}
		})
		b.Run("preview/"+bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := e.Preview(ctx, next(), feed.AllChannels, 10, h.now)
				h.check(err)
			}
		})
	}
}
