package codec

import (
	"encoding/binary"
	"io"
)

// Bytes is a reader of bytes in memory. A [Decoder] on it takes numbers where
// they lie, several times as fast as from another reader, and leaves it behind
// the last one.
type Bytes struct{ rest []byte }

// NewBytes makes a reader of b, which must not change meanwhile.
func NewBytes(b []byte) *Bytes { return &Bytes{b} }

// Read is as [io.Reader] has it.
func (b *Bytes) Read(p []byte) (int, error) {
	if len(b.rest) == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// ReadByte is as [io.ByteReader] has it.
func (b *Bytes) ReadByte() (byte, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	x := b.rest[0]
	b.rest = b.rest[1:]
	return x, nil
}

// uvarint takes a varint.
func (b *Bytes) uvarint() (uint64, error) {
	if len(b.rest) > 0 && b.rest[0] < 0x80 {
		v := uint64(b.rest[0])
		b.rest = b.rest[1:]
		return v, nil
	}
	v, n := binary.Uvarint(b.rest)
	switch {
	case n == 0:
		b.rest = nil
		return 0, io.ErrUnexpectedEOF
	case n < 0:
		return 0, ErrGarbled
	}
	b.rest = b.rest[n:]
	return v, nil
}
