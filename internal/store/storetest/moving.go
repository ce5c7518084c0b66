package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// moving is a store that can be copied.
type moving interface {
	store.Store
	store.Moving
}

// RunMoving tests that a store's whole state can be copied into a store of
// another kind and from there into a third. Each call opens an empty one; the
// tests close them.
func RunMoving(t *testing.T, source, between, target func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		run  func(a, b, c *house)
	}{
		{"MovedShowsTheSame", testMovedSame},
		{"MovedGoesOn", testMovedGoesOn},
		{"MovedTwiceIsThereOnce", testMovedTwice},
		{"MovedFromAnyMark", testMovedMarks},
		{"MovedIntoEmptyOnly", testMovedEmpty},
	} {
		t.Run(c.name, func(t *testing.T) {
			var hs []*house
			for _, open := range []func(*testing.T) store.Store{source, between, target} {
				h := &house{t: t, ctx: t.Context(), Store: open(t)}
				defer h.close()
				hs = append(hs, h)
			}
			c.run(hs[0], hs[1], hs[2])
		})
	}
}

func (h *house) moving() moving {
	m, ok := h.Store.(moving)
	if !ok {
		h.t.Fatalf("%T cannot be copied", h.Store)
	}
	return m
}

// fill makes a store that holds some of everything.
func (h *house) fill() {
	var all []feed.Article
	for id := range feed.ArticleID(300) {
		all = append(all, article(id+1, feed.ChannelID(id%3+1)))
	}
	_, _, err := h.PutArticles(h.ctx, all)
	h.must(err)
	for id := range uint32(3) {
		h.must(h.AddSigningKey(h.ctx, signingKey(id+1, day0+feed.Millis(id))))
	}
	h.must(h.DropSigningKeys(h.ctx, day0+1)) // ids need not begin with 1
	for i := range 40 {
		user := feed.UserID(fmt.Sprint("reader ", i))
		for p := range 3 {
			at := day0 + feed.Millis(100*p+i)
			h.serve(user, feed.ChannelID(1+p%2), at, feed.ArticleID(1+i), feed.ArticleID(2+i+p))
			h.send(at, signal(user, fmt.Sprint("k", p), event(feed.ArticleID(1+i+p), feed.Click, at), event(7, feed.Exposure, at)))
		}
		h.send(day0, signal(user, "", event(9, feed.Exposure, day0)), signal(feed.Anonymous, fmt.Sprint("n", i), event(3, feed.Click, day0)))
	}
	// More acts, pages and marks than are kept, or read at a time.
	for i := range 3 * feed.MaxActs {
		id := feed.ArticleID(1 + (i*i+i)%250)
		h.send(day0+feed.Millis(i), signal("much", fmt.Sprint(i), event(id, feed.Read, day0+feed.Millis(i)), event(id+1, feed.Click, day0)),
			signal(feed.Anonymous, fmt.Sprint("much", i), event(id, feed.Click, day0)))
		h.serve("much", 5, day0+feed.Millis(1+i), id)
	}
	h.send(day0, signal("acts only", "", event(4, feed.Collect, day0)))
	h.serve("pages only", 2, day0, 1, 2, 3)
	h.send(day0, signal("gone", "k", event(4, feed.Share, day0)))
	h.serve("gone", 1, day0, 5)
	_, err = h.Forget(h.ctx, "gone")
	h.must(err)
	_, _, err = h.WithdrawArticles(h.ctx, []feed.ArticleID{11, 12})
	h.must(err)
}

var movedUsers = []feed.UserID{"reader 0", "reader 17", "reader 39", "much", "acts only", "pages only", "gone", "nobody"}

// shown is what a store shows, of some readers at several times.
func (h *house) shown() string {
	s := h.seen()
	for _, u := range movedUsers {
		for _, now := range []feed.Millis{0, day0, day0 + feed.ServedWindow, day0 + feed.ServedWindow + 150, day0 + feed.PageLife} {
			p := *h.profile(u, now)
			p.Version = 0
			p.Newest = slices.Clone(p.Newest)
			slices.SortFunc(p.Newest, func(a, b feed.ChannelStamp) int { return int(a.Channel - b.Channel) })
			s += fmt.Sprintf("\n%s at %d: %v %v %v %v", u, now, p.Newest, p.Served, p.Acted, p.Acts)
		}
		for c := range feed.ChannelID(6) {
			for _, at := range []feed.Millis{day0, day0 + 117, day0 + feed.Day} {
				page, err := h.PageAt(h.ctx, u, c, at, 0)
				h.must(err)
				s += fmt.Sprintf(" %+v", page)
			}
		}
	}
	return s
}

// copyTo copies all of h, some at a time, and ends the copy.
func (h *house) copyTo(to *house) {
	h.t.Helper()
	from, dest := h.moving(), to.moving()
	note, err := dest.BeginMove(h.ctx)
	h.must(err)
	if note != "" {
		h.t.Fatalf("an empty store has the note %q", note)
	}
	h.must(dest.NoteMove(h.ctx, "begun"))
	h.copyAll(from, dest, "", 7)
	h.must(dest.EndMove(h.ctx))
}

func (h *house) copyAll(from, to moving, mark string, step int) {
	h.t.Helper()
	keys, err := from.SigningKeys(h.ctx)
	h.must(err)
	h.must(to.TakeKeys(h.ctx, keys))
	articles, err := from.ListArticles(h.ctx, 0, 1000)
	h.must(err)
	h.must(to.TakeArticles(h.ctx, articles))
	for chunk := range slices.Chunk(h.facts(from, mark), step) {
		h.must(to.TakeFacts(h.ctx, chunk))
	}
	n := uint64(0)
	for at := feed.Position(""); ; {
		entries, next, err := from.ReadLog(h.ctx, at, step)
		h.must(err)
		if len(entries) == 0 && next == at {
			return
		}
		h.must(to.TakeLog(h.ctx, n+1, entries))
		n += uint64(len(entries))
		at = next
	}
}

func (h *house) facts(from moving, after string) []store.Fact {
	h.t.Helper()
	var facts []store.Fact
	h.must(from.ReadFacts(h.ctx, after, func(f *store.Fact, _ string) error {
		facts = append(facts, *f)
		return nil
	}))
	return facts
}

// words are facts in a form that sorts.
func words(facts []store.Fact) []string {
	var all []string
	for i := range facts {
		all = append(all, string(store.AppendFact(nil, &facts[i])))
	}
	slices.Sort(all)
	return all
}

func testMovedSame(a, b, c *house) {
	a.fill()
	want := a.shown()
	a.copyTo(b)
	b.copyTo(c)
	for i, h := range []*house{a, b, c} {
		if got := h.shown(); got != want {
			a.t.Fatalf("store %d shows\n%s\nwant\n%s", i, got, want)
		}
		if !slices.Equal(words(a.facts(h.moving(), "")), words(a.facts(a.moving(), ""))) {
			a.t.Fatalf("store %d holds other facts", i)
		}
	}
}

// testMovedGoesOn uses what was copied as if it had been there always.
func testMovedGoesOn(a, b, c *house) {
	a.fill()
	a.copyTo(b)
	b.copyTo(c)
	again := []feed.Signal{signal("reader 3", "k1", event(5, feed.Click, day0)), signal(feed.Anonymous, "much7", event(1, feed.Click, day0))}
	var want string
	for i, h := range []*house{a, b, c} {
		if o, _ := h.send(day0, again...); o[0] != store.Duplicate || o[1] != store.Duplicate {
			a.t.Fatalf("store %d: outcomes %v of signals that were there", i, o)
		}
		_, end := h.entries("", 50)
		o, at := h.send(day0, signal("much", "new", event(299, feed.Click, day0), event(3, feed.Share, day0)))
		if o[0] != store.Accepted || !h.Covers(at, end) || h.Covers(end, at) {
			a.t.Fatalf("store %d: a new signal is %v and not at the end", i, o)
		}
		h.serve("much", 5, day0+feed.Day, 250)
		h.must(h.AddSigningKey(h.ctx, signingKey(4, day0)))
		_, _, err := h.WithdrawArticles(h.ctx, []feed.ArticleID{1, 11})
		h.must(err)
		shown := h.shown()
		if want == "" {
			want = shown
		}
		if shown != want {
			a.t.Fatalf("store %d shows\n%s\nwant\n%s", i, shown, want)
		}
		for _, u := range []feed.UserID{"reader 17", "much", "acts only"} {
			_, err := h.Forget(h.ctx, u)
			h.must(err)
		}
		log, _ := h.entries("", 50)
		for _, e := range log {
			if e.Signal != nil && (e.Signal.User == "much" || e.Signal.User == "reader 17" || e.Signal.User == "acts only") {
				a.t.Fatalf("store %d: the log holds %+v of a forgotten reader", i, e.Signal)
			}
		}
		for _, f := range a.facts(h.moving(), "") {
			if f.User == "much" || f.User == "reader 17" || f.User == "acts only" {
				a.t.Fatalf("store %d keeps %+v of a forgotten reader", i, f)
			}
		}
	}
	// What is removed by its time is the same too.
	counts := make([]int, 3)
	for i, h := range []*house{a, b, c} {
		n, err := h.Prune(h.ctx, day0+100)
		h.must(err)
		counts[i] = n
	}
	if counts[0] == 0 || counts[1] != counts[0] || counts[2] != counts[0] {
		a.t.Fatalf("pruned %v", counts)
	}
}

func testMovedTwice(a, b, c *house) {
	a.fill()
	want := a.shown()
	to := b.moving()
	a.must(to.NoteMove(a.ctx, "begun"))
	a.copyAll(a.moving(), to, "", 11)
	a.copyAll(a.moving(), to, "", 400)
	if got := b.shown(); got != want {
		a.t.Fatalf("shows\n%s\nwant\n%s", got, want)
	}
	end := uint64(len(first(b.entries("", 100))))
	a.kind(to.TakeLog(a.ctx, end+2, []feed.Entry{{Withdrawn: 1}}), feed.Invalid)
	a.kind(to.TakeLog(a.ctx, 0, []feed.Entry{{Withdrawn: 1}}), feed.Invalid)
	a.must(to.TakeLog(a.ctx, end, []feed.Entry{{Withdrawn: 1}, {Withdrawn: 2}})) // the first is known
	log, _ := b.entries("", 100)
	if uint64(len(log)) != end+1 || !reflect.DeepEqual(log[end], feed.Entry{Withdrawn: 2}) {
		a.t.Fatalf("%d entries, the last %+v", len(log), log[len(log)-1])
	}
}

func first[A, B any](a A, _ B) A { return a }

func testMovedMarks(a, b, _ *house) {
	a.fill()
	a.copyTo(b)
	for _, h := range []*house{a, b} {
		var marks []string
		var given []store.Fact
		a.must(h.moving().ReadFacts(a.ctx, "", func(f *store.Fact, mark string) error {
			given, marks = append(given, *f), append(marks, mark)
			return nil
		}))
		for i := 0; i < len(marks); i += 97 {
			rest := words(a.facts(h.moving(), marks[i]))
			for _, w := range words(given[i+1:]) {
				if _, there := slices.BinarySearch(rest, w); !there {
					a.t.Fatalf("fact %q is not after mark %d of %d", w, i, len(marks))
				}
			}
		}
		stop := errors.New("enough")
		n := 0
		err := h.moving().ReadFacts(a.ctx, "", func(*store.Fact, string) error { n++; return stop })
		if !errors.Is(err, stop) || n != 1 {
			a.t.Fatalf("error %v after %d facts", err, n)
		}
		over, cancel := context.WithCancel(a.ctx)
		cancel()
		a.kind(h.moving().ReadFacts(over, "", func(*store.Fact, string) error { return nil }), feed.Unavailable)
	}
}

func testMovedEmpty(a, b, c *house) {
	for _, h := range []*house{a, b} {
		m := h.moving()
		for _, note := range []string{"", "one", "two"} {
			if note != "" {
				h.must(m.NoteMove(h.ctx, note))
			}
			if got, err := m.BeginMove(h.ctx); got != note || err != nil {
				h.t.Fatalf("note %q, %v; want %q", got, err, note)
			}
		}
		h.must(m.TakeKeys(h.ctx, []feed.SigningKey{signingKey(1, day0)}))
		h.must(m.EndMove(h.ctx))
		_, err := m.BeginMove(h.ctx)
		h.kind(err, feed.Invalid)
	}
	_, _, err := c.PutArticles(c.ctx, []feed.Article{article(1, 1)})
	c.must(err)
	_, err = c.moving().BeginMove(c.ctx)
	c.kind(err, feed.Invalid)
}
