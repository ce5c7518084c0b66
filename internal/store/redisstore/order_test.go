package redisstore_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/redisstore"
)

// TestDeadWriterIsOrderedByTheNext has a process die between its two steps: the
// next writer to the partition orders what it left, before its own.
func TestDeadWriterIsOrderedByTheNext(t *testing.T) {
	for name, url := range map[string]string{"single": shared.single.URL(), "cluster": shared.cluster.URL()} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, url, same)
			send(t, a, signal("u", "1", 1))
			for i := range 3 {
				must(t, a.AppendHalf(t.Context(), []feed.Signal{signal("u", fmt.Sprint("half", i), feed.ArticleID(10+i))}, day0))
			}
			if got, _ := entries(t, b, ""); !slices.Equal(got, []string{"u/1"}) {
				t.Fatalf("log %v before anybody came across the rest", got)
			}
			at := send(t, b, signal("u", "2", 2))
			want := []string{"u/1", "u/10", "u/11", "u/12", "u/2"}
			got, end := entries(t, a, "")
			if !slices.Equal(got, want) || !a.Covers(end, at) {
				t.Fatalf("log %v, want %v", got, want)
			}
		})
	}
}

// TestDuplicateOfADeadWriter finds its first ordered when it is told of it.
func TestDuplicateOfADeadWriter(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	must(t, a.AppendHalf(t.Context(), []feed.Signal{signal("u", "1", 1)}, day0))
	outcomes, at, err := b.AppendSignals(t.Context(), []feed.Signal{signal("u", "1", 1)}, day0)
	must(t, err)
	got, end := entries(t, b, "")
	if outcomes[0] != store.Duplicate || !slices.Equal(got, []string{"u/1"}) || at == "" || !b.Covers(end, at) {
		t.Fatalf("outcome %v at %q, log %v", outcomes, at, got)
	}
}

// TestForgottenBeforeOrdered erases a reader whose entries nobody ordered.
func TestForgottenBeforeOrdered(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	must(t, a.AppendHalf(t.Context(), []feed.Signal{signal("u", "1", 1), signal("u", "2", 2)}, day0))
	_, err := b.Forget(t.Context(), "u")
	must(t, err)
	if got, _ := entries(t, a, ""); !slices.Equal(got, []string{"-u"}) {
		t.Fatalf("log %v", got)
	}
}

// TestRepair orders what nobody comes across, after it was seen twice.
func TestRepair(t *testing.T) {
	a, b := pair(t, shared.cluster.URL(), func(c *redisstore.Config) { c.RepairEvery = 20 * time.Millisecond })
	must(t, a.AppendHalf(t.Context(), []feed.Signal{signal("u", "1", 1), signal("v", "1", 2), signal("w", "1", 3)}, day0))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	var at feed.Position
	for len(got) < 3 {
		must(t, b.WaitLog(ctx, at))
		var more []string
		more, at = entries(t, b, at)
		got = append(got, more...)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"u/1", "v/2", "w/3"}) {
		t.Fatalf("log %v", got)
	}
}

// rewind takes the order back to how it was, as a server does that takes over
// and lacks its end.
func rewind(t *testing.T, s *redisstore.Store) (back func()) {
	t.Helper()
	dumps := map[string]string{}
	for _, key := range s.OrderKeys() {
		m, err := shared.single.Do(t.Context(), "DUMP", key)
		must(t, err)
		dumps[key], err = m.ToString()
		must(t, err)
	}
	return func() {
		t.Helper()
		for _, key := range s.OrderKeys() {
			_, err := shared.single.Do(t.Context(), "RESTORE", key, "0", dumps[key], "REPLACE")
			must(t, err)
		}
	}
}

// TestLostEnd takes the order's end away: who read that far is told so, who did
// not goes on, and what the end referred to is ordered anew.
func TestLostEnd(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	for i := range 5 {
		send(t, a, signal(feed.UserID(fmt.Sprint("u", i)), "1", 1))
	}
	_, kept := entries(t, a, "")
	back := rewind(t, a)
	for i := range 5 {
		send(t, a, signal(feed.UserID(fmt.Sprint("u", i)), "2", 2))
	}
	all, gone := entries(t, b, "")
	back()

	_, _, err := b.ReadLog(t.Context(), gone, 1)
	wantKind(t, err, feed.Invalid)
	if es, _ := entries(t, b, kept); len(es) != 0 {
		t.Fatalf("log %v after what was kept", es)
	}
	must(t, b.Repair(t.Context()))
	send(t, b, signal("u9", "3", 3))
	_, _, err = b.ReadLog(t.Context(), gone, 1)
	wantKind(t, err, feed.Invalid) // the sequence is there again, by another number
	again, _ := entries(t, a, "")
	slices.Sort(again)
	want := append(slices.Clone(all), "u9/3")
	slices.Sort(want)
	if !slices.Equal(again, want) {
		t.Fatalf("log %v, want %v", again, want)
	}
}

// TestWaitSeesALostEnd: nobody waits for a position that is gone.
func TestWaitSeesALostEnd(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	send(t, a, signal("u", "0", 1))
	back := rewind(t, a)
	send(t, a, signal("u", "1", 1))
	_, gone := entries(t, b, "")
	back()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must(t, b.WaitLog(ctx, gone))
}

// TestTwoProcesses has two processes serve and hear of one reader: nothing is
// served twice, nothing counts twice, both read one log.
func TestTwoProcesses(t *testing.T) {
	a, b := pair(t, shared.cluster.URL(), same)
	const articles = 80
	served := make(chan feed.ArticleID, 10*articles)
	done := make(chan error)
	for i, s := range []*redisstore.Store{a, b, a, b} {
		go func() {
			done <- func() error {
				for n := 0; ; n++ {
					p, err := s.Profile(t.Context(), "u", day0)
					if err != nil {
						return err
					}
					pick := feed.ArticleID(1)
					for slices.ContainsFunc(p.Served, func(a feed.ServedArticle) bool { return a.Article == pick }) {
						pick++
					}
					if pick > articles {
						return nil
					}
					page := &feed.Page{User: "u", Channel: 1, Stamp: max(p.NewestStamp(1)+1, day0), Places: []feed.Place{{Article: pick, Propensity: 1}}}
					switch err := s.PutPage(t.Context(), page, p.Version); {
					case err == nil:
						served <- pick
					case feed.KindOf(err) != feed.Conflict:
						return err
					}
					if _, _, err := s.AppendSignals(t.Context(), []feed.Signal{signal("u", fmt.Sprint(n), pick), signal(feed.UserID(fmt.Sprint("own", i)), fmt.Sprint(n), pick)}, day0); err != nil {
						return err
					}
				}
			}()
		}()
	}
	for range 4 {
		must(t, <-done)
	}
	close(served)
	seen := map[feed.ArticleID]bool{}
	for id := range served {
		if seen[id] {
			t.Errorf("article %d was served twice", id)
		}
		seen[id] = true
	}
	if len(seen) != articles {
		t.Errorf("%d articles were served of %d", len(seen), articles)
	}
	one, _ := entries(t, a, "")
	two, _ := entries(t, b, "")
	if !reflect.DeepEqual(one, two) {
		t.Error("two processes read different logs")
	}
}
