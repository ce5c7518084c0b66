package covisit

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// encoder writes a snapshot's numbers; its writer keeps the first error.
type encoder struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
}

func (e *encoder) uint(v uint64) { e.w.Write(e.buf[:binary.PutUvarint(e.buf[:], v)]) }
func (e *encoder) int(v int64)   { e.w.Write(e.buf[:binary.PutVarint(e.buf[:], v)]) }

func (e *encoder) bits(v uint64) {
	binary.LittleEndian.PutUint64(e.buf[:8], v)
	e.w.Write(e.buf[:8])
}

func (e *encoder) float(v float64) { e.bits(math.Float64bits(v)) }

func (e *encoder) float32(v float32) {
	binary.LittleEndian.PutUint32(e.buf[:4], math.Float32bits(v))
	e.w.Write(e.buf[:4])
}

var errGarbled = errors.New("covisit: garbled snapshot")

// decoder reads what an encoder wrote and keeps the first error, after which
// it reads zeros.
type decoder struct {
	r interface {
		io.Reader
		io.ByteReader
	}
	buf [8]byte
	err error
}

func newDecoder(r io.Reader) *decoder {
	d := &decoder{}
	if br, ok := r.(interface {
		io.Reader
		io.ByteReader
	}); ok {
		d.r = br
	} else {
		d.r = bufio.NewReader(r)
	}
	return d
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.err = err
	}
}

// uint reads a number of at most limit.
func (d *decoder) uint(limit uint64) uint64 {
	if d.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(d.r)
	if err != nil {
		d.fail(err)
		return 0
	}
	if v > limit {
		d.fail(errGarbled)
		return 0
	}
	return v
}

func (d *decoder) int() int64 {
	if d.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(d.r)
	if err != nil {
		d.fail(err)
		return 0
	}
	return v
}

// fixed reads the next n bytes, at most 8.
func (d *decoder) fixed(n int) uint64 {
	if d.err != nil {
		return 0
	}
	d.buf = [8]byte{}
	if _, err := io.ReadFull(d.r, d.buf[:n]); err != nil {
		d.fail(err)
		return 0
	}
	return binary.LittleEndian.Uint64(d.buf[:])
}

func (d *decoder) bits() uint64     { return d.fixed(8) }
func (d *decoder) float() float64   { return math.Float64frombits(d.fixed(8)) }
func (d *decoder) float32() float32 { return math.Float32frombits(uint32(d.fixed(4))) }
