package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"readnext/internal/feed"
)

// Every stored value begins with one byte that says how the rest is laid out.
// A later layout takes the next number; decoders refuse numbers they do not
// know.
//
// Layouts are made of few parts: uvarint and varint as encoding/binary has
// them (a varint is zigzag), text as a uvarint length and its bytes, float32
// and float64 as 4 and 8 bytes little-endian.
const (
	articleFormat = 1
	pageFormat    = 4 // 3, with features of 2 bytes, 2, of 4, and 1, with those that are 0, too, are read
	entryFormat   = 2 // 1, without nonces, is read, too
	actsFormat    = 1
	keyFormat     = 1
)

func appendText[T ~string](dst []byte, s T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendFloat(dst []byte, f float32) []byte {
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
}

func appendFloats(dst []byte, fs []float32) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(fs)))
	for _, f := range fs {
		dst = appendFloat(dst, f)
	}
	return dst
}

// decoder takes values off the front of b. The first fault sticks: what is
// taken after it is zero, and err says what was wrong. What it returns never
// shares memory with b.
type decoder struct {
	b    []byte
	what string
	err  error
}

func (d *decoder) fail(why string) {
	if d.err == nil {
		d.err = feed.Errorf(feed.Internal, "stored %s: %s", d.what, why)
		d.b = nil
	}
}

// formatUpTo takes the first byte, which must be between 1 and most. What is above
// was written by a later version, beside which this one may not go on.
func (d *decoder) formatUpTo(most byte) byte {
	got := d.byte()
	switch {
	case d.err != nil:
	case got == 0:
		d.fail("format 0 is none")
	case got > most:
		d.fail(fmt.Sprintf("format %d is unknown: this version of readnext is too old, it knows %d at most; or the bytes are damaged", got, most))
	}
	return got
}

// format takes the first byte, which must be want, the only one there ever was.
func (d *decoder) format(want byte) { d.formatUpTo(want) }

// end returns the fault, which trailing bytes are too.
func (d *decoder) end() error {
	if len(d.b) > 0 {
		d.fail("has trailing bytes")
	}
	return d.err
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail("is cut short")
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.fail("is cut short")
		return nil
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("holds a bad number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("holds a bad number")
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) millis() feed.Millis { return feed.Millis(d.varint()) }

func (d *decoder) article() feed.ArticleID { return feed.ArticleID(d.uvarint()) }

func (d *decoder) channel() feed.ChannelID {
	v := d.uvarint()
	if v > math.MaxInt32 {
		d.fail("holds a channel out of range")
		return 0
	}
	return feed.ChannelID(v)
}

func (d *decoder) uint32() uint32 {
	v := d.uvarint()
	if v > math.MaxUint32 {
		d.fail("holds a number out of range")
		return 0
	}
	return uint32(v)
}

// count takes the number of things that follow, each at least size bytes long:
// a count that the rest cannot hold is a fault, so nothing is allocated for it.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/size) {
		d.fail("is cut short")
		return 0
	}
	return int(n)
}

func (d *decoder) text() string { return string(d.take(d.count(1))) }

func (d *decoder) float() float32 {
	p := d.take(4)
	if p == nil {
		return 0
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(p))
}

// skipSparse takes numbers as pages had them until format 3: how many, then for each
// eight of them a byte with a bit for each that is not 0, the first one lowest, and
// those, of size bytes each. Bits beyond the last number are a fault.
func (d *decoder) skipSparse(size int) {
	n := d.uvarint()
	if n > 8*uint64(len(d.b)) {
		d.fail("is cut short")
	}
	for ; n > 0 && d.err == nil; n -= min(n, 8) {
		mask := d.byte()
		if mask>>min(n, 8) != 0 {
			d.fail("has features beyond the last")
		}
		d.take(size * bits.OnesCount8(mask))
	}
}

func (d *decoder) floats() []float32 {
	n := d.count(4)
	if n == 0 {
		return nil
	}
	fs := make([]float32, n)
	for i := range fs {
		fs[i] = d.float()
	}
	return fs
}
