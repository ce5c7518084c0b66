package catalog

import "readnext/internal/feed"

// ownBits is the share of all articles, 1 in so many, from which on a channel
// has bits of its own, which take an eighth of a byte an article: all channels'
// together take 16 bytes for each channel that an article is in, at most.
const ownBits = 128

// Members returns which articles may be in a channel.
func (c *Catalog) Members(ch feed.ChannelID) feed.Members {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var bits feed.MemberBits
	if s := c.channels[ch]; s != nil {
		bits = c.bitsLocked(s)
	}
	return feed.NewMembers(ch, bits, *c.items.members.Load())
}

// bitsLocked returns a shelf's bits, nil for a small one's. The first request
// makes them, and again when there are more numbers; what changes the shelf keeps
// them current. Holding the lock shared is enough for that: who changes the shelf
// holds it alone.
func (c *Catalog) bitsLocked(s *shelf) feed.MemberBits {
	words := len(*c.items.chunks.Load()) * chunkSize / 64
	if b := s.bits.Load(); b != nil && len(*b) == words {
		return *b
	}
	if (s.live.Len()+s.gone.Len())*ownBits < len(c.byID) {
		s.bits.Store(nil)
		return nil
	}
	bits := make(feed.MemberBits, words)
	add := func(p place) bool {
		bits.Set(p.ord, true)
		return true
	}
	s.live.Scan(add)
	s.gone.Scan(add)
	s.bits.Store(&bits)
	return bits
}

// note tells the shelf's bits of an article.
func (s *shelf) note(ord feed.Ord, in bool) {
	if b := s.bits.Load(); b != nil {
		b.Set(ord, in)
	}
}
