package feed

import "sync/atomic"

// Members tells by number which articles may be in a channel, from a bit or
// eight bytes an article that lie together: whoever has thousands of numbers,
// most of them of other channels, need not fetch an article to leave it out. It
// errs on the side of yes, so those that may be in the channel are to be looked
// at. The zero value says yes to all.
//
// The catalogue keeps it current; no lock is held.
type Members struct {
	bits   MemberBits // nil: by chunks
	chunks []*MemberChunk
	mask   uint64
}

// MemberBits holds a bit an article, set for those of one channel.
type MemberBits []atomic.Uint64

// Set notes whether an article is in the channel; of one beyond the bits, nothing.
func (b MemberBits) Set(ord Ord, in bool) {
	i, bit := int(ord/64), uint64(1)<<(ord%64)
	switch {
	case i >= len(b):
	case in:
		b[i].Or(bit)
	default:
		b[i].And(^bit)
	}
}

// MemberChunk holds the channels of articles of successive numbers: bit c%64
// for each channel c that one is in, none for what is withdrawn or unknown.
type MemberChunk [MemberChunkSize]atomic.Uint64

// MemberChunkSize is how many articles there are to a chunk.
const (
	MemberChunkSize = 1 << memberShift
	memberShift     = 10
)

// NewMembers returns the members of a channel by the bits of its own, if there
// are any, else by what the chunks say of all channels.
func NewMembers(c ChannelID, bits MemberBits, chunks []*MemberChunk) Members {
	m := Members{bits, chunks, ^uint64(0)}
	if c != AllChannels {
		m.mask = channelBit(c)
	}
	return m
}

// May reports whether an article may be in the channel.
func (m *Members) May(ord Ord) bool {
	if m.bits != nil {
		i := uint(ord) / 64
		return i >= uint(len(m.bits)) || m.bits[i].Load()>>(ord%64)&1 != 0
	}
	i := uint(ord) >> memberShift
	if i >= uint(len(m.chunks)) {
		return true
	}
	return m.chunks[i][ord%MemberChunkSize].Load()&m.mask != 0
}

// Rest returns what is left to be asked of the channels of an article that may
// be in channel c: whether it is in any, where bits of the channel's own know
// that it is in this one, else whether it is in c. Who need not ask fetches less.
func (m *Members) Rest(ord Ord, c ChannelID) ChannelID {
	if uint(ord)/64 < uint(len(m.bits)) {
		return AllChannels
	}
	return c
}

// ChannelBits returns the bits of the channels that an item may be shown on.
func (it *Item) ChannelBits() (bits uint64) {
	if it.Withdrawn {
		return 0
	}
	for _, c := range it.Channels {
		bits |= channelBit(c)
	}
	return bits
}

func channelBit(c ChannelID) uint64 { return 1 << (uint32(c) % 64) }

// Same reports whether both are known to be of one channel and time of the
// catalogue's growth; what changed in an article since shows in both.
func (m *Members) Same(o *Members) bool {
	return m.mask == o.mask && len(m.chunks) == len(o.chunks) && (m.bits == nil) == (o.bits == nil)
}
