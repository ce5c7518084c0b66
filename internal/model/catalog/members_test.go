package catalog_test

import (
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

func TestMembersAreAsTheItemsSay(t *testing.T) {
	c, err := catalog.New(catalog.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 3000 // several chunks
	for id := feed.ArticleID(1); id <= n; id++ {
		c.Put(&feed.Article{ID: id, Channels: []feed.ChannelID{feed.ChannelID(1 + id%70)}, Published: 1, Boost: 1})
	}
	c.Ensure(n+1, 1) // known from events only
	c.Withdraw(5)    //
	c.Put(&feed.Article{ID: 7, Channels: []feed.ChannelID{2, 3}, Published: 1, Boost: 1})
	sameAsItems(t, c, n+1)
	for id := feed.ArticleID(1); id < n; id += 3 { // what is known of channels now changes
		c.Put(&feed.Article{ID: id, Channels: []feed.ChannelID{feed.ChannelID(1 + id%50)}, Published: 1, Boost: 1})
		c.Withdraw(id + 1)
	}
	sameAsItems(t, c, n+1)
	for id := feed.ArticleID(n + 2); id <= 2*n; id++ { // and is too short
		c.Put(&feed.Article{ID: id, Channels: []feed.ChannelID{feed.ChannelID(1 + id%2)}, Published: 1, Boost: 1})
	}
	sameAsItems(t, c, 2*n)
	if all := c.Members(feed.AllChannels); all.May(c.Lookup(5).Ord) || all.May(c.Lookup(n+1).Ord) {
		t.Error("what is withdrawn or was never put may be in some channel")
	}
	if none := (feed.Members{}); !none.May(0) || !none.May(1<<30) {
		t.Error("the zero value rules something out")
	}
}

// sameAsItems holds the members of channels against the items of ids up to last.
func sameAsItems(t *testing.T, c *catalog.Catalog, last feed.ArticleID) {
	t.Helper()
	for _, ch := range []feed.ChannelID{feed.AllChannels, 1, 2, 3, 50, 64, 70, 71} {
		members := c.Members(ch)
		wrong := 0
		for id := feed.ArticleID(1); id <= last; id++ {
			it := c.Lookup(id)
			in := it.In(ch) && !it.Withdrawn
			if in && !members.May(it.Ord) {
				t.Fatalf("article %d is in channel %d and is said not to be", id, ch)
			}
			if !in && members.May(it.Ord) {
				wrong++
			}
		}
		if wrong > int(last)/20 {
			t.Errorf("channel %d: %d articles may be in it and are not", ch, wrong)
		}
	}
}
