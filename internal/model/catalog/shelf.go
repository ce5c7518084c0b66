package catalog

import (
	"math"

	"github.com/tidwall/btree"

	"readnext/internal/feed"
)

// shelf is a channel's articles by publish time, then id. It locks itself.
type shelf struct {
	tree *btree.BTreeG[place]
}

type place struct {
	published feed.Millis
	id        feed.ArticleID
	ord       feed.Ord
}

func newShelf() *shelf {
	return &shelf{tree: btree.NewBTreeG(func(a, b place) bool {
		if a.published != b.published {
			return a.published < b.published
		}
		return a.id < b.id
	})}
}

func (c *Catalog) shelveLocked(it *feed.Item) {
	if it.Withdrawn || len(it.Channels) == 0 {
		return
	}
	p := place{it.Published, it.ID, it.Ord}
	c.shelfLocked(feed.AllChannels).tree.Set(p)
	for _, ch := range it.Channels {
		c.shelfLocked(ch).tree.Set(p)
	}
}

func (c *Catalog) unshelveLocked(it *feed.Item) {
	if it.Withdrawn || len(it.Channels) == 0 {
		return
	}
	p := place{it.Published, it.ID, it.Ord}
	c.shelfLocked(feed.AllChannels).tree.Delete(p)
	for _, ch := range it.Channels {
		c.shelfLocked(ch).tree.Delete(p)
	}
}

func (c *Catalog) shelfLocked(ch feed.ChannelID) *shelf {
	s := c.channels[ch]
	if s == nil {
		s = newShelf()
		c.channels[ch] = s
	}
	return s
}

// Newest yields the articles of a channel that are eligible at a time, the
// latest published first, until yield returns false. yield must not change the
// catalogue.
func (c *Catalog) Newest(ch feed.ChannelID, now feed.Millis, yield func(*feed.Item) bool) {
	c.mu.RLock()
	s := c.channels[ch]
	c.mu.RUnlock()
	if s == nil {
		return
	}
	s.tree.Descend(place{now, math.MaxInt64, 0}, func(p place) bool {
		it := c.items.get(p.ord)
		return !it.Eligible(ch, now) || yield(it)
	})
}
