package engine_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"readnext/internal/engine"
	"readnext/internal/feed"
)

// BenchmarkDrop drops one batch of a million articles, three quarters of which
// have expired, from the catalogue and from every model, which keeps the fold
// waiting. Readers' acts are spread over more articles than in life, so that
// there are more edges to go through.
func BenchmarkDrop(b *testing.B) {
	const (
		articles = 1_000_000
		readers  = 200_000
		acts     = 20 // of each
	)
	e, err := engine.Open(b.Context(), engine.Config{}, &year{}, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		b.Fatal(err)
	}
	m := e.Models()
	rng := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(rng, 1.05, 1000, articles-1)
	items := make([]*feed.Item, 0, articles)
	put := func() {
		k := len(items)
		a := feed.Article{
			ID: feed.ArticleID(1 + k), Channels: []feed.ChannelID{feed.ChannelID(1 + k%50)}, Boost: 1,
			Published: t0 + feed.Millis(k)*feed.Minute, Expires: t0 + feed.Millis(k)*feed.Minute + 180*feed.Day,
			Author: fmt.Sprint("author ", rng.IntN(20_000)), Tags: []string{fmt.Sprint("tag ", rng.IntN(50_000)), fmt.Sprint("tag ", rng.IntN(500))},
		}
		it := m.Catalog.Put(&a)
		for _, o := range m.Observers {
			o.ObserveItem(it)
		}
		items = append(items, it)
	}
	for range articles {
		put()
	}
	for i := range readers * acts {
		k := int(zipf.Uint64()) * 7919 % articles
		ev := &feed.Event{User: feed.UserID(fmt.Sprint("u", i/acts)), Article: items[k].ID, Action: feed.Click, Time: items[articles-1].Published + feed.Millis(i)}
		o := feed.Observation{Event: ev, Item: m.Catalog.Ensure(ev.Article, ev.Time), Value: 1}
		m.Trainer.Before([]feed.Observation{o}, func() {})
		for _, model := range m.Observers {
			model.Observe(o)
		}
	}
	sweeping := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		for m.Catalog.Len() <= articles {
			put()
		}
		b.StartTimer()
		begin := time.Now()
		gone := m.Catalog.Sweep()
		sweeping += time.Since(begin)
		var dropping sync.WaitGroup // as the learner does
		dropping.Go(func() { m.Trainer.Drop(gone) })
		for _, o := range m.Observers {
			dropping.Go(func() { o.Drop(gone) })
		}
		dropping.Wait()
	}
	b.ReportMetric(float64(sweeping.Milliseconds())/float64(b.N), "catalog-ms")
	e.Sizes(func(model, name string, n int) {
		if name == "edges" {
			b.ReportMetric(float64(n), model+"-edges")
		}
	})
}
