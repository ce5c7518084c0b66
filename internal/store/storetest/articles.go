package storetest

import (
	"reflect"
	"slices"

	"readnext/internal/feed"
)

func testArticlesCreated(h *house) {
	a, b := article(1, 1), article(2, 1, 2)
	created, at, err := h.PutArticles(h.ctx, []feed.Article{a, b})
	h.must(err)
	if !slices.Equal(created, []bool{true, true}) || at == "" {
		h.t.Fatalf("created %v at %q; want both, at a position", created, at)
	}
	b.Title, b.Embedding = "another", nil
	c := article(3, 9)
	created, _, err = h.PutArticles(h.ctx, []feed.Article{b, c, c})
	h.must(err)
	if !slices.Equal(created, []bool{false, true, false}) {
		h.t.Fatalf("created %v; want only the first 3", created)
	}
	got, err := h.Articles(h.ctx, []feed.ArticleID{3, 99, 1, 2, 3})
	h.must(err)
	if want := []feed.Article{c, a, b, c}; !reflect.DeepEqual(got, want) {
		h.t.Fatalf("articles\n%v\nwant\n%v", got, want)
	}
	created, _, err = h.PutArticles(h.ctx, nil)
	h.must(err)
	if len(created) != 0 {
		h.t.Fatalf("created %v of none", created)
	}
}

func testArticlesWithdrawn(h *house) {
	_, _, err := h.PutArticles(h.ctx, []feed.Article{article(1, 1), article(2, 1)})
	h.must(err)
	for range 2 {
		known, at, err := h.WithdrawArticles(h.ctx, []feed.ArticleID{2, 5, 2})
		h.must(err)
		if !slices.Equal(known, []bool{true, false, true}) || at == "" {
			h.t.Fatalf("known %v at %q; want 2 known and 5 not", known, at)
		}
		got, err := h.Articles(h.ctx, []feed.ArticleID{1, 2})
		h.must(err)
		if len(got) != 2 || got[0].Withdrawn || !got[1].Withdrawn {
			h.t.Fatalf("articles %v; want both, 2 withdrawn", got)
		}
	}
	created, _, err := h.PutArticles(h.ctx, []feed.Article{article(2, 1)})
	h.must(err)
	got, err := h.Articles(h.ctx, []feed.ArticleID{2})
	h.must(err)
	if created[0] || len(got) != 1 || got[0].Withdrawn {
		h.t.Fatalf("created %v, articles %v; want an old article put back", created, got)
	}
}

func testArticlesListed(h *house) {
	ids := []feed.ArticleID{7, 1, 300, 1 << 40, 2}
	for _, id := range ids {
		_, _, err := h.PutArticles(h.ctx, []feed.Article{article(id, 1)})
		h.must(err)
	}
	_, _, err := h.WithdrawArticles(h.ctx, []feed.ArticleID{7})
	h.must(err)
	slices.Sort(ids)
	var got []feed.ArticleID
	after := feed.ArticleID(0)
	for {
		list, err := h.ListArticles(h.ctx, after, 2)
		h.must(err)
		if len(list) == 0 {
			break
		}
		if len(list) > 2 {
			h.t.Fatalf("%d articles, at most 2 were wanted", len(list))
		}
		for _, a := range list {
			got = append(got, a.ID)
		}
		after = got[len(got)-1]
	}
	if !slices.Equal(got, ids) {
		h.t.Fatalf("listed %v, want %v", got, ids)
	}
}

func testArticlesLogged(h *house) {
	a, b := article(1, 1), article(2, 1)
	_, _, err := h.PutArticles(h.ctx, []feed.Article{a, b})
	h.must(err)
	_, at, err := h.WithdrawArticles(h.ctx, []feed.ArticleID{9, 1})
	h.must(err)
	got, end := h.entries("", 10)
	want := []feed.Entry{{Article: &a}, {Article: &b}, {Withdrawn: 1}}
	if !reflect.DeepEqual(got, want) {
		h.t.Fatalf("log %v, want %v", got, want)
	}
	if !h.Covers(end, at) {
		h.t.Fatal("the log's end does not cover the last write")
	}
}
