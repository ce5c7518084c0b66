package catalog

import (
	"math"

	"readnext/internal/feed"
)

// front is the newest articles of a shelf, put together by the first request
// after a change of the shelf and used by those that follow.
type front struct {
	n     int // how many were asked for
	items []*feed.Item
	// from and until bound the times of which that is the answer, until
	// excluded.
	from, until feed.Millis
}

// Head appends the first n articles that Newest yields. Mostly it knows them
// from the request before.
func (c *Catalog) Head(ch feed.ChannelID, now feed.Millis, n int, dst []*feed.Item) []*feed.Item {
	if h := c.frontOf(ch, now, n); h != nil {
		return append(dst, h.items[:min(n, len(h.items))]...)
	}
	end := len(dst) + max(n, 0)
	c.Newest(ch, now, func(it *feed.Item) bool {
		if len(dst) < end {
			dst = append(dst, it)
		}
		return len(dst) < end
	})
	return dst
}

// frontOf returns a channel's of n articles or more, nil where there is none or,
// of a time before the last article was moved aside, none that is known.
func (c *Catalog) frontOf(ch feed.ChannelID, now feed.Millis, n int) *front {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.channels[ch]
	if s == nil {
		return nil
	}
	if n <= 0 {
		return nil
	}
	h := s.front.Load()
	if h != nil && h.n >= n && h.from <= now && now < h.until {
		return h
	}
	if now < c.retired {
		return nil
	}
	h = c.frontLocked(s, now, n)
	s.front.Store(h) // what changes the shelf holds the lock alone
	return h
}

func (c *Catalog) frontLocked(s *shelf, now feed.Millis, n int) *front {
	h := &front{n: n, from: c.retired, until: math.MaxInt64}
	s.live.Ascend(place{published: now, id: math.MaxInt64}, func(p place) bool {
		h.until = p.published // the next to come
		return false
	})
	s.live.Descend(place{published: now, id: math.MaxInt64}, func(p place) bool {
		it := c.items.get(p.ord)
		if it.Expires != 0 && it.Expires <= now {
			h.from = max(h.from, it.Expires)
			return true
		}
		h.from = max(h.from, it.Published)
		if it.Expires != 0 {
			h.until = min(h.until, it.Expires)
		}
		h.items = append(h.items, it)
		return len(h.items) < n
	})
	return h
}
