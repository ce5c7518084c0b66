package redisstore_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// replicated is a server with a replica, and how a process starts that waits for
// it.
func replicated(t *testing.T, change func(*redisstore.Config)) (master, replica *redistest.Server, start func() *redisstore.Store) {
	t.Helper()
	master = server(t, "--repl-diskless-sync-delay", "0")
	host, port, err := net.SplitHostPort(master.Addr)
	must(t, err)
	replica = server(t, "--replicaof", host+" "+port)
	cfg := small(t)
	cfg.Timeout, cfg.WaitReplicas = 400*time.Millisecond, 1
	change(&cfg)
	return master, replica, func() *redisstore.Store {
		t.Helper()
		cfg.SnapshotDir = t.TempDir()
		s := open(t, master.URL(), cfg)
		t.Cleanup(func() { must(t, s.Close()) })
		again(t, s)
		return s
	}
}

// TestRepeatedIsDurableToo gives several processes, one after the other, what is
// in Redis already and not on its replica: it is no more durable for that.
func TestRepeatedIsDurableToo(t *testing.T) {
	_, replica, start := replicated(t, same)
	processes := []*redisstore.Store{start(), start(), start()}
	replica.Pause()
	ctx := t.Context()
	for i, s := range processes {
		_, _, err := s.AppendSignals(ctx, []feed.Signal{signal("u", "1", 1)}, day0)
		wantUnavailable(t, err)
		_, _, err = s.WithdrawArticles(ctx, []feed.ArticleID{1})
		wantUnavailable(t, err)
		if t.Failed() {
			t.Fatalf("process %d takes for durable what no replica has", i)
		}
	}
	replica.Resume()
	last := processes[len(processes)-1]
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		outcomes, _, err := last.AppendSignals(ctx, []feed.Signal{signal("u", "1", 1)}, day0)
		if err == nil {
			if outcomes[0] != store.Duplicate {
				t.Errorf("outcome %v, want a duplicate", outcomes[0])
			}
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// TestRepeatedIsWritten counts what Redis takes for changes: a WAIT covers what
// its connection wrote last, so that after a call which found everything done it
// must have written something, too.
func TestRepeatedIsWritten(t *testing.T) {
	master, _, start := replicated(t, same)
	s := start()
	repeated := map[string]func() error{
		"signals": func() error {
			_, _, err := s.AppendSignals(t.Context(), []feed.Signal{signal("u", "1", 1)}, day0)
			return err
		},
		"withdrawal": func() error {
			_, _, err := s.WithdrawArticles(t.Context(), []feed.ArticleID{1})
			return err
		},
		"nobody's withdrawal": func() error {
			_, _, err := s.WithdrawArticles(t.Context(), []feed.ArticleID{7})
			return err
		},
	}
	for call, do := range repeated {
		must(t, do())
		before := changes(t, master)
		must(t, do())
		// One in the partition, one in the order, which are on two servers of a
		// cluster.
		if n := changes(t, master) - before; n < 2 {
			t.Errorf("%s: %d changes the second time, want 2", call, n)
		}
	}
}

// changes is how many changes a server has made.
func changes(t *testing.T, s *redistest.Server) int {
	t.Helper()
	m, err := s.Do(t.Context(), "INFO", "persistence")
	must(t, err)
	text, err := m.ToString()
	must(t, err)
	_, rest, _ := strings.Cut(text, "rdb_changes_since_last_save:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	must(t, err)
	return n
}

// TestWaitingForReplicasEndsWithItsContext has more writers than connections, on
// a server that does not answer.
func TestWaitingForReplicasEndsWithItsContext(t *testing.T) {
	master, _, start := replicated(t, func(c *redisstore.Config) { c.Timeout, c.Connections = 3*time.Second, 2 })
	s := start()
	master.Pause()
	defer master.Resume()
	for round := range 3 {
		var work sync.WaitGroup
		for range 12 {
			work.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				begin := time.Now()
				_, _, err := s.AppendSignals(ctx, []feed.Signal{signal("u", "1", 1)}, day0)
				wantUnavailable(t, err)
				if took := time.Since(begin); round > 0 && took > 1500*time.Millisecond {
					t.Errorf("round %d: a call that had 100ms took %v", round, took)
				}
			})
		}
		work.Wait()
	}
}

func wantUnavailable(t *testing.T, err error) {
	if err == nil || feed.KindOf(err) != feed.Unavailable {
		t.Errorf("error %v, want unavailable", err)
	}
}
