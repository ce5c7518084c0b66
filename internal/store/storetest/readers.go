package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"readnext/internal/feed"
)

func testProfileUnknown(h *house) {
	for _, user := range []feed.UserID{"nobody", feed.Anonymous} {
		p := h.profile(user, day0)
		if p.User != user || len(p.Newest)+len(p.Served)+len(p.Acted)+len(p.Acts) != 0 {
			h.t.Fatalf("profile %+v; want an empty one of %q", p, user)
		}
	}
	// An unknown reader's version is good for a compare-and-set.
	h.must(h.PutPage(h.ctx, page("nobody", 1, day0, 1), h.profile("nobody", day0).Version))
}

func testProfilePages(h *house) {
	h.serve("u", 1, day0, 10, 11)
	h.serve("u", 2, day0+5, 12)
	h.serve("u", feed.AllChannels, day0+7, 13)
	h.serve("u", 1, day0+9, 14)
	p := h.profile("u", day0+10)
	want := []feed.ServedArticle{{Article: 10, At: day0}, {Article: 11, At: day0}, {Article: 12, At: day0 + 5}, {Article: 13, At: day0 + 7}, {Article: 14, At: day0 + 9}}
	if !slices.Equal(p.Served, want) {
		h.t.Fatalf("served %v, want %v", p.Served, want)
	}
	for channel, stamp := range map[feed.ChannelID]feed.Millis{0: day0 + 7, 1: day0 + 9, 2: day0 + 5, 3: 0} {
		if got := p.NewestStamp(channel); got != stamp {
			h.t.Errorf("newest of channel %d is %d, want %d", channel, got, stamp)
		}
	}
	if len(p.Newest) != 3 {
		h.t.Errorf("newest %v, want 3 channels", p.Newest)
	}
	// Another channel's stamp may lie before: still oldest first.
	h.serve("u", 3, day0+6, 15)
	p = h.profile("u", day0+10)
	if !slices.IsSortedFunc(p.Served, func(a, b feed.ServedArticle) int { return int(a.At - b.At) }) || len(p.Served) != 6 {
		h.t.Fatalf("served %v, want six, oldest first", p.Served)
	}
}

func testProfileWindow(h *house) {
	h.serve("u", 1, day0, 1)
	h.serve("u", 2, day0+feed.Day, 2)
	h.serve("u", 1, day0+40*feed.Day, 3)
	for _, c := range []struct {
		now  feed.Millis
		want []feed.ArticleID
	}{
		{day0 + 40*feed.Day, []feed.ArticleID{3}},
		{day0 + feed.ServedWindow, []feed.ArticleID{1, 2, 3}},
		{day0 + feed.ServedWindow + 1, []feed.ArticleID{2, 3}},
		{day0 + 31*feed.Day + 1, []feed.ArticleID{3}},
		{day0 - feed.Day, []feed.ArticleID{1, 2, 3}}, // pages after now count
		{day0 + 365*feed.Day, nil},
		{day0 + 2*feed.Day, []feed.ArticleID{1, 2, 3}},
		{0, []feed.ArticleID{1, 2, 3}},
	} {
		p := h.profile("u", c.now)
		var got []feed.ArticleID
		for _, s := range p.Served {
			got = append(got, s.Article)
		}
		if !slices.Equal(got, c.want) {
			h.t.Errorf("at day %v served %v, want %v", float64(c.now-day0)/float64(feed.Day), got, c.want)
		}
		if p.NewestStamp(2) != day0+feed.Day || p.NewestStamp(1) != day0+40*feed.Day {
			h.t.Errorf("newest %v depends on the time", p.Newest)
		}
	}
}

func testProfileActs(h *house) {
	h.profile("u", day0) // known to the store before the first act
	var want []feed.Act
	var acted []feed.ArticleID
	for i := range feed.MaxActs + 20 {
		id := feed.ArticleID(i%50 + 1)
		if i < 50 {
			acted = append(acted, id)
		}
		click, shown := event(id, feed.Click, day0-feed.Millis(i)), event(id+1000, feed.Exposure, day0)
		for _, user := range []feed.UserID{"u", "cold"} {
			h.send(day0, signal(user, fmt.Sprint("k", i), click, shown))
		}
		want = append(want, feed.ActOf(&click))
	}
	want = want[len(want)-feed.MaxActs:]
	for _, user := range []feed.UserID{"u", "cold"} {
		p := h.profile(user, day0)
		if !slices.Equal(p.Acts, want) {
			h.t.Errorf("%s: acts are not the latest %d in the order recorded:\n%v", user, feed.MaxActs, p.Acts)
		}
		if !slices.Equal(p.Acted, acted) {
			h.t.Errorf("%s: acted %v, want %v", user, p.Acted, acted)
		}
	}
}

func testProfileSnapshot(h *house) {
	h.serve("u", 1, day0, 1)
	h.send(day0, signal("u", "a", event(1, feed.Click, day0)))
	old := h.profile("u", day0)
	want := fmt.Sprintf("%+v", *old)
	for i := range feed.Millis(200) {
		h.serve("u", feed.ChannelID(i%3), day0+1+i, feed.ArticleID(10+i))
		h.send(day0, signal("u", fmt.Sprint(i), event(feed.ArticleID(10+i), feed.Read, day0)))
	}
	if got := fmt.Sprintf("%+v", *old); got != want {
		h.t.Fatalf("a profile in hand changed:\n%s\nwas\n%s", got, want)
	}
	if h.profile("u", day0).Version == old.Version {
		h.t.Fatal("the version did not change with the profile")
	}
}

func testPutPageConflicts(h *house) {
	p := h.profile("u", day0)
	h.must(h.PutPage(h.ctx, page("u", 1, day0, 1), p.Version))
	if err := h.PutPage(h.ctx, page("u", 1, day0+1, 2), p.Version); !errors.Is(err, feed.ErrConflict) {
		h.t.Fatalf("second page by one version: %v, want ErrConflict", err)
	}
	if got, err := h.PageAt(h.ctx, "u", 1, day0+1, 0); err != nil || got == nil || got.Stamp != day0 {
		h.t.Fatalf("page %v, %v; want the first page only", got, err)
	}
	p = h.profile("u", day0)
	if len(p.Served) != 1 {
		h.t.Fatalf("served %v; a conflict changed it", p.Served)
	}
	h.send(day0, signal("u", "k", event(9, feed.Click, day0)))
	if err := h.PutPage(h.ctx, page("u", 1, day0+1, 2), p.Version); !errors.Is(err, feed.ErrConflict) {
		h.t.Fatalf("page by the version before an act: %v, want ErrConflict", err)
	}
	h.serve("u", 1, day0+1, 2)
}

// testPutPageRaces serves from one small catalogue in many goroutines, as
// refreshes do: nothing may be served twice, and every version wins once.
func testPutPageRaces(h *house) {
	const racers, articles = 8, 60
	var mu sync.Mutex
	won := map[uint64]int{}
	served := map[feed.ArticleID]int{}
	stamps := map[feed.Millis]int{}
	var wg sync.WaitGroup
	for range racers {
		wg.Go(func() {
			for {
				p, err := h.Profile(h.ctx, "u", day0)
				if err != nil {
					h.t.Error(err)
					return
				}
				seen := map[feed.ArticleID]bool{}
				for _, s := range p.Served {
					seen[s.Article] = true
				}
				var pick []feed.ArticleID
				for id := feed.ArticleID(1); id <= articles && len(pick) < 2; id++ {
					if !seen[id] {
						pick = append(pick, id)
					}
				}
				if len(pick) == 0 {
					return
				}
				stamp := max(p.NewestStamp(1)+1, day0)
				err = h.PutPage(h.ctx, page("u", 1, stamp, pick...), p.Version)
				if errors.Is(err, feed.ErrConflict) {
					continue
				}
				if err != nil {
					h.t.Error(err)
					return
				}
				mu.Lock()
				won[p.Version]++
				stamps[stamp]++
				for _, id := range pick {
					served[id]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(served) != articles || len(won) != articles/2 || len(stamps) != articles/2 {
		h.t.Fatalf("%d articles served on %d stamps by %d versions", len(served), len(stamps), len(won))
	}
	for id, n := range served {
		if n != 1 {
			h.t.Errorf("article %d was served %d times", id, n)
		}
	}
	for v, n := range won {
		if n != 1 {
			h.t.Errorf("version %d won %d times", v, n)
		}
	}
}

func testPageAt(h *house) {
	for _, stamp := range []feed.Millis{day0, day0 + 10, day0 + 300} {
		h.serve("u", 1, stamp, feed.ArticleID(stamp-day0+1))
	}
	h.serve("u", 2, day0+20, 99)
	h.serve("v", 1, day0+30, 98)
	for _, c := range []struct {
		at, oldest, want feed.Millis
	}{
		{day0 - 1, 0, 0}, {day0, 0, day0}, {day0 + 9, 0, day0}, {day0 + 10, day0 + 10, day0 + 10}, {day0 + 10, day0 + 11, 0},
		{day0 + 299, 0, day0 + 10}, {day0 + 299, day0 + 11, 0}, {1 << 60, 0, day0 + 300}, {day0 + 300, day0 + 300, day0 + 300}, {0, 0, 0},
	} {
		p, err := h.PageAt(h.ctx, "u", 1, c.at, c.oldest)
		h.must(err)
		switch {
		case p == nil && c.want != 0, p != nil && p.Stamp != c.want:
			h.t.Errorf("page at %d not before %d is %v, want stamp %d", c.at, c.oldest, p, c.want)
		}
	}
	for _, user := range []feed.UserID{"nobody", feed.Anonymous} {
		if p, err := h.PageAt(h.ctx, user, 1, day0+1000, 0); p != nil || err != nil {
			h.t.Errorf("page of %q is %v, %v; want none", user, p, err)
		}
	}
}

func testPageWhole(h *house) {
	p := &feed.Page{User: "ü", Channel: 1<<31 - 1, Stamp: day0, Older: day0 - 7, KeyID: 1<<32 - 1, Model: 12, Places: []feed.Place{
		{Article: 1<<63 - 1, Arm: 3, Propensity: 0.125},
		{Article: 2, Propensity: 1},
	}}
	h.must(h.PutPage(h.ctx, p, h.profile("ü", day0).Version))
	got, err := h.PageAt(h.ctx, "ü", p.Channel, day0, day0)
	h.must(err)
	if !reflect.DeepEqual(got, p) {
		h.t.Fatalf("page\n%+v\nwant\n%+v", got, p)
	}
	empty := &feed.Page{User: "ü", Channel: 1, Stamp: day0}
	h.must(h.PutPage(h.ctx, empty, h.profile("ü", day0).Version))
	if got, err = h.PageAt(h.ctx, "ü", 1, day0, 0); err != nil || got == nil || len(got.Places) != 0 {
		h.t.Fatalf("page %v, %v; want an empty one", got, err)
	}
}

// testReadersApart uses ids of which one begins another.
func testReadersApart(h *house) {
	long := make([]byte, feed.MaxUserID)
	for i := range long {
		long[i] = 'a'
	}
	users := []feed.UserID{"a", "ab", "aa", "aap", "ap", feed.UserID(long), feed.UserID(long[:127]), "{a}", "a:b", "p"}
	for i, u := range users {
		id := feed.ArticleID(i + 1)
		h.serve(u, 1, day0+feed.Millis(i), id)
		if o, _ := h.send(day0, signal(u, "same key", event(id, feed.Click, day0))); o[0] != 0 {
			h.t.Fatalf("%q: a key of another reader counts as a duplicate", u)
		}
	}
	_, err := h.Forget(h.ctx, "a")
	h.must(err)
	for i, u := range users {
		p := h.profile(u, day0)
		want := 1
		if u == "a" {
			want = 0
		}
		if len(p.Served) != want || len(p.Acts) != want || (want == 1 && p.Served[0].Article != feed.ArticleID(i+1)) {
			h.t.Errorf("%q: served %v, acts %v", u, p.Served, p.Acts)
		}
	}
}
