package catalog_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

func article(id feed.ArticleID, published feed.Millis, channels ...feed.ChannelID) *feed.Article {
	return &feed.Article{
		ID: id, Published: published, Channels: channels, Boost: 1,
		Author: fmt.Sprint("author ", id%3), Tags: []string{fmt.Sprint("tag ", id%5), "all"},
	}
}

func fresh(t interface{ Fatal(...any) }, articles int) *catalog.Catalog {
	c, err := catalog.New(catalog.Config{Articles: articles})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newest(c *catalog.Catalog, ch feed.ChannelID, now feed.Millis) []feed.ArticleID {
	var ids []feed.ArticleID
	c.Newest(ch, now, func(it *feed.Item) bool {
		ids = append(ids, it.ID)
		return true
	})
	return ids
}

func TestNumbersStay(t *testing.T) {
	c := fresh(t, 0)
	first := c.Ensure(30, 1)
	if first.Ord != 0 || first.In(feed.AllChannels) {
		t.Fatalf("an article known from events only: %+v", first)
	}
	if it := c.Put(article(30, 100, 1)); it.Ord != 0 || !it.In(1) {
		t.Fatalf("put under its number: %+v", it)
	}
	if it := c.Put(article(31, 100, 2)); it.Ord != 1 {
		t.Fatalf("the next number: %+v", it)
	}
	if it := c.Put(article(30, 100, 2)); it.Ord != 0 || it.In(1) || c.Item(0) != it || c.Lookup(30) != it {
		t.Fatalf("replaced under its number: %+v", it)
	}
	if c.Withdraw(99) != nil || c.Lookup(99) != nil {
		t.Fatal("an unknown article is known")
	}
	if it := c.Lookup(30); c.Name(it.Author) != "author 0" || c.Name(it.Tags[1]) != "all" || c.Name(12345) != "" {
		t.Fatalf("names: %+v", it)
	}
}

// TestBoostStaysAboveZero puts an article whose boost no float32 holds: its
// logarithm is part of a score.
func TestBoostStaysAboveZero(t *testing.T) {
	c := fresh(t, 0)
	a := article(1, 100, 1)
	a.Boost = 1e-60
	if it := c.Put(a); !(it.Boost > 0) {
		t.Errorf("a boost of %v became %v", a.Boost, it.Boost)
	}
}

func TestNewest(t *testing.T) {
	c := fresh(t, 0)
	for id := range feed.ArticleID(6) {
		c.Put(article(id+1, 100*feed.Millis(id+1), 1+feed.ChannelID(id%2)))
	}
	c.Withdraw(3)
	expired := article(5, 500, 1)
	expired.Expires = 550
	c.Put(expired)
	for _, tc := range []struct {
		channel feed.ChannelID
		now     feed.Millis
		want    []feed.ArticleID
	}{
		{0, 600, []feed.ArticleID{6, 4, 2, 1}},
		{1, 600, []feed.ArticleID{1}},
		{1, 549, []feed.ArticleID{5, 1}},
		{2, 599, []feed.ArticleID{4, 2}},
		{0, 99, nil},
		{9, 600, nil},
	} {
		if got := newest(c, tc.channel, tc.now); !slices.Equal(got, tc.want) {
			t.Errorf("channel %d at %d: %v, want %v", tc.channel, tc.now, got, tc.want)
		}
	}
}

// TestAgainstMap plays random changes and holds the shelves against a plain
// map, and a snapshot against what it was taken of.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, plain := fresh(t, 0), map[feed.ArticleID]feed.Article{}
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			id := feed.ArticleID(rapid.IntRange(1, 20).Draw(t, "id"))
			switch rapid.IntRange(0, 5).Draw(t, "change") {
			case 2:
				c.Retire(feed.Millis(rapid.IntRange(0, 12).Draw(t, "now")))
			case 0:
				c.Withdraw(id)
				if a, ok := plain[id]; ok {
					a.Withdrawn = true
					plain[id] = a
				}
			case 1:
				c.Ensure(id, 1)
			default:
				a := article(id, feed.Millis(rapid.IntRange(0, 9).Draw(t, "published")), 1+feed.ChannelID(rapid.IntRange(0, 2).Draw(t, "channel")))
				if rapid.Bool().Draw(t, "expires") {
					a.Expires = a.Published + feed.Millis(rapid.IntRange(1, 9).Draw(t, "life"))
				}
				c.Put(a)
				plain[id] = *a
			}
		}
		var buf bytes.Buffer
		if err := c.WriteSnapshot(&buf); err != nil {
			t.Fatal(err)
		}
		again := fresh(t, 0)
		if err := again.ReadSnapshot(bytes.NewReader(buf.Bytes())); err != nil {
			t.Fatal(err)
		}
		for ch := range feed.ChannelID(4) {
			now := feed.Millis(rapid.IntRange(0, 12).Draw(t, "asked"))
			var want []feed.ArticleID
			for id, a := range plain {
				if !a.Withdrawn && a.Published <= now && (a.Expires == 0 || now < a.Expires) && (ch == 0 || slices.Contains(a.Channels, ch)) {
					want = append(want, id)
				}
			}
			slices.SortFunc(want, func(x, y feed.ArticleID) int {
				if d := plain[y].Published - plain[x].Published; d != 0 {
					return int(d)
				}
				return int(y - x)
			})
			if got := newest(c, ch, now); !slices.Equal(got, want) {
				t.Fatalf("channel %d: %v, want %v", ch, got, want)
			}
			if got := newest(again, ch, now); !slices.Equal(got, want) {
				t.Fatalf("channel %d after a snapshot: %v, want %v", ch, got, want)
			}
		}
		for ord := range feed.Ord(c.Len()) {
			a, b := c.Item(ord), again.Item(ord)
			if a.ID != b.ID || c.Name(a.Author) != again.Name(b.Author) || !slices.Equal(a.Tags, b.Tags) {
				t.Fatalf("item %d: %+v and %+v", ord, a, b)
			}
		}
	})
}

func TestGarbageSnapshot(t *testing.T) {
	c := fresh(t, 0)
	c.Put(article(1, 1, 1))
	c.Put(article(2, 1, 1))
	var buf bytes.Buffer
	if err := c.WriteSnapshot(&buf); err != nil {
		t.Fatal(err)
	}
	for n := range buf.Len() {
		if err := fresh(t, 0).ReadSnapshot(bytes.NewReader(buf.Bytes()[:n])); err == nil {
			t.Fatalf("%d of %d bytes were read as a whole snapshot", n, buf.Len())
		}
	}
}

func TestReadersDuringChanges(t *testing.T) {
	c := fresh(t, 0)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c.Newest(1, 1<<40, func(it *feed.Item) bool {
					if c.Lookup(it.ID) == nil || c.Name(it.Author) == "" {
						t.Error("an item on the shelf is unknown")
					}
					return it.ID%7 != 0
				})
			}
		})
	}
	for i := range feed.ArticleID(5000) {
		c.Put(article(i%3000+1, feed.Millis(i), 1))
		if i%10 == 0 {
			c.Withdraw(i%3000 + 1)
		}
	}
	close(stop)
	wg.Wait()
}
