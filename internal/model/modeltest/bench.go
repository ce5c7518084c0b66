package modeltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
)

// The catalogue and readership of benchmarks.
const (
	benchArticles   = 100_000
	benchReaders    = 20_000
	benchEvents     = 1 << 20
	benchCandidates = 300
	benchActs       = 20
	benchDimensions = 64
)

// Bench measures a model of 100,000 articles and a million events, whose
// popularity is Zipf's: Observe, Score of 300 candidates for a reader with 20
// acts, and Recall of 200. With embeddings, articles have 64 dimensions.
func Bench(b *testing.B, fresh func() Model, embeddings bool) {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.2, 20, benchArticles-1)
	items := make([]*feed.Item, benchArticles)
	for i := range items {
		it := &feed.Item{
			ID: feed.ArticleID(1 + i), Ord: feed.Ord(i), Boost: 1, Published: start + feed.Millis(i)*feed.Minute,
			Channels: []feed.ChannelID{feed.ChannelID(1 + rng.IntN(20))},
			Author:   feed.Name(1 + rng.IntN(2000)),
		}
		for range 5 {
			it.Tags = append(it.Tags, feed.Name(2001+min(rng.ExpFloat64()*300, 4999)))
		}
		for range benchDimensions {
			if embeddings {
				it.Embedding = append(it.Embedding, rng.Float32()-0.5)
			}
		}
		items[i] = it
	}
	end := items[benchArticles-1].Published
	pick := func() *feed.Item { return items[(int(zipf.Uint64())*7919)%benchArticles] }
	events := make([]feed.Observation, benchEvents)
	for i := range events {
		e := &feed.Event{
			User: feed.UserID(fmt.Sprintf("reader-%012d", rng.IntN(benchReaders))), Action: feed.Click,
			Time: end + feed.Millis(i)*100, Cause: &feed.Cause{},
		}
		it, value := pick(), 1.0
		if i%4 == 0 {
			e.Action, value = feed.Exposure, 0
		}
		e.Article = it.ID
		events[i] = feed.Observation{Event: e, Item: it, Value: value}
	}
	m := fresh()
	for _, it := range items {
		m.ObserveItem(it)
	}
	for _, o := range events {
		m.Observe(o)
	}

	queries := make([]*feed.Query, 64)
	slates := make([][]feed.Candidate, len(queries))
	for i := range queries {
		q := &feed.Query{User: events[i].User, Channel: feed.AllChannels, Now: end + feed.Millis(benchEvents)*100}
		for j := range benchActs {
			it := pick()
			q.Acts = append(q.Acts, feed.ItemAct{Item: it, Value: 1, Act: feed.Act{Article: it.ID, Action: feed.Click, Time: q.Now - feed.Millis(j)*feed.Hour}})
		}
		queries[i] = q
		for range benchCandidates {
			slates[i] = append(slates[i], feed.Candidate{Item: pick(), Features: make([]float32, len(m.FeatureNames()))})
		}
	}
	seen := benchEvents // by the model, so far: time goes on from run to run
	b.Run("Observe", func(b *testing.B) {
		b.ReportAllocs()
		var e feed.Event
		for ; b.Loop(); seen++ {
			o := events[seen%benchEvents]
			e = *o.Event
			e.Time = end + feed.Millis(seen)*100
			o.Event = &e
			m.Observe(o)
		}
	})
	b.Run("ObserveItem", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.ObserveItem(items[i%benchArticles])
		}
	})
	b.Run("Score", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Score(queries[i%len(queries)], slates[i%len(slates)], 0)
		}
	})
	b.Run("Recall", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]feed.Proposal, 0, 200)
		n := math.MaxInt
		for i := 0; b.Loop(); i++ {
			got := m.Recall(queries[i%len(queries)], 200, dst)
			n = min(n, len(got))
		}
		b.ReportMetric(float64(n), "least-proposed")
	})
}
