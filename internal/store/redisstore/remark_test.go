package redisstore_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
)

// TestMarksLost deletes the marks of the order under two processes: nothing is
// ordered twice, and writes go on.
func TestMarksLost(t *testing.T) {
	a, b := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.PublishEvery, c.KeepEntries = time.Millisecond, 5 })
	var at feed.Position
	for i := range 20 {
		at = send(t, a, signal(feed.UserID(fmt.Sprint("u", i%3)), fmt.Sprint(i), feed.ArticleID(i+1)))
	}
	publish(t, a, at, at, "all") // and trim
	before, _ := entries(t, b, "")
	marks := a.OrderKeys()[1]
	redis(t, "DEL", marks)
	must(t, b.AppendHalf(t.Context(), []feed.Signal{signal("u1", "half", 21)}, day0))
	done := make(chan error)
	for i, s := range []*redisstore.Store{a, b, a, b} {
		go func() {
			_, _, err := s.AppendSignals(t.Context(), []feed.Signal{signal("u1", fmt.Sprint("after", i), 22)}, day0)
			done <- err
		}()
	}
	for range 4 {
		must(t, <-done)
	}
	want := append(before, "u1/21", "u1/22", "u1/22", "u1/22", "u1/22")
	got, end := entries(t, b, "")
	if !slices.Equal(got, want) {
		t.Fatalf("log %v, want %v", got, want)
	}
	// Nobody writes: what looks for entries that nobody ordered sees to it.
	redis(t, "DEL", marks)
	must(t, a.Repair(t.Context()))
	if got, same := entries(t, b, ""); !slices.Equal(got, want) || same != end {
		t.Fatalf("log %v, want %v", got, want)
	}
	// A process that starts finds the store as it was.
	cfg := small(t)
	cfg.Prefix, cfg.Partitions = marks[:len(marks)-len("{order}marks")], 7
	c := open(t, shared.single.URL(), cfg)
	defer c.Close() //nolint:errcheck // closed only to end
	send(t, c, signal("u2", "last", 23))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must(t, b.WaitLog(ctx, end))
	if got, _ := entries(t, b, end); !slices.Equal(got, []string{"u2/23"}) {
		t.Fatalf("log %v, want the last", got)
	}
}

// TestOrderUnwritable has marks that nobody can write: the entry is there, and is
// ordered when they can be written again.
func TestOrderUnwritable(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	send(t, a, signal("u", "1", 1))
	send(t, a, signal("u", "2", 2))
	marks := a.OrderKeys()[1]
	redis(t, "HSET", marks, "seq", "0")
	_, _, err := a.AppendSignals(t.Context(), []feed.Signal{signal("u", "3", 3)}, day0)
	wantKind(t, err, feed.Unavailable)
	redis(t, "HDEL", marks, "seq")
	must(t, a.Repair(t.Context()))
	if got, _ := entries(t, b, ""); !slices.Equal(got, []string{"u/1", "u/2", "u/3"}) {
		t.Fatalf("log %v", got)
	}
}
