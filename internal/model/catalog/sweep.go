package catalog

import (
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// mark is what decides when an article is dropped. Marks belong to the
// goroutine that changes the catalogue.
type mark struct {
	touched uint64      // which naming of an article in the log was its last
	gone    feed.Millis // by the log's clock: when it was withdrawn, else when it expires, 0 for never
	state   state
}

type state uint8

const (
	free  state = iota // no article has the number
	named              // known from events only
	put                // in channels
	withdrawn
)

// touch notes that the log names an article.
func (c *Catalog) touch(it *feed.Item) {
	for int(it.Ord) >= len(c.marks) {
		c.marks = append(c.marks, mark{})
	}
	c.named++
	c.marks[it.Ord].touched = c.named
	c.marks[it.Ord].describe(it, c.clock)
}

// describe says of which kind an item is, withdrawn at the given time unless it
// was before.
func (m *mark) describe(it *feed.Item, at feed.Millis) {
	switch {
	case !it.Withdrawn && len(it.Channels) == 0:
		m.state, m.gone = named, 0
	case !it.Withdrawn:
		m.state, m.gone = put, it.Expires
	case m.state != withdrawn:
		m.state, m.gone = withdrawn, at
	}
}

// rank says how early an article is dropped: the lower, the earlier.
type rank struct {
	class   uint8
	gone    feed.Millis
	touched uint64
	ord     feed.Ord
}

const (
	classGone = iota
	classNamed
	classEligible
)

// rankOf ranks an article. An expired one is gone for good only when the clock
// is past its end by as much as an event's time may be ahead of the truth.
func (c *Catalog) rankOf(ord feed.Ord) rank {
	m := &c.marks[ord]
	r := rank{class: classEligible, touched: m.touched, ord: ord}
	switch {
	case m.state == withdrawn, m.state == put && m.gone != 0 && m.gone <= c.clock-feed.MaxAhead:
		r.class, r.gone = classGone, m.gone
	case m.state == named:
		r.class = classNamed
	}
	return r
}

func (r *rank) before(o *rank) bool {
	if r.class != o.class {
		return r.class < o.class
	}
	if r.gone != o.gone {
		return r.gone < o.gone
	}
	return r.touched < o.touched
}

// lockFor is how many articles are dropped under one lock, so that requests
// wait for no more.
const lockFor = 256

// Sweep drops articles if more are known than Config.Articles, until a
// sixteenth of that is free, and tells which; nil if none is dropped. Models
// must be told before anything else is folded, since the numbers are given out
// again, the lowest first, those of names that no item has any longer included.
//
// The rule looks at nothing but the log. First go the articles that are
// withdrawn or expired, those gone longest first, by the clock of events: one
// withdrawn is gone since the newest event before; one expired since its end,
// once the newest event is a day past it. Then those go that are known from
// events only, then the rest; of each, those which the log has not named for
// longest.
func (c *Catalog) Sweep() *feed.Gone {
	batch := c.cfg.batch()
	over := len(c.byID) - c.cfg.Articles // only the calling goroutine changes it
	if over <= 0 && c.names.idle <= batch {
		return nil
	}
	var ords []feed.Ord
	if over > 0 {
		ords = c.earliest(over + batch)
	}
	for part := range slices.Chunk(ords, lockFor) {
		c.dropArticles(part)
	}
	c.free = append(c.free, ords...)
	sortDown(c.free)
	c.mu.Lock()
	gone := c.names.drop()
	c.mu.Unlock()
	return feed.NewGone(ords, gone)
}

func (c *Catalog) dropArticles(ords []feed.Ord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ord := range ords {
		it := c.items.get(ord)
		c.unshelveLocked(it)
		c.releaseLocked(it)
		delete(c.byID, it.ID)
		c.items.clear(ord)
		c.marks[ord] = mark{}
	}
}

// earliest returns the n articles that are to be dropped first, ascending.
func (c *Catalog) earliest(n int) []feed.Ord {
	ranks := make([]rank, 0, len(c.byID))
	for ord := range c.marks {
		if c.marks[ord].state != free {
			ranks = append(ranks, c.rankOf(feed.Ord(ord)))
		}
	}
	n = min(n, len(ranks))
	divide(ranks, n)
	ords := make([]feed.Ord, n)
	for i := range ords {
		ords[i] = ranks[i].ord
	}
	slices.Sort(ords)
	return ords
}

// divide brings the n lowest to the front: Hoare's quickselect, by the median
// of three drawn ones, since numbers given out again make patterns in which the
// first, middle and last are bad choices. What is drawn has no part in the
// outcome: no two ranks are equal.
func divide(list []rank, n int) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() *rank { return &list[rng.IntN(len(list))] }
	for len(list) > 1 && n > 0 && n < len(list) {
		p := median(draw(), draw(), draw())
		i, j := 0, len(list)-1
		for i <= j {
			for list[i].before(&p) {
				i++
			}
			for p.before(&list[j]) {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch { // list[:j+1] <= p <= list[i:]
		case n <= j+1:
			list = list[:j+1]
		case n >= i:
			list, n = list[i:], n-i
		default:
			return
		}
	}
}

func median(a, b, c *rank) rank {
	if b.before(a) {
		a, b = b, a
	}
	switch {
	case c.before(a):
		return *a
	case c.before(b):
		return *c
	}
	return *b
}
