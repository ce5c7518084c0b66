package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"readnext/internal/feed"
	"readnext/internal/store"
)

func testForget(h *house) {
	a := article(1, 1)
	_, _, err := h.PutArticles(h.ctx, []feed.Article{a})
	h.must(err)
	h.serve("u", 1, day0, 1, 2)
	h.serve("v", 1, day0, 3)
	mine, other := signal("u", "k", event(1, feed.Click, day0)), signal("v", "k", event(3, feed.Click, day0))
	shown := signal("u", "shown", event(2, feed.Exposure, day0))
	h.send(day0, mine, other, shown)
	_, before := h.entries("", 10)

	at, err := h.Forget(h.ctx, "u")
	h.must(err)
	p := h.profile("u", day0)
	if len(p.Newest)+len(p.Served)+len(p.Acted)+len(p.Acts) != 0 {
		h.t.Fatalf("profile %+v of a forgotten reader", p)
	}
	if got, err := h.PageAt(h.ctx, "u", 1, day0, 0); got != nil || err != nil {
		h.t.Fatalf("page %v, %v of a forgotten reader", got, err)
	}
	want := []feed.Entry{{Article: &a}, {Signal: &other}, {Forgotten: "u"}}
	log, end := h.entries("", 1)
	if !reflect.DeepEqual(log, want) {
		h.t.Fatalf("log %+v, want %+v", log, want)
	}
	if !h.Covers(end, at) || h.Covers(before, at) {
		h.t.Fatal("the position after forgetting is not the log's end")
	}
	if rest, _ := h.entries(before, 10); !reflect.DeepEqual(rest, want[2:]) {
		h.t.Fatalf("log since then %+v, want %+v", rest, want[2:])
	}
	if p := h.profile("v", day0); len(p.Served) != 1 || len(p.Acts) != 1 {
		h.t.Fatalf("forgetting one reader changed another: %+v", p)
	}
	// The marks are gone too, and the reader may begin again.
	if o, _ := h.send(day0, mine, mine); o[0] != store.Accepted || o[1] != store.Duplicate {
		h.t.Fatalf("outcomes %v after forgetting", o)
	}
	h.serve("u", 1, day0, 1)
	if _, err := h.Forget(h.ctx, "never seen"); err != nil {
		h.t.Fatal(err)
	}
}

func testForgetConflicts(h *house) {
	h.serve("u", 1, day0, 1)
	for _, user := range []feed.UserID{"u", "new"} {
		p := h.profile(user, day0)
		_, err := h.Forget(h.ctx, user)
		h.must(err)
		if err := h.PutPage(h.ctx, page(user, 1, day0+1, 2), p.Version); !errors.Is(err, feed.ErrConflict) {
			h.t.Fatalf("%s: page of a profile from before: %v, want ErrConflict", user, err)
		}
		if got, err := h.PageAt(h.ctx, user, 1, day0+9, 0); got != nil || err != nil {
			h.t.Fatalf("%s: page %v, %v of a forgotten reader", user, got, err)
		}
	}
}

// testForgetRaces has refreshes, signals and erasures of one reader meet; after
// a last erasure nothing of the reader is left, whatever the order was.
func testForgetRaces(h *house) {
	var wg sync.WaitGroup
	for racer := range 6 {
		wg.Go(func() {
			for i := range 20 {
				var err error
				switch racer % 3 {
				case 0:
					var p *feed.Profile
					if p, err = h.Profile(h.ctx, "u", day0); err == nil {
						err = h.PutPage(h.ctx, page("u", 1, p.NewestStamp(1)+day0, feed.ArticleID(i+1)), p.Version)
					}
					if errors.Is(err, feed.ErrConflict) {
						err = nil
					}
				case 1:
					_, _, err = h.AppendSignals(h.ctx, []feed.Signal{signal("u", fmt.Sprint(i%5), event(1, feed.Click, day0))}, day0)
				case 2:
					_, err = h.Forget(h.ctx, "u")
				}
				if err != nil {
					h.t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	_, err := h.Forget(h.ctx, "u")
	h.must(err)
	if p := h.profile("u", day0); len(p.Served)+len(p.Acts)+len(p.Newest)+len(p.Acted) != 0 {
		h.t.Fatalf("profile %+v of a forgotten reader", p)
	}
	log, _ := h.entries("", 7)
	for _, e := range log {
		if e.Signal != nil {
			h.t.Fatalf("log still holds %+v", e.Signal)
		}
	}
	if n, err := h.Prune(h.ctx, 1<<50); n != 0 || err != nil {
		h.t.Fatalf("%d pages and marks (%v) were left", n, err)
	}
	if log[len(log)-1].Forgotten != "u" {
		h.t.Fatalf("the log ends with %+v", log[len(log)-1])
	}
}

func testPrune(h *house) {
	h.serve("u", 1, day0, 1)
	h.serve("u", 2, day0+1, 2)
	h.serve("u", 1, day0+2, 3)
	old, young := signal("u", "old", event(1, feed.Click, day0)), signal("u", "young", event(3, feed.Click, day0))
	anonymous := signal(feed.Anonymous, "old", event(1, feed.Click, day0))
	h.send(day0, old, anonymous)
	h.send(day0+2, young)
	for _, want := range []int{4, 0} {
		n, err := h.Prune(h.ctx, day0+2)
		h.must(err)
		if n != want {
			h.t.Fatalf("removed %d, want %d", n, want)
		}
	}
	for channel, want := range map[feed.ChannelID]bool{1: true, 2: false} {
		if p, err := h.PageAt(h.ctx, "u", channel, day0+9, 0); err != nil || (p != nil) != want {
			h.t.Fatalf("page of channel %d: %v, %v", channel, p, err)
		}
	}
	if p, err := h.PageAt(h.ctx, "u", 1, day0+1, 0); err != nil || p != nil {
		h.t.Fatalf("pruned page %v, %v", p, err)
	}
	p := h.profile("u", day0+2)
	if len(p.Served) != 1 || p.Served[0].Article != 3 || len(p.Acts) != 2 || p.NewestStamp(1) != day0+2 {
		h.t.Fatalf("profile %+v; want the young page and every act", p)
	}
	h.must(h.PutPage(h.ctx, page("u", 2, day0+5, 9), p.Version))
	if o, _ := h.send(day0+3, old, young, anonymous); o[0] != store.Accepted || o[1] != store.Duplicate || o[2] != store.Accepted {
		h.t.Fatalf("outcomes %v; want only the old marks gone", o)
	}
	if log, _ := h.entries("", 100); len(log) != 5 {
		h.t.Fatalf("log holds %d entries; pruning is not forgetting", len(log))
	}
}

func testPruneMany(h *house) {
	const n = 1500
	var batch []feed.Signal
	for i := range n {
		batch = append(batch, signal(feed.UserID(fmt.Sprint(i%40)), fmt.Sprint(i), event(1, feed.Exposure, day0)))
	}
	h.send(day0, batch...)
	h.send(day0+10, signal("u", "young", event(1, feed.Exposure, day0)))
	for _, want := range []int{n, 0} {
		got, err := h.Prune(h.ctx, day0+10)
		h.must(err)
		if got != want {
			h.t.Fatalf("removed %d, want %d", got, want)
		}
	}
	if got, err := h.Prune(h.ctx, day0+11); got != 1 || err != nil {
		h.t.Fatalf("removed %d, %v; want the last one", got, err)
	}
}
