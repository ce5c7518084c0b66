package redisstore_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

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
