package catalog

import (
	"math"

	"github.com/tidwall/btree"

	"readnext/internal/feed"
)

// shelf is a channel's articles by publish time, then id; the catalogue's lock
// guards it.
type shelf struct {
	tree *btree.BTreeG[place]
}

type place struct {
	published feed.Millis
	id        feed.ArticleID
	ord       feed.Ord
}

func newShelf() *shelf {
	return &shelf{tree: btree.NewBTreeGOptions(func(a, b place) bool {
		if a.published != b.published {
			return a.published < b.published
		}
		return a.id < b.id
	}, btree.Options{NoLocks: true})}
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
// latest published first, until yield returns false. No lock is held while
// yield runs; what changes meanwhile may or may not be seen.
func (c *Catalog) Newest(ch feed.ChannelID, now feed.Millis, yield func(*feed.Item) bool) {
	var batch [32]place
	next := place{published: now, id: math.MaxInt64}
	for {
		n := c.descend(ch, next, batch[:])
		for _, p := range batch[:n] {
			if it := c.items.get(p.ord); it.Eligible(ch, now) && !yield(it) {
				return
			}
		}
		if n < len(batch) {
			return
		}
		next = batch[n-1]
		next.id-- // ids are above 0, so this is the place right before it
	}
}

// descend copies places of a channel from one on, downwards.
func (c *Catalog) descend(ch feed.ChannelID, from place, dst []place) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.channels[ch]
	if s == nil {
		return 0
	}
	n := 0
	s.tree.Descend(from, func(p place) bool {
		dst[n] = p
		n++
		return n < len(dst)
	})
	return n
}
