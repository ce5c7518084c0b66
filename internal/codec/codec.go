// Package codec writes and reads the numbers that models' snapshots are made
// of: varints and little-endian floats, exact to the bit.
//
// A decoder trusts nothing: it keeps the first error and reads zeros after it,
// so that a caller may read a whole record and look at [Decoder.Err] once; a
// caller that makes room for what a number says must bound the number first,
// which is what [Decoder.Uint]'s limit is for.
package codec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// ErrGarbled is a number out of its range.
var ErrGarbled = errors.New("garbled snapshot")

// Encoder writes numbers. Errors show in Flush.
type Encoder struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
}

// NewEncoder makes an encoder on w.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w: bufio.NewWriterSize(w, 1<<16)} }

// Flush writes what is buffered and returns the first error there was.
func (e *Encoder) Flush() error { return e.w.Flush() }

// String writes the bytes of s, without its length.
func (e *Encoder) String(s string) { e.w.WriteString(s) }

// Bytes writes b, without its length.
func (e *Encoder) Bytes(b []byte) { e.w.Write(b) }

// Byte writes one byte.
func (e *Encoder) Byte(b byte) { e.w.WriteByte(b) }

// Uint writes a varint.
func (e *Encoder) Uint(v uint64) { e.w.Write(e.buf[:binary.PutUvarint(e.buf[:], v)]) }

// Int writes a zigzag varint.
func (e *Encoder) Int(v int64) { e.w.Write(e.buf[:binary.PutVarint(e.buf[:], v)]) }

// Bits writes 8 bytes.
func (e *Encoder) Bits(v uint64) {
	binary.LittleEndian.PutUint64(e.buf[:8], v)
	e.w.Write(e.buf[:8])
}

// Float writes 8 bytes.
func (e *Encoder) Float(v float64) { e.Bits(math.Float64bits(v)) }

// Float32 writes 4 bytes.
func (e *Encoder) Float32(v float32) {
	binary.LittleEndian.PutUint32(e.buf[:4], math.Float32bits(v))
	e.w.Write(e.buf[:4])
}

// source is what a decoder reads from.
type source interface {
	io.Reader
	io.ByteReader
}

// Decoder reads what an Encoder wrote.
type Decoder struct {
	r   source
	mem *Bytes // r, if it is in memory; else nil
	buf [8]byte
	err error
}

// NewDecoder makes a decoder on r. It reads no further than it is asked to if r
// is an io.ByteReader.
func NewDecoder(r io.Reader) *Decoder {
	if s, ok := r.(source); ok {
		mem, _ := r.(*Bytes)
		return &Decoder{r: s, mem: mem}
	}
	return &Decoder{r: bufio.NewReader(r)}
}

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// Fail makes err the first error, if there was none.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.err = err
	}
}

// Uint reads a number of at most limit.
func (d *Decoder) Uint(limit uint64) uint64 {
	if d.err != nil {
		return 0
	}
	var v uint64
	var err error
	if d.mem != nil {
		v, err = d.mem.uvarint()
	} else {
		v, err = binary.ReadUvarint(d.r)
	}
	if err == nil && v > limit {
		err = ErrGarbled
	}
	if err != nil {
		d.Fail(err)
		return 0
	}
	return v
}

// Room returns for how many of n records, of so many bytes at the least, room
// may be made beforehand: no more than can follow in memory, and few if what
// follows is not in memory.
func (d *Decoder) Room(n, least uint64) int {
	if d.err != nil {
		return 0
	}
	if d.mem == nil {
		return int(min(n, 64))
	}
	return int(min(n, uint64(len(d.mem.rest))/least))
}

// Int reads a zigzag varint.
func (d *Decoder) Int() int64 {
	u := d.Uint(math.MaxUint64)
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// Bytes fills b.
func (d *Decoder) Bytes(b []byte) {
	if d.err != nil {
		return
	}
	if _, err := io.ReadFull(d.r, b); err != nil {
		d.Fail(err)
	}
}

// Byte reads one byte.
func (d *Decoder) Byte() byte { return byte(d.fixed(1)) }

// Bits reads 8 bytes.
func (d *Decoder) Bits() uint64 { return d.fixed(8) }

// Float reads 8 bytes.
func (d *Decoder) Float() float64 { return math.Float64frombits(d.fixed(8)) }

// Float32 reads 4 bytes.
func (d *Decoder) Float32() float32 { return math.Float32frombits(uint32(d.fixed(4))) }

// Count reads a finite float that is not negative.
func (d *Decoder) Count() float64 {
	v := d.Float()
	if !(v >= 0) || math.IsInf(v, 1) {
		d.Fail(ErrGarbled)
		return 0
	}
	return v
}

// fixed reads the next n bytes, at most 8.
func (d *Decoder) fixed(n int) uint64 {
	if d.mem != nil && n == 8 && len(d.mem.rest) >= 8 && d.err == nil {
		v := binary.LittleEndian.Uint64(d.mem.rest)
		d.mem.rest = d.mem.rest[8:]
		return v
	}
	if d.mem != nil && n == 4 && len(d.mem.rest) >= 4 && d.err == nil {
		v := binary.LittleEndian.Uint32(d.mem.rest)
		d.mem.rest = d.mem.rest[4:]
		return uint64(v)
	}
	d.buf = [8]byte{}
	d.Bytes(d.buf[:n])
	if d.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(d.buf[:])
}
