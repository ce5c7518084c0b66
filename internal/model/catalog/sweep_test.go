package catalog_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// known is an article as the rule of dropping sees it.
type known struct {
	id      feed.ArticleID
	named   int // which naming in the log was its last
	put     bool
	left    bool
	leftAt  feed.Millis
	expires feed.Millis
	names   []string
}

// rule is the rule of dropping in plain words: what goes first comes first.
func rule(clock feed.Millis) func(a, b *known) int {
	class := func(k *known) (int, feed.Millis) {
		switch {
		case k.left:
			return 0, k.leftAt
		case !k.put:
			return 1, 0
		case k.expires != 0 && k.expires+feed.Day <= clock:
			return 0, k.expires
		}
		return 2, 0
	}
	return func(a, b *known) int {
		ca, ga := class(a)
		cb, gb := class(b)
		return cmp.Or(cmp.Compare(ca, cb), cmp.Compare(ga, gb), cmp.Compare(a.named, b.named))
	}
}

func write(t interface{ Fatal(...any) }, c *catalog.Catalog) []byte {
	var b bytes.Buffer
	if err := c.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSweepAgainstRule plays random changes on a small catalogue, which drops
// all the time, and holds it against the rule. A second catalogue is replaced
// by what its snapshot says now and then: it stays the same.
func TestSweepAgainstRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.IntRange(1, 40).Draw(t, "bound")
		c, twin := fresh(t, bound), fresh(t, bound)
		plain := map[feed.ArticleID]*known{}
		clock := feed.Millis(0)
		dropped := 0
		for named := range rapid.IntRange(0, 200).Draw(t, "changes") {
			id := feed.ArticleID(rapid.IntRange(1, 80).Draw(t, "id"))
			k := plain[id]
			touched := known{id: id, named: named}
			switch change := rapid.IntRange(0, 9).Draw(t, "change"); {
			case change == 0:
				if c.Withdraw(id) != nil != (k != nil) || twin.Withdraw(id) != nil != (k != nil) {
					t.Fatalf("withdrawn: %d", id)
				}
				if k != nil && !k.left {
					k.left, k.leftAt = true, clock
				}
			case change < 4:
				at := feed.Millis(rapid.IntRange(1, 20).Draw(t, "time")) * feed.Day
				clock = max(clock, at)
				if a, b := c.Ensure(id, at), twin.Ensure(id, at); a.Ord != b.Ord {
					t.Fatalf("%d has numbers %d and %d", id, a.Ord, b.Ord)
				}
				if k == nil {
					plain[id] = &touched
				}
			default:
				a := article(id, 1, 1)
				a.Tags = []string{fmt.Sprint("tag ", rapid.IntRange(0, 30).Draw(t, "tag"))}
				a.Expires = feed.Millis(max(0, rapid.IntRange(-10, 20).Draw(t, "expires"))) * feed.Day
				if x, y := c.Put(a), twin.Put(a); x.Ord != y.Ord || x.Tags[0] != y.Tags[0] {
					t.Fatalf("put as %+v and %+v", x, y)
				}
				touched.put, touched.expires, touched.names = true, a.Expires, append(a.Tags, a.Author)
				plain[id] = &touched
			}
			if k := plain[id]; k != nil {
				k.named = named
			}
			gone := c.Sweep()
			twin.Sweep()
			if over := len(plain) - bound; over > 0 {
				order := make([]*known, 0, len(plain))
				for _, k := range plain {
					order = append(order, k)
				}
				slices.SortFunc(order, rule(clock))
				for _, k := range order[:min(len(order), over+(bound+15)/16)] {
					if c.Lookup(k.id) != nil {
						t.Fatalf("%+v is still there", k)
					}
					delete(plain, k.id)
					dropped++
				}
			}
			for id := range plain {
				it := c.Lookup(id)
				if it == nil || c.Item(it.Ord) != it || it.ID != id {
					t.Fatalf("%d is gone", id)
				}
				for i, tag := range it.Tags {
					if c.Name(tag) != plain[id].names[i] {
						t.Fatalf("%d has the tag %q, not %q", id, c.Name(tag), plain[id].names[i])
					}
				}
			}
			if gone != nil {
				for _, ord := range gone.Ords {
					if c.Item(ord) != nil || !gone.Has(ord) {
						t.Fatalf("number %d was dropped, but is there", ord)
					}
				}
			}
			if n := c.Len(); n != len(plain) || n > bound {
				t.Fatalf("%d articles, not %d", n, len(plain))
			}
			if rapid.IntRange(0, 20).Draw(t, "restart") == 0 {
				again := fresh(t, bound)
				if err := again.ReadSnapshot(bytes.NewReader(write(t, twin))); err != nil {
					t.Fatal(err)
				}
				twin = again
			}
		}
		if !bytes.Equal(write(t, c), write(t, twin)) {
			t.Fatal("snapshots change the catalogue")
		}
		c.Sizes(func(name string, n int) {
			if most := map[string]int{"articles": bound, "names": 1 + 2*bound + (bound+15)/16, "channels": 2}[name]; n > most {
				t.Fatalf("%d %s, above %d", n, name, most)
			}
		})
	})
}

// TestNamesAreBounded puts few articles again and again with ever new tags.
func TestNamesAreBounded(t *testing.T) {
	c := fresh(t, 160)
	highest := feed.Name(0)
	for i := range 5000 {
		a := article(feed.ArticleID(1+i%20), 1, 1)
		a.Tags = []string{fmt.Sprint("tag ", i)}
		tag := c.Put(a).Tags[0]
		highest = max(highest, tag)
		if gone := c.Sweep(); gone != nil && (len(gone.Ords) > 0 || gone.HasName(tag)) {
			t.Fatalf("dropped %+v", gone)
		}
	}
	if highest > 50 {
		t.Errorf("names have numbers up to %d", highest)
	}
	if c.Number("tag 4999") == 0 || c.Number("tag 1") != 0 {
		t.Error("names are mixed up")
	}
}

// TestOtherBound refuses a snapshot of a catalogue with another bound, which
// the log makes another catalogue of.
func TestOtherBound(t *testing.T) {
	if err := fresh(t, 10).ReadSnapshot(bytes.NewReader(write(t, fresh(t, 11)))); err == nil {
		t.Error("a snapshot of another bound is taken")
	}
	if _, err := catalog.New(catalog.Config{Articles: -1}); feed.KindOf(err) != feed.Invalid {
		t.Errorf("a bound of -1: %v", err)
	}
}

// TestReadersDuringSweeps reads numbers and shelves while articles pass
// through.
func TestReadersDuringSweeps(t *testing.T) {
	c := fresh(t, 1000)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for g := range 3 {
		wg.Go(func() {
			for i := g; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if it := c.Item(feed.Ord(i % 1200)); it != nil && it.Ord != feed.Ord(i%1200) {
					t.Error("an item under another's number")
				}
				c.Retire(feed.Millis(i % 20000))
				c.Newest(1, 1<<40, func(it *feed.Item) bool {
					_ = c.Name(it.Author)
					return it.ID%7 != 0
				})
			}
		})
	}
	for i := range feed.ArticleID(20_000) {
		a := article(i+1, feed.Millis(i), 1)
		a.Expires = a.Published + 500
		c.Put(a)
		c.Sweep()
	}
	close(stop)
	wg.Wait()
}

func FuzzReadSnapshot(f *testing.F) {
	c := fresh(f, 20)
	f.Add(write(f, c))
	for i := range feed.ArticleID(30) {
		c.Put(article(i+1, feed.Millis(i), 1, 2))
		c.Ensure(i/2+1, feed.Millis(i))
		c.Withdraw(i / 3)
		c.Sweep()
	}
	f.Add(write(f, c))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := fresh(t, 20)
		if c.ReadSnapshot(bytes.NewReader(b)) != nil {
			return
		}
		again := fresh(t, 20)
		if err := again.ReadSnapshot(bytes.NewReader(write(t, c))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(write(t, c), write(t, again)) {
			t.Fatal("a snapshot of what was read is not exact")
		}
		for i := range feed.ArticleID(40) {
			again.Put(article(i+1, feed.Millis(i), 1))
			again.Sweep()
		}
	})
}

// BenchmarkSweep drops one batch of a million articles: those that expired, or
// of articles that are all eligible those named longest ago.
func BenchmarkSweep(b *testing.B) {
	for _, life := range []feed.Millis{0, 30 * feed.Day} {
		b.Run(fmt.Sprint("life=", life/feed.Day, "d"), func(b *testing.B) {
			const articles = 1_000_000
			c := fresh(b, articles)
			i := feed.ArticleID(0)
			pass := func() {
				a := article(i+1, feed.Millis(i)*feed.Minute, 1+feed.ChannelID(i%50))
				if life != 0 {
					a.Expires = a.Published + life
				}
				c.Put(a)
				if i%10 == 0 {
					c.Ensure(i+1, a.Published)
				}
				i++
			}
			for c.Len() < articles {
				pass()
			}
			for b.Loop() {
				b.StopTimer()
				for c.Len() <= articles {
					pass()
				}
				b.StartTimer()
				c.Sweep()
			}
		})
	}
}
