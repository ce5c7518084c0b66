package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"readnext/internal/feed"
)

func testLogOrder(h *house) {
	es, next, err := h.ReadLog(h.ctx, "", 5)
	h.must(err)
	if len(es) != 0 || next != "" {
		h.t.Fatalf("empty log: %v, %q", es, next)
	}
	var want []feed.Entry
	var ats []feed.Position
	for i := range 30 {
		var at feed.Position
		switch i % 3 {
		case 0:
			a := article(feed.ArticleID(i+1), 1)
			_, at, err = h.PutArticles(h.ctx, []feed.Article{a})
			want = append(want, feed.Entry{Article: &a})
		case 1:
			s := signal(feed.UserID(fmt.Sprint("u", i)), "k", event(1, feed.Click, day0))
			_, at, err = h.AppendSignals(h.ctx, []feed.Signal{s}, day0)
			want = append(want, feed.Entry{Signal: &s})
		case 2:
			_, at, err = h.WithdrawArticles(h.ctx, []feed.ArticleID{feed.ArticleID(i - 1)})
			want = append(want, feed.Entry{Withdrawn: feed.ArticleID(i - 1)})
		}
		h.must(err)
		ats = append(ats, at)
	}
	for _, max := range []int{1, 2, 7, 1000} {
		got, _ := h.entries("", max)
		if !reflect.DeepEqual(got, want) {
			h.t.Fatalf("log by %d: %v, want %v", max, got, want)
		}
	}
	// Reading from the position of a write returns what came after it.
	for i, at := range ats {
		got, _ := h.entries(at, 4)
		if len(got) != len(want)-i-1 || (len(got) > 0 && !reflect.DeepEqual(got, want[i+1:])) {
			h.t.Fatalf("log after write %d: %v", i, got)
		}
		for j, other := range ats {
			if h.Covers(at, other) != (i >= j) {
				h.t.Fatalf("position %d covers %d: %v", i, j, i < j)
			}
		}
		if !h.Covers(at, "") || h.Covers("", at) {
			h.t.Fatal("the empty position is before everything")
		}
	}
	if es, next, err := h.ReadLog(h.ctx, "", 0); len(es) != 0 || next != "" || err != nil {
		h.t.Fatalf("reading nothing: %v, %q, %v", es, next, err)
	}
}

// testLogFull erases entries: a stretch that is not full ends where the log does,
// so that who reads it knows that it has caught up.
func testLogFull(h *house) {
	for i := range 30 {
		s := signal(feed.UserID(fmt.Sprint("u", i%5)), fmt.Sprint(i), event(feed.ArticleID(i+1), feed.Click, day0))
		_, _, err := h.AppendSignals(h.ctx, []feed.Signal{s}, day0)
		h.must(err)
	}
	for _, user := range []feed.UserID{"u1", "u4"} {
		_, err := h.Forget(h.ctx, user)
		h.must(err)
	}
	for max := 1; max < 25; max++ {
		at := feed.Position("")
		for ended := false; !ended; {
			es, next, err := h.ReadLog(h.ctx, at, max)
			h.must(err)
			ended = len(es) < max
			at = next
		}
		if es, _, err := h.ReadLog(h.ctx, at, 1); len(es) > 0 || err != nil {
			h.t.Fatalf("the log read by %d goes on behind a stretch that was not full: %v, %v", max, es, err)
		}
	}
}

// testLogRaced tails the log while it is written: the tail sees every entry,
// in the order that a later reader sees.
func testLogRaced(h *house) {
	const writers, each = 6, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				user := feed.UserID(fmt.Sprint("w", w))
				s := signal(user, fmt.Sprint(i), event(feed.ArticleID(i+1), feed.Click, day0))
				if _, _, err := h.AppendSignals(h.ctx, []feed.Signal{s}, day0); err != nil {
					h.t.Error(err)
				}
			}
		})
	}
	var tailed []feed.Entry
	var at feed.Position
	for len(tailed) < writers*each {
		h.must(h.WaitLog(h.ctx, at))
		es, next, err := h.ReadLog(h.ctx, at, 3)
		h.must(err)
		tailed, at = append(tailed, es...), next
	}
	wg.Wait()
	all, _ := h.entries("", 50)
	if !reflect.DeepEqual(tailed, all) {
		h.t.Fatal("the log read while written differs from the log read after")
	}
	last := map[feed.UserID]feed.ArticleID{}
	for _, e := range all {
		id := e.Signal.Events[0].Article
		if id != last[e.Signal.User]+1 {
			h.t.Fatalf("%s: article %d after %d", e.Signal.User, id, last[e.Signal.User])
		}
		last[e.Signal.User] = id
	}
}

func testLogWait(h *house) {
	ctx, cancel := context.WithCancel(h.ctx)
	done := make(chan error)
	go func() { done <- h.WaitLog(ctx, "") }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		h.t.Fatalf("waiting was given up: %v, want ctx's error", err)
	}
	// Waiters may return without cause; these stay until there is an entry.
	const waiters = 4
	for range waiters {
		go func() {
			for {
				if err := h.WaitLog(h.ctx, ""); err != nil {
					done <- err
					return
				}
				if es, _, err := h.ReadLog(h.ctx, "", 1); err != nil || len(es) > 0 {
					done <- err
					return
				}
			}
		}()
	}
	_, at, err := h.PutArticles(h.ctx, []feed.Article{article(1, 1)})
	h.must(err)
	for range waiters {
		h.must(<-done)
	}
	h.must(h.WaitLog(h.ctx, "")) // at once
	go func() { done <- h.WaitLog(h.ctx, at) }()
	_, err = h.Forget(h.ctx, "u")
	h.must(err)
	h.must(<-done)
}

func testLogGarbage(h *house) {
	for _, at := range []feed.Position{"garbage", "\xff", "\x00\x01\x02"} {
		_, _, err := h.ReadLog(h.ctx, at, 1)
		h.kind(err, feed.Invalid)
		h.kind(h.WaitLog(h.ctx, at), feed.Invalid)
	}
}

// testGivenUp calls with a context that is over: nothing may change.
func testGivenUp(h *house) {
	ctx, cancel := context.WithCancel(h.ctx)
	cancel()
	_, _, err := h.PutArticles(ctx, []feed.Article{article(1, 1)})
	h.kind(err, feed.Unavailable)
	_, _, err = h.AppendSignals(ctx, []feed.Signal{signal("u", "k", event(1, feed.Click, day0))}, day0)
	h.kind(err, feed.Unavailable)
	h.kind(h.PutPage(ctx, page("u", 1, day0, 1), h.profile("u", day0).Version), feed.Unavailable)
	if err := h.PutPage(ctx, page("u", 1, day0, 1), 0); !errors.Is(err, context.Canceled) {
		h.t.Fatalf("error %v does not wrap ctx's", err)
	}
	if log, _ := h.entries("", 9); len(log) != 0 {
		h.t.Fatalf("log %v after calls given up", log)
	}
}
