package pebblestore

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// packed is profiles of readers who did not come lately, in one piece of memory:
// a fifth of what they take up otherwise, and nothing in it for the garbage
// collector to follow. Each is 8 bytes of hash of the reader's id, 4 bytes that
// say how much room there is behind them, 4 bytes that say how much of it is used,
// and that (see pack and addActs).
type packed struct {
	buf   []byte
	at    map[uint64]uint32 // where the profile of a hash is; of no others the bytes are dead
	first int               // where the oldest one is; those before are dead
	dead  int               // bytes
}

// packedHead is what stands before a profile.
const packedHead = 8 + 4 + 4

// actsRoom is how many bytes are left behind a profile for acts that come while it
// is packed: two of some 17 bytes. It is more for a reader of whom more came.
const actsRoom = 36

// pageRoom is how many articles a page is made room for.
const pageRoom = 10

// packedEntry is about what a profile takes in the index.
const packedEntry = 24

// bytes is about the size of what lives; what is dead is less than half of it.
func (p *packed) bytes() int64 { return int64(len(p.buf) - p.dead + packedEntry*len(p.at)) }

// size is how long the one at off is, with its head and its room.
func (p *packed) size(off int) int {
	return packedHead + int(binary.LittleEndian.Uint32(p.buf[off+8:]))
}

// used is how much of its room the one at off uses.
func (p *packed) used(off int) int { return int(binary.LittleEndian.Uint32(p.buf[off+12:])) }

func (p *packed) use(off, n int) { binary.LittleEndian.PutUint32(p.buf[off+12:], uint32(n)) }

func (p *packed) live(off int) (hash uint64, live bool) {
	hash = binary.LittleEndian.Uint64(p.buf[off:])
	at, ok := p.at[hash]
	return hash, ok && int(at) == off
}

// put adds a profile as the newest one, with some room behind it. Of two readers of
// the same hash the latter stays.
func (p *packed) put(hash uint64, c *cached, room int) {
	p.remove(hash)
	if p.at == nil {
		p.at = make(map[uint64]uint32)
	}
	off := len(p.buf)
	p.buf = binary.LittleEndian.AppendUint64(p.buf, hash)
	p.buf = append(p.buf, make([]byte, packedHead-8)...)
	p.buf = c.pack(p.buf)
	p.use(off, len(p.buf)-off-packedHead)
	p.buf = append(p.buf, make([]byte, room)...)
	binary.LittleEndian.PutUint32(p.buf[off+8:], uint32(len(p.buf)-off-packedHead))
	p.at[hash] = uint32(off)
}

// addActs adds acts to a reader's profile as it is packed, behind what is there: in
// varints the version that it has then, how many acts, and those. It reports
// whether there was room.
func (p *packed) addActs(hash uint64, version uint64, acts []feed.Act) bool {
	off := int(p.at[hash])
	from, end := off+packedHead+p.used(off), off+p.size(off)
	b := binary.AppendUvarint(p.buf[from:from:end], version)
	b = binary.AppendUvarint(b, uint64(len(acts)))
	b = packActs(b, acts)
	if len(b) > end-from { // then it is not in buf
		return false
	}
	p.use(off, p.used(off)+len(b))
	return true
}

// has reports whether the profile of a reader is there.
func (p *packed) has(hash uint64, user feed.UserID) bool {
	off, ok := p.at[hash]
	return ok && p.ofUser(int(off), user)
}

func (p *packed) ofUser(off int, user feed.UserID) bool {
	b := p.buf[off+packedHead:]
	return int(b[0]) == len(user) && string(b[1:1+len(user)]) == string(user)
}

// take removes a reader's profile and returns it, nil if it is not there.
func (p *packed) take(hash uint64, user feed.UserID) *cached {
	if !p.has(hash, user) {
		return nil
	}
	off := int(p.at[hash])
	c := unpack(user, p.buf[off+packedHead+1+len(user):off+packedHead+p.used(off)])
	p.remove(hash)
	return c
}

func (p *packed) remove(hash uint64) {
	if off, ok := p.at[hash]; ok {
		delete(p.at, hash)
		p.dead += p.size(int(off))
		p.tidy()
	}
}

// dropOldest removes the oldest profile and reports whether there was one.
func (p *packed) dropOldest() bool {
	for p.first < len(p.buf) {
		off := p.first
		p.first += p.size(off)
		if hash, live := p.live(off); live {
			p.remove(hash)
			return true
		}
	}
	return false
}

// tidy moves what lives together once a third of all is dead.
func (p *packed) tidy() {
	if len(p.at) > 0 && 3*p.dead <= len(p.buf) {
		return
	}
	to := 0
	for off := p.first; off < len(p.buf); {
		size := p.size(off)
		if hash, live := p.live(off); live {
			copy(p.buf[to:], p.buf[off:off+size])
			p.at[hash] = uint32(to)
			to += size
		}
		off += size
	}
	p.buf, p.first, p.dead = p.buf[:to], 0, 0
	if cap(p.buf) > 4*to {
		p.buf = append([]byte(nil), p.buf...)
	}
}

// pack appends a profile: a byte of length and the reader's id; then in varints
// its version and from when on it holds what was served; the channels, each
// with its newest page's stamp; the pages served, each with how much later than the
// one before it was, how many articles it was of, and those; the articles acted on;
// and the acts.
func (c *cached) pack(dst []byte) []byte {
	dst = append(append(dst, byte(len(c.user))), c.user...)
	dst = binary.AppendUvarint(dst, c.version)
	dst = binary.AppendVarint(dst, int64(c.from))
	dst = binary.AppendUvarint(dst, uint64(len(c.newest)))
	for _, n := range c.newest {
		dst = binary.AppendUvarint(dst, uint64(n.Channel))
		dst = binary.AppendVarint(dst, int64(n.Stamp))
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.served)))
	var at feed.Millis
	for left := c.served; len(left) > 0; {
		n := 1
		for n < len(left) && left[n].At == left[0].At {
			n++
		}
		dst = binary.AppendVarint(dst, int64(left[0].At-at))
		dst = binary.AppendUvarint(dst, uint64(n))
		for _, s := range left[:n] {
			dst = binary.AppendUvarint(dst, uint64(s.Article))
		}
		at, left = left[0].At, left[n:]
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.acted)))
	for _, id := range c.acted {
		dst = binary.AppendUvarint(dst, uint64(id))
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.acts)))
	return packActs(dst, c.acts)
}

// packActs appends acts, the time of each as how much later than the one before it
// was.
func packActs(dst []byte, acts []feed.Act) []byte {
	at := feed.Millis(0)
	for i := range acts {
		a := &acts[i]
		dst = binary.AppendUvarint(dst, uint64(a.Article))
		dst = append(dst, byte(a.Action))
		dst = binary.AppendVarint(dst, int64(a.Time-at))
		dst = binary.AppendUvarint(dst, uint64(a.Channel))
		dst = binary.AppendVarint(dst, int64(a.ReadTime))
		at = a.Time
	}
	return dst
}

// unpack makes a profile of what pack, and then addActs, appended behind the
// reader's id, with room for the articles of one more page.
func unpack(user feed.UserID, b []byte) *cached {
	u := unpacker{b}
	c := &cached{user: user, version: u.uvarint(), from: feed.Millis(u.varint())}
	if n := u.uvarint(); n > 0 {
		c.newest = make([]feed.ChannelStamp, n)
		for i := range c.newest {
			c.newest[i] = feed.ChannelStamp{Channel: feed.ChannelID(u.uvarint()), Stamp: feed.Millis(u.varint())}
		}
	}
	if n := u.uvarint(); n > 0 {
		c.served = make([]feed.ServedArticle, 0, n+pageRoom)
		for at := feed.Millis(0); len(c.served) < int(n); {
			at += feed.Millis(u.varint())
			for range u.uvarint() {
				c.served = append(c.served, feed.ServedArticle{Article: feed.ArticleID(u.uvarint()), At: at})
			}
		}
	}
	if n := u.uvarint(); n > 0 {
		c.acted = make([]feed.ArticleID, n)
		for i := range c.acted {
			c.acted[i] = feed.ArticleID(u.uvarint())
		}
	}
	if n := u.uvarint(); n > 0 {
		c.acts = make([]feed.Act, n)
		u.acts(c.acts)
	}
	for len(u.b) > 0 {
		c.version = u.uvarint()
		acts := make([]feed.Act, u.uvarint())
		u.acts(acts)
		c.addActs(acts)
	}
	return c
}

// unpacker takes numbers off the front of bytes that pack made.
type unpacker struct{ b []byte }

// acts takes the acts that packActs appended.
func (u *unpacker) acts(acts []feed.Act) {
	at := feed.Millis(0)
	for i := range acts {
		a := &acts[i]
		a.Article = feed.ArticleID(u.uvarint())
		a.Action, u.b = feed.Action(u.b[0]), u.b[1:]
		at += feed.Millis(u.varint())
		a.Time, a.Channel, a.ReadTime = at, feed.ChannelID(u.uvarint()), feed.Millis(u.varint())
	}
}

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.b)
	u.b = u.b[n:]
	return v
}

func (u *unpacker) varint() int64 {
	v, n := binary.Varint(u.b)
	u.b = u.b[n:]
	return v
}
