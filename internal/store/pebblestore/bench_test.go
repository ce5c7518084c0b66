package pebblestore_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
)

func benchStore(b *testing.B) *pebblestore.Store {
	s := open(b, b.TempDir(), pebblestore.Config{})
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func parallel(b *testing.B, goroutines int, f func(n int64) error) {
	var n atomic.Int64
	b.SetParallelism(max(1, goroutines/runtime.GOMAXPROCS(0)))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkPutPage is a refresh's part of the store: a profile and a page of
// 10 articles.
func BenchmarkPutPage(b *testing.B) {
	s := benchStore(b)
	places := make([]feed.Place, 10)
	for i := range places {
		places[i] = feed.Place{Article: feed.ArticleID(i+1) << 20, Propensity: 0.5}
	}
	parallel(b, 32, func(n int64) error {
		user, stamp := feed.UserID(fmt.Sprint("user-", n%20_000)), day0+feed.Millis(n)
		p, err := s.Profile(context.Background(), user, stamp)
		if err != nil {
			return err
		}
		return s.PutPage(context.Background(), &feed.Page{User: user, Channel: 1, Stamp: stamp, Older: p.NewestStamp(1), Places: places}, p.Version)
	})
}

func BenchmarkProfileCached(b *testing.B) {
	s := benchStore(b)
	if err := serve(s, "u", day0); err != nil {
		b.Fatal(err)
	}
	parallel(b, 32, func(int64) error {
		_, err := s.Profile(context.Background(), "u", day0)
		return err
	})
}

func BenchmarkAppendSignals(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := benchStore(b)
			parallel(b, 32, func(n int64) error {
				signals := make([]feed.Signal, size)
				for i := range signals {
					id := n*int64(size) + int64(i)
					user := feed.UserID(fmt.Sprint("user-", id%20_000))
					signals[i] = feed.Signal{User: user, Events: []feed.Event{{User: user, Article: feed.ArticleID(id + 1), Action: feed.Click, Time: day0}}}
					for j := range 8 {
						signals[i].Key[j] = byte(id >> (8 * j))
					}
					signals[i].Key[15] = 1
				}
				_, _, err := s.AppendSignals(context.Background(), signals, day0)
				return err
			})
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "signals/s")
		})
	}
}

// BenchmarkAppendKnown appends a hundred signals at a time of 100,000 readers whose
// profiles are in memory, as nearly all of them are after a while, packed.
func BenchmarkAppendKnown(b *testing.B) {
	const readers, batch = 100_000, 100
	s := benchStore(b)
	of := func(first, n int, key bool) []feed.Signal {
		signals := make([]feed.Signal, n)
		for i := range signals {
			at := uint64(first + i)
			user := feed.UserID(fmt.Sprint("user-", at*0x9E3779B97F4A7C15>>32%readers))
			if !key {
				user = feed.UserID(fmt.Sprint("user-", at))
			}
			signals[i] = feed.Signal{User: user, Events: []feed.Event{{User: user, Article: feed.ArticleID(at + 1), Action: feed.Click, Time: day0 + feed.Millis(at)}}}
			if key {
				signals[i].Key = feed.KeyOf("k", fmt.Sprint(at))
			}
		}
		return signals
	}
	for first := 0; first < readers; first += 10_000 {
		if _, _, err := s.AppendSignals(b.Context(), of(first, 10_000, false), day0); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Warm(b.Context(), day0); err != nil {
		b.Fatal(err)
	}
	if n := s.Cached(); n < readers*9/10 {
		b.Fatalf("%d profiles are in memory", n)
	}
	parallel(b, 32, func(n int64) error {
		_, _, err := s.AppendSignals(context.Background(), of(int(n)*batch, batch, true), day0)
		return err
	})
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "signals/s")
}
