package truth

import (
	"math"
	"math/rand/v2"

	"readnext/internal/feed"
)

// World is a newsroom and its readers; see the package's promise.
type World struct {
	cfg       Config
	articles  []Article // by id, from 1; ascending by Published
	breaks    []Break
	readers   []Reader
	refreshes []Refresh
	direct    []Direct
	trend     [][]float64 // by day since Born, by topic
}

// New makes the one world that cfg describes.
func New(cfg Config) (*World, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	w := &World{cfg: cfg}
	// Streams of their own: a world with more readers has the same articles.
	stream := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(cfg.Seed, n)) }
	popularity := make([]float64, cfg.Topics)
	for t, rank := range stream(1).Perm(cfg.Topics) {
		popularity[t] = math.Pow(1+float64(rank), -popularitySkew)
	}
	w.articles, w.breaks = publish(stream(2), &cfg, popularity)
	w.readers = gather(stream(3), &cfg, popularity)
	w.refreshes = visits(stream(4), &cfg, w.readers)
	w.direct = outside(stream(5), &cfg, w.articles, w.breaks)
	w.trend = trends(stream(6), &cfg)
	name(stream(7), &cfg, w.articles)
	return w, nil
}

// popularitySkew is how much more is written on, and loved of, popular topics:
// the n-th has the share n^-popularitySkew.
const popularitySkew = 0.3

// trends draws everybody's interest in each topic: e^x with x an
// autoregressive process of standard deviation 0.25.
func trends(rng *rand.Rand, cfg *Config) [][]float64 {
	const keep, spread = 0.7, 0.25
	x := make([]float64, cfg.Topics)
	for t := range x {
		x[t] = spread * rng.NormFloat64()
	}
	days := make([][]float64, cfg.Days)
	for d := range days {
		days[d] = make([]float64, cfg.Topics)
		for t := range x {
			days[d][t] = math.Exp(x[t])
			x[t] = keep*x[t] + spread*math.Sqrt(1-keep*keep)*rng.NormFloat64()
		}
	}
	return days
}

// Config returns what the world was made from, defaults filled in.
func (w *World) Config() Config { return w.cfg }

// Begin is when readers begin to come, End when they end.
func (w *World) Begin() feed.Millis { return w.cfg.Born }

// End is when readers no longer come.
func (w *World) End() feed.Millis { return w.cfg.Born + feed.Millis(w.cfg.Days)*feed.Day }

// Readers returns all readers. The caller must not change them.
func (w *World) Readers() []Reader { return w.readers }

// Refreshes returns what readers will ask for, in order of time.
func (w *World) Refreshes() []Refresh { return w.refreshes }

// Direct returns the clicks from outside, in order of time.
func (w *World) Direct() []Direct { return w.direct }

// Breaks returns the news breaks, in order of time.
func (w *World) Breaks() []Break { return w.breaks }

// Articles returns all articles in order of publication, which is when the
// newsroom hands them in. The caller must not change them.
func (w *World) Articles() []Article { return w.articles }

// Article returns an article, or nil.
func (w *World) Article(id feed.ArticleID) *Article {
	if id < 1 || int64(id) > int64(len(w.articles)) {
		return nil
	}
	return &w.articles[id-1]
}

func (w *World) day(now feed.Millis) int {
	return min(max(int((now-w.cfg.Born)/feed.Day), 0), w.cfg.Days-1)
}
