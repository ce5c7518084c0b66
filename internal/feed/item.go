package feed

import "slices"

// Item is an article as the models see it: small, with names interned, never
// changed once made. The catalogue makes a new Item under the same Ord when
// the article changes.
type Item struct {
	ID        ArticleID
	Published Millis
	Expires   Millis      // 0: never
	Channels  []ChannelID // ascending; empty: known from events only, not put yet
	Ord       Ord
	Withdrawn bool
	Author    Name // 0: none
	Language  Name // 0: none
	Tags      []Name
	Boost     float32
	Embedding []float32
}

// Pack returns the item with its channels and tags beside it in memory where
// they are few, so that who looks at it fetches them too.
func (it *Item) Pack() *Item {
	p := &packed{Item: *it}
	if len(it.Channels) <= len(p.channels) {
		p.Channels = p.channels[:copy(p.channels[:], it.Channels):len(it.Channels)]
	}
	if len(it.Tags) <= len(p.tags) {
		p.Tags = p.tags[:copy(p.tags[:], it.Tags):len(it.Tags)]
	}
	return &p.Item
}

// packed is an item and room for what is few of it: 160 bytes, for which there
// is a size class.
type packed struct {
	Item
	channels [4]ChannelID
	tags     [6]Name
}

// Name is the interned number of an author, tag or language; 0 is no name.
// Like [Ord] it is given out in log order, and again once no item has it.
type Name uint32

// In reports whether the item is in the channel; everything that was put is in
// [AllChannels].
func (it *Item) In(c ChannelID) bool {
	if c == AllChannels {
		return len(it.Channels) > 0
	}
	if len(it.Channels) <= 8 {
		return slices.Contains(it.Channels, c)
	}
	_, ok := slices.BinarySearch(it.Channels, c)
	return ok
}

// Eligible reports whether the item may be shown on the channel at a time:
// in the channel, published, not expired, not withdrawn.
func (it *Item) Eligible(c ChannelID, now Millis) bool {
	return !it.Withdrawn && it.Published <= now && (it.Expires == 0 || now < it.Expires) && it.In(c)
}
