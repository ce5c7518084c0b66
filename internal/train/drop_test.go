package train_test

import (
	"bytes"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/train"
)

// TestDrop drops articles that readers acted on and that pages show: examples
// made later know nothing of them.
func TestDrop(t *testing.T) {
	h := newHouse(t, train.Config{})
	h.act("u", 3, t0, 1, nil)
	h.act("u", 9, t0+1, 1, nil)
	h.act("gone", 9, t0+1, 1, nil)
	h.expose("u", t0, t0, 9, 7, 8)
	h.expose("v", t0, t0, 9, 10, 7)
	h.Drop(feed.NewGone([]feed.Ord{9, 10}, nil))
	h.Sizes(func(name string, n int) {
		if n != 1 {
			t.Errorf("%d %s left", n, name)
		}
	})
	n := len(h.choices)
	h.act("u", 8, t0+feed.Minute, 1, &feed.Cause{Stamp: t0, Position: 2})
	if c := h.want(t, n+1); !slices.Equal(c.articles, []feed.ArticleID{7, 8}) || !slices.Equal(c.acts, []feed.ArticleID{3}) {
		t.Errorf("%+v", c)
	}
	h.act("u", 9, t0+feed.Minute, 1, &feed.Cause{Stamp: t0})
	h.want(t, n+1) // the one that has the number now was on no page, and is not recalled
}

// TestForgottenPageAgain exposes a page again whose first exposure was
// forgotten: a snapshot has it once.
func TestForgottenPageAgain(t *testing.T) {
	cfg := train.Config{Pages: 2}
	h, again := newHouse(t, cfg), newHouse(t, cfg)
	h.expose("u", t0, t0, 7, 8)
	h.Forget("u")
	h.expose("u", t0, t0, 7, 8)
	if err := again.ReadSnapshot(bytes.NewReader(image(t, h))); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*house{h, again} {
		h.expose("v", t0, t0, 7, 8) // the forgotten one's place in the ring
		h.act("u", 8, t0+1, 1, &feed.Cause{Stamp: t0, Position: 1})
		if c := h.want(t, 1); c.places == nil {
			t.Error("the page is gone")
		}
	}
}
