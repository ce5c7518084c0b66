package catalog_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// TestHeadIsWhatNewestYields asks at times that go forwards and back while
// articles come, change, expire and are withdrawn.
func TestHeadIsWhatNewestYields(t *testing.T) {
	c, err := catalog.New(catalog.Config{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	now := feed.Millis(1000)
	for step := range 2000 {
		switch rng.IntN(8) {
		case 0, 1:
			a := &feed.Article{ID: feed.ArticleID(1 + rng.IntN(60)), Channels: []feed.ChannelID{feed.ChannelID(1 + rng.IntN(2))},
				Published: now + feed.Millis(rng.IntN(100)-80), Boost: 1}
			if rng.IntN(3) == 0 {
				a.Expires = a.Published + 1 + feed.Millis(rng.IntN(60))
			}
			c.Put(a)
		case 2:
			c.Withdraw(feed.ArticleID(1 + rng.IntN(60)))
		case 3:
			c.Retire(now)
		}
		now += feed.Millis(rng.IntN(4))
		at := now
		if rng.IntN(4) == 0 {
			at -= feed.Millis(rng.IntN(50))
		}
		ch, n := feed.ChannelID(rng.IntN(4)), 1+rng.IntN(2)*9
		var want []*feed.Item
		c.Newest(ch, at, func(it *feed.Item) bool {
			want = append(want, it)
			return len(want) < n
		})
		for range 2 {
			if got := c.Head(ch, at, n, nil); !slices.Equal(got, want) {
				t.Fatalf("step %d: the first %d of channel %d at %d are %v, want %v", step, n, ch, at, got, want)
			}
		}
	}
}
