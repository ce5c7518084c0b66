package storetest

import (
	"errors"
	"fmt"
	"reflect"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// seen is what a store shows, in a form that compares.
func (h *house) seen(users ...feed.UserID) string {
	h.t.Helper()
	articles, err := h.ListArticles(h.ctx, 0, 1000)
	h.must(err)
	log, _ := h.entries("", 1000)
	s := fmt.Sprintf("articles %+v\nkeys %v\nlog", articles, h.keys())
	for _, e := range log {
		s += fmt.Sprintf(" %+v/%d/%s", e.Article, e.Withdrawn, e.Forgotten)
		if e.Signal != nil {
			s += fmt.Sprintf("/%+v", *e.Signal)
		}
	}
	for _, u := range users {
		p := *h.profile(u, day0)
		p.Version = 0
		s += fmt.Sprintf("\n%+v", p)
		at, err := h.PageAt(h.ctx, u, 1, 1<<60, 0)
		h.must(err)
		s += fmt.Sprintf(" %+v", at)
	}
	return s
}

func testReopen(h *house, reopen func()) {
	_, _, err := h.PutArticles(h.ctx, []feed.Article{article(1, 1), article(2, 2)})
	h.must(err)
	_, _, err = h.WithdrawArticles(h.ctx, []feed.ArticleID{2})
	h.must(err)
	h.must(h.AddSigningKey(h.ctx, signingKey(1, day0)))
	h.serve("u", 1, day0, 1)
	h.serve("u", 1, day0+1, 2)
	s := signal("u", "k", event(1, feed.Click, day0), event(2, feed.Dislike, day0))
	h.send(day0, s)
	h.save("one")
	h.save("two")
	before := h.seen("u", "nobody")
	for range 3 {
		reopen()
		if after := h.seen("u", "nobody"); after != before {
			h.t.Fatalf("after opening again:\n%s\nbefore:\n%s", after, before)
		}
		h.wantOffered("none", "two", "one")
		if o, _ := h.send(day0, s); o[0] != store.Duplicate {
			h.t.Fatal("a mark was lost")
		}
	}
	if err := h.AddSigningKey(h.ctx, signingKey(1, day0)); !errors.Is(err, feed.ErrConflict) {
		h.t.Fatalf("adding key 1 again: %v", err)
	}
	if n, err := h.Prune(h.ctx, day0+1); n != 2 || err != nil {
		h.t.Fatalf("pruned %d, %v; want a page and a mark", n, err)
	}
}

func testReopenForgotten(h *house, reopen func()) {
	h.serve("u", 1, day0, 1)
	h.send(day0, signal("u", "k", event(1, feed.Click, day0)))
	_, err := h.Forget(h.ctx, "u")
	h.must(err)
	reopen()
	if p := h.profile("u", day0); len(p.Served)+len(p.Acts)+len(p.Acted)+len(p.Newest) != 0 {
		h.t.Fatalf("profile %+v of a forgotten reader", p)
	}
	if log, _ := h.entries("", 5); !reflect.DeepEqual(log, []feed.Entry{{Forgotten: "u"}}) {
		h.t.Fatalf("log %+v", log)
	}
}

func testReopenPositions(h *house, reopen func()) {
	var ats []feed.Position
	for i := range 6 {
		_, at, err := h.PutArticles(h.ctx, []feed.Article{article(feed.ArticleID(i+1), 1)})
		h.must(err)
		ats = append(ats, at)
		reopen()
		for j, old := range ats {
			if !h.Covers(at, old) || (j < i && h.Covers(old, at)) {
				h.t.Fatalf("positions %d and %d do not follow each other", j, i)
			}
			if log, _ := h.entries(old, 2); len(log) != i-j {
				h.t.Fatalf("%d entries after write %d of %d", len(log), j, i)
			}
		}
	}
}
