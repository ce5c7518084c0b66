package catalog

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"

	"github.com/tidwall/btree"

	"readnext/internal/feed"
)

// shelf is a channel's articles by publish time, then id; the catalogue's lock
// guards it. Expired ones are moved aside by Retire, so that a channel whose
// articles live for hours is not searched through years.
type shelf struct {
	live, gone *btree.BTreeG[place]
	bits       atomic.Pointer[feed.MemberBits] // nil until asked for
	front      atomic.Pointer[front]           // nil once the shelf has changed
}

type place struct {
	published feed.Millis
	id        feed.ArticleID
	ord       feed.Ord
}

// end is when an article expires.
type end struct {
	at  feed.Millis
	ord feed.Ord
}

func newPlaces() *btree.BTreeG[place] {
	return btree.NewBTreeGOptions(func(a, b place) bool {
		if a.published != b.published {
			return a.published < b.published
		}
		return a.id < b.id
	}, btree.Options{NoLocks: true})
}

func newEnds() *btree.BTreeG[end] {
	return btree.NewBTreeGOptions(func(a, b end) bool {
		if a.at != b.at {
			return a.at < b.at
		}
		return a.ord < b.ord
	}, btree.Options{NoLocks: true})
}

func onShelves(it *feed.Item) bool { return !it.Withdrawn && len(it.Channels) > 0 }

// shelves yields the shelves that an item is on.
func (c *Catalog) shelvesLocked(it *feed.Item, yield func(feed.ChannelID, *shelf)) {
	for _, ch := range append([]feed.ChannelID{feed.AllChannels}, it.Channels...) {
		s := c.channels[ch]
		if s == nil {
			s = &shelf{live: newPlaces(), gone: newPlaces()}
			c.channels[ch] = s
		}
		s.front.Store(nil)
		yield(ch, s)
	}
}

func (c *Catalog) shelveLocked(it *feed.Item) {
	if !onShelves(it) {
		return
	}
	p := place{it.Published, it.ID, it.Ord}
	c.shelvesLocked(it, func(_ feed.ChannelID, s *shelf) {
		s.live.Set(p)
		s.note(it.Ord, true)
	})
	if it.Expires != 0 {
		c.ends.Set(end{it.Expires, it.Ord})
	}
}

func (c *Catalog) unshelveLocked(it *feed.Item) {
	if !onShelves(it) {
		return
	}
	p := place{it.Published, it.ID, it.Ord}
	c.shelvesLocked(it, func(ch feed.ChannelID, s *shelf) {
		s.live.Delete(p)
		s.gone.Delete(p)
		s.note(it.Ord, false)
		if s.live.Len()+s.gone.Len() == 0 {
			delete(c.channels, ch)
		}
	})
	c.ends.Delete(end{it.Expires, it.Ord})
}

// Retire moves aside what has expired by now. It changes no answer, only what
// an answer costs, and may be called by anyone, with the time of the clock.
func (c *Catalog) Retire(now feed.Millis) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		e, ok := c.ends.Min()
		if !ok || e.at > now {
			return
		}
		c.ends.Delete(e)
		c.retired = max(c.retired, e.at)
		it := c.items.get(e.ord)
		p := place{it.Published, it.ID, it.Ord}
		c.shelvesLocked(it, func(_ feed.ChannelID, s *shelf) {
			s.live.Delete(p)
			s.gone.Set(p)
		})
	}
}

// Newest yields the articles of a channel that are eligible at a time, the
// latest published first, until yield returns false. No lock is held while
// yield runs; of what changes meanwhile, something may not be yielded or, if
// its publish time moves, be yielded twice.
func (c *Catalog) Newest(ch feed.ChannelID, now feed.Millis, yield func(*feed.Item) bool) {
	var batch [32]place
	next := place{published: now, id: math.MaxInt64}
	for {
		n := c.descend(ch, now, next, batch[:])
		for _, p := range batch[:n] {
			it := c.items.get(p.ord) // nil if it was dropped meanwhile
			if it != nil && it.Eligible(ch, now) && !yield(it) {
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

// descend copies places of a channel from one on, downwards, those moved aside
// too if the time is one at which they were eligible.
func (c *Catalog) descend(ch feed.ChannelID, now feed.Millis, from place, dst []place) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.channels[ch]
	if s == nil {
		return 0
	}
	n := copyDown(s.live, from, dst)
	if now >= c.retired {
		return n
	}
	var gone [32]place
	both := append(slices.Clone(dst[:n]), gone[:copyDown(s.gone, from, gone[:])]...)
	slices.SortFunc(both, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.published, a.published), cmp.Compare(b.id, a.id))
	})
	return copy(dst, both)
}

func copyDown(tree *btree.BTreeG[place], from place, dst []place) int {
	n := 0
	tree.Descend(from, func(p place) bool {
		dst[n] = p
		n++
		return n < len(dst)
	})
	return n
}
