package redisstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore/redistest"
)

// BenchmarkMemory reports what things take up in Redis, in bytes, with 20,000
// of each: used_memory after less before. Every figure includes the thing's
// entry in the log and in the order, if it has one.
func BenchmarkMemory(b *testing.B) {
	const n, batch = 20_000, 500
	srv, err := redistest.Start(b.TempDir())
	must(b, err)
	defer srv.Kill()
	cfg := small(b)
	cfg.Partitions = 64
	s := open(b, srv.URL(), cfg)
	defer s.Close() //nolint:errcheck // closed only to end
	user := func(i int) feed.UserID { return feed.UserID(fmt.Sprintf("reader-%06d", i)) }
	signals := func(key string, events func(i int) []feed.Event) func() {
		return func() {
			for from := 0; from < n; from += batch {
				var all []feed.Signal
				for i := from; i < from+batch; i++ {
					es := events(i)
					for j := range es {
						es[j].User, es[j].Channel = user(i), 3
						es[j].Cause = &feed.Cause{Stamp: day0, Position: uint16(j), Propensity: 1, Model: 7}
					}
					all = append(all, feed.Signal{User: user(i), Key: feed.KeyOf(key), Events: es})
				}
				send(b, s, all...)
			}
		}
	}
	click := func(i int) []feed.Event {
		return []feed.Event{{Article: feed.ArticleID(100_000 + i), Action: feed.Click, Time: day0 + feed.Millis(i)}}
	}
	exposure := func(i int) []feed.Event {
		es := make([]feed.Event, 10)
		for j := range es {
			es[j] = feed.Event{Article: feed.ArticleID(100_000 + i + j), Action: feed.Exposure, Time: day0 + feed.Millis(i)}
		}
		return es
	}
	pages := func(stamp feed.Millis) func() {
		return func() {
			for i := range n {
				p := &feed.Page{User: user(i), Channel: 3, Stamp: stamp + feed.Millis(i), KeyID: 1, Model: 7}
				for j := range 10 {
					p.Places = append(p.Places, feed.Place{Article: feed.ArticleID(100_000 + i + j), Propensity: 1})
				}
				profile, err := s.Profile(b.Context(), p.User, stamp)
				must(b, err)
				must(b, s.PutPage(b.Context(), p, profile.Version))
			}
		}
	}
	articles := func() {
		for from := 0; from < n; from += batch {
			var all []feed.Article
			for i := from; i < from+batch; i++ {
				all = append(all, feed.Article{
					ID: feed.ArticleID(100_000 + i), Channels: []feed.ChannelID{3, 4}, Published: day0, Boost: 1, Language: "en", Author: "author-12",
					Title: strings.Repeat("headline ", 7), URL: fmt.Sprintf("https://example.org/news/%040d", i), Tags: []string{"science", "space", "robots"},
				})
			}
			_, _, err := s.PutArticles(b.Context(), all)
			must(b, err)
		}
	}
	for range b.N {
		for _, step := range []struct {
			what string
			do   func()
		}{
			{"article", articles},
			{"reader+click", signals("a", click)},
			{"click", signals("b", click)},
			{"exposure", signals("c", exposure)},
			{"first_page", pages(day0)},
			{"page", pages(day0 + feed.Day)},
		} {
			before := usedMemory(b, srv)
			step.do()
			b.ReportMetric((usedMemory(b, srv)-before)/n, "B/"+step.what)
		}
	}
	b.ReportMetric(0, "ns/op")
}

func usedMemory(b *testing.B, srv *redistest.Server) float64 {
	b.Helper()
	m, err := srv.Do(b.Context(), "INFO", "memory")
	must(b, err)
	text, err := m.ToString()
	must(b, err)
	var used float64
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(line, "used_memory:"); ok {
			_, err = fmt.Sscan(n, &used)
		}
	}
	must(b, err)
	return used
}

// BenchmarkOtherProcess times from before a signal is recorded by one process to
// when another one, that waits for the log, has read it.
func BenchmarkOtherProcess(b *testing.B) {
	for name, url := range map[string]string{"single": shared.single.URL(), "cluster": shared.cluster.URL()} {
		b.Run(name, func(b *testing.B) {
			cfg := small(b)
			writer := open(b, url, cfg)
			defer writer.Close() //nolint:errcheck // closed only to end
			cfg.SnapshotDir = b.TempDir()
			reader := open(b, url, cfg)
			defer reader.Close() //nolint:errcheck // closed only to end
			read := make(chan time.Time)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			go func() {
				var at feed.Position
				for reader.WaitLog(ctx, at) == nil {
					es, next, err := reader.ReadLog(ctx, at, 512)
					if err != nil {
						return
					}
					at = next
					for range es {
						read <- time.Now()
					}
				}
			}()
			var took []time.Duration
			for i := range b.N {
				begin := time.Now()
				send(b, writer, signal(feed.UserID(fmt.Sprint("u", i%1000)), fmt.Sprint(i), 1))
				took = append(took, (<-read).Sub(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkAppendSignals records signals of many readers from many goroutines.
func BenchmarkAppendSignals(b *testing.B) {
	for name, url := range map[string]string{"single": shared.single.URL(), "cluster": shared.cluster.URL()} {
		for _, replicas := range []int{0, 1} {
			if name == "single" && replicas > 0 {
				continue
			}
			b.Run(fmt.Sprint(name, "/wait=", replicas), func(b *testing.B) {
				cfg := small(b)
				cfg.WaitReplicas, cfg.Partitions = replicas, 64
				s := open(b, url, cfg)
				defer s.Close() //nolint:errcheck // closed only to end
				var n atomic.Int64
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := n.Add(1)
						send(b, s, signal(feed.UserID(fmt.Sprint("u", i%5000)), fmt.Sprint(i), 1))
					}
				})
			})
		}
	}
}
