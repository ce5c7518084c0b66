package track

import (
	"encoding/binary"
	"math"

	"readnext/internal/feed"
)

// parse splits a param into what it says, the part that is signed, and the tag.
// It accepts only what Sign could have written, but for the tag.
func parse(raw []byte) (c Claim, body, tag []byte, ok bool) {
	if len(raw) == 0 {
		return Claim{}, nil, nil, false
	}
	end := len(raw) - suffixSize
	if raw[0] == formExposure {
		end = len(raw) - exposureTag
	}
	if end <= 0 {
		return Claim{}, nil, nil, false
	}
	body, tag = raw[:end], raw[end:]
	r := reader{rest: body}
	switch form := r.byte(); form {
	case formTrack:
		c.Action, tag = feed.Action(tag[0]), tag[1:]
		r.failIf(quarterOf(c.Action) < 0)
		r.header(&c, len(body))
		r.place(&c, len(body))
	case formExposure:
		c.Action = feed.Exposure
		r.header(&c, len(body))
		r.places(&c)
	default:
		r.failed = true
	}
	return c, body, tag, !r.failed && len(r.rest) == 0
}

// reader takes fields off the front of a body. After a failure it yields zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) failIf(bad bool) { r.failed = r.failed || bad }

func (r *reader) take(n int) []byte {
	if r.failed || n > len(r.rest) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uvarint takes a number of at most limit in its shortest spelling.
func (r *reader) uvarint(limit uint64) uint64 {
	if r.failed {
		return 0
	}
	x, n := binary.Uvarint(r.rest)
	if n <= 0 || x > limit || n > 1 && r.rest[n-1] == 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return x
}

func (r *reader) varint() int64 {
	x := r.uvarint(math.MaxUint64)
	return int64(x>>1) ^ -int64(x&1)
}

func (r *reader) propensity() float32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	x := math.Float32frombits(binary.LittleEndian.Uint32(b))
	r.failIf(!probable(x))
	return x
}

// pad takes zeros up to a multiple of 3 bytes of a body of size bytes.
func (r *reader) pad(size int) {
	for !r.failed && (size-len(r.rest))%3 != 0 {
		r.failIf(r.byte() != 0)
	}
}

// header takes what follows the form in a body of size bytes.
func (r *reader) header(c *Claim, size int) {
	c.KeyID = uint32(r.uvarint(math.MaxUint32))
	c.Stamp = feed.Millis(r.uvarint(math.MaxInt64))
	c.Channel = feed.ChannelID(r.uvarint(math.MaxInt32))
	c.Model = uint32(r.uvarint(math.MaxUint32))
	r.failIf(c.KeyID == 0 || c.Stamp == 0)
	if n := int(r.byte()); n > 0 {
		r.failIf(n > feed.MaxUserID)
		c.User = feed.UserID(r.take(n))
		r.failIf(c.User.Validate("") != nil)
	} else if b := r.take(8); b != nil {
		c.Nonce = binary.LittleEndian.Uint64(b)
	}
	r.pad(size)
}

// place takes the one place of a track.
func (r *reader) place(c *Claim, size int) {
	article := feed.ArticleID(r.uvarint(math.MaxInt64))
	position := r.byte()
	arm := feed.Arm(r.byte())
	propensity := r.propensity()
	r.pad(size)
	r.failIf(article <= 0 || position >= MaxPlaces)
	if !r.failed {
		c.Places = []ClaimPlace{{Article: article, Position: uint16(position), Arm: arm, Propensity: propensity}}
	}
}

// places takes all places of an exposure.
func (r *reader) places(c *Claim) {
	n := int(r.byte())
	r.failIf(n == 0 || n > MaxPlaces)
	if r.failed {
		return
	}
	c.Places = make([]ClaimPlace, 0, n)
	var article feed.ArticleID
	for i := range n {
		// A sum that overflows comes out negative: the difference of two
		// valid ids never does.
		article += feed.ArticleID(r.varint())
		arm := feed.Arm(r.byte())
		propensity := r.propensity()
		r.failIf(article <= 0)
		c.Places = append(c.Places, ClaimPlace{Article: article, Position: uint16(i), Arm: arm, Propensity: propensity})
	}
}
