package redisstore_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// shared is what tests share that do not break it: each store has a prefix of
// its own.
var shared struct {
	single  *redistest.Server
	cluster *redistest.Cluster
	stores  atomic.Int64
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "redisstore")
	if err == nil {
		defer os.RemoveAll(dir)
		shared.single, err = redistest.Start(filepath.Join(dir, "single"))
	}
	if err == nil {
		defer shared.single.Kill()
		shared.cluster, err = redistest.StartCluster(filepath.Join(dir, "cluster"), 3, 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.cluster.Stop()
	return m.Run()
}

func prefix() string { return fmt.Sprintf("test%d:", shared.stores.Add(1)) }

// small is a store of few partitions, with a prefix and a directory of its own.
func small(t testing.TB) redisstore.Config {
	return redisstore.Config{
		Prefix: prefix(), Partitions: 6, SnapshotDir: t.TempDir(),
		Timeout: 10 * time.Second, RepairEvery: time.Hour, Logger: slog.New(slog.DiscardHandler),
	}
}

func open(t testing.TB, url string, cfg redisstore.Config) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(t.Context(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const day0 = 20_000 * feed.Day

func signal(user feed.UserID, key string, article feed.ArticleID) feed.Signal {
	return feed.Signal{User: user, Key: feed.KeyOf(key), Events: []feed.Event{{User: user, Article: article, Action: feed.Click, Time: day0}}}
}

func article(id feed.ArticleID) feed.Article {
	return feed.Article{ID: id, Channels: []feed.ChannelID{1}, Published: day0, Title: fmt.Sprint("title ", id), Boost: 1}
}

func send(t testing.TB, s store.Store, signals ...feed.Signal) feed.Position {
	t.Helper()
	_, at, err := s.AppendSignals(t.Context(), signals, day0)
	must(t, err)
	return at
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, want feed.Kind) {
	t.Helper()
	if err == nil || feed.KindOf(err) != want {
		t.Fatalf("error %v, want one of kind %v", err, want)
	}
}

// entries reads the log from a position to its end: a word for each entry.
func entries(t testing.TB, s store.Store, after feed.Position) ([]string, feed.Position) {
	t.Helper()
	var words []string
	for {
		es, next, err := s.ReadLog(t.Context(), after, 7)
		must(t, err)
		if len(es) == 0 && next == after {
			return words, after
		}
		for _, e := range es {
			switch {
			case e.Article != nil:
				words = append(words, fmt.Sprint("a", e.Article.ID))
			case e.Signal != nil:
				words = append(words, fmt.Sprint(e.Signal.User, "/", e.Signal.Events[0].Article))
			case e.Forgotten != "":
				words = append(words, fmt.Sprint("-", e.Forgotten))
			default:
				words = append(words, fmt.Sprint("w", e.Withdrawn))
			}
		}
		after = next
	}
}

// pair opens two stores on one Redis, as two processes do.
func pair(t *testing.T, url string, change func(*redisstore.Config)) (a, b *redisstore.Store) {
	cfg := small(t)
	change(&cfg)
	a = open(t, url, cfg)
	cfg.SnapshotDir = t.TempDir()
	b = open(t, url, cfg)
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Error(err)
		}
	})
	return a, b
}

func same(*redisstore.Config) {}
