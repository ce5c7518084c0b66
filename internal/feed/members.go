package feed

import "sync/atomic"

// Members tells by number which articles may be in a channel, from eight bytes
// an article that lie together: whoever has thousands of numbers, most of them
// of other channels, need not fetch an article to leave it out. It errs on the
// side of yes, so those that may be in the channel are to be looked at. The zero
// value says yes to all.
//
// The catalogue keeps it current; no lock is held.
type Members struct {
	chunks []*MemberChunk
	mask   uint64
}

// MemberChunk holds the channels of articles of successive numbers: bit c%64
// for each channel c that one is in, none for what is withdrawn or unknown.
type MemberChunk [MemberChunkSize]atomic.Uint64

// MemberChunkSize is how many articles there are to a chunk.
const (
	MemberChunkSize = 1 << memberShift
	memberShift     = 10
)

// NewMembers returns the members of a channel.
func NewMembers(chunks []*MemberChunk, c ChannelID) Members {
	if c == AllChannels {
		return Members{chunks, ^uint64(0)}
	}
	return Members{chunks, channelBit(c)}
}

// May reports whether an article may be in the channel.
func (m *Members) May(ord Ord) bool {
	i := uint(ord) >> memberShift
	if i >= uint(len(m.chunks)) {
		return true
	}
	return m.chunks[i][ord%MemberChunkSize].Load()&m.mask != 0
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
	return m.mask == o.mask && len(m.chunks) == len(o.chunks)
}
