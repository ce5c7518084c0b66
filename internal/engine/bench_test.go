package engine_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
)

// site is a catalogue and readers whose acts are skewed as in life: few
// articles and readers make most of the log.
type site struct {
	articles int
	rng      *rand.Rand
	readers  *rand.Zipf
	pick     *rand.Zipf
}

func newSite(articles, readers int) *site {
	rng := rand.New(rand.NewPCG(4, 2))
	return &site{articles, rng, rand.NewZipf(rng, 1.1, 20, uint64(readers)), rand.NewZipf(rng, 1.2, 10, uint64(articles-1))}
}

func (s *site) put(b *testing.B, h *house) {
	var batch []feed.Article
	for i := range s.articles {
		a := feed.Article{
			ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{feed.ChannelID(1 + i%10)}, Boost: 1,
			Published: t0 - feed.Millis(i)*feed.Minute, Author: fmt.Sprint("a", s.rng.IntN(500)),
			Tags: []string{fmt.Sprint("t", s.rng.IntN(300)), fmt.Sprint("t", s.rng.IntN(300)), fmt.Sprint("t", s.rng.IntN(300))},
		}
		a.Normalize(t0)
		batch = append(batch, a)
	}
	for part := range slices.Chunk(batch, 1000) {
		if _, _, err := h.st.PutArticles(b.Context(), part); err != nil {
			b.Fatal(err)
		}
	}
	if err := h.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// events appends n clicks without folding them; they begin at the k-th second.
func (s *site) events(b *testing.B, h *house, k, n int) {
	var signals []feed.Signal
	for i := range n {
		user, id := feed.UserID(fmt.Sprint("u", s.readers.Uint64())), feed.ArticleID(1+s.pick.Uint64())
		ev := feed.Event{User: user, Article: id, Action: feed.Click, Time: t0 + feed.Millis(k+i)*feed.Second/20, Channel: feed.ChannelID(1 + (int(id)-1)%10)}
		signals = append(signals, feed.Signal{User: user, Events: []feed.Event{ev}})
	}
	for part := range slices.Chunk(signals, 1000) {
		if _, _, err := h.st.AppendSignals(b.Context(), part, t0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFold folds clicks into all models, the trainer's part and the fits
// that go on meanwhile included; processor time is that of the whole process.
func BenchmarkFold(b *testing.B) {
	h := open(b, vfs.NewMem())
	defer h.close()
	s := newSite(20_000, 50_000)
	s.put(b, h)
	s.events(b, h, 0, 100_000)
	if err := h.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	const n = 50_000
	k := 100_000
	used := time.Duration(0)
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		s.events(b, h, k, n)
		k += n
		used -= processorTime(b)
		b.StartTimer()
		if err := h.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		used += processorTime(b)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(used.Microseconds())/(float64(b.N)*n), "cpu-µs/event")
}

// BenchmarkPreview asks for the pages of readers with a history.
func BenchmarkPreview(b *testing.B) {
	for _, articles := range []int{5000, 50_000} {
		b.Run(fmt.Sprint("articles=", articles), func(b *testing.B) {
			h := open(b, vfs.NewMem())
			defer h.close()
			s := newSite(articles, 20_000)
			s.put(b, h)
			s.events(b, h, 0, 100_000)
			if err := h.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
			now := t0 + 100_000*feed.Second/20
			var took []float64
			b.ReportAllocs()
			for b.Loop() {
				begin := time.Now()
				user := feed.UserID(fmt.Sprint("u", s.readers.Uint64()))
				if _, err := h.Preview(context.Background(), user, feed.ChannelID(1+s.rng.IntN(10)), 10, now); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin).Seconds())
			}
			slices.Sort(took)
			b.ReportMetric(1e6*took[int(math.Ceil(0.99*float64(len(took))))-1], "p99-µs")
		})
	}
}
