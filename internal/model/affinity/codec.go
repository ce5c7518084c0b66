package affinity

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// encoder writes a snapshot's numbers; its writer keeps the first error.
type encoder struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
}

func (e *encoder) uint(v uint64) { e.w.Write(e.buf[:binary.PutUvarint(e.buf[:], v)]) }
func (e *encoder) int(v int64)   { e.w.Write(e.buf[:binary.PutVarint(e.buf[:], v)]) }

var errGarbled = errors.New("affinity: garbled snapshot")

// decoder reads what an encoder wrote and keeps the first error, after which
// it reads zeros.
type decoder struct {
	r interface {
		io.Reader
		io.ByteReader
	}
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

func (d *decoder) byte() byte {
	if d.err != nil {
		return 0
	}
	b, err := d.r.ReadByte()
	if err != nil {
		d.fail(err)
	}
	return b
}
