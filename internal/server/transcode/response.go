package transcode

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// errWire says that bytes are not what proto.Marshal makes of an answer.
var errWire = errors.New("transcode: the answer is not as proto.Marshal writes it")

// Response appends an answer that proto.Marshal wrote as JSON to dst. What is no
// such answer is an error.
func (c *Codec) Response(dst, wire []byte) ([]byte, error) {
	dst, ok := c.response.json(dst, wire)
	if !ok {
		return nil, errWire
	}
	return dst, nil
}

// json appends a message. Its fields come in the same order on both sides.
func (m *message) json(dst, wire []byte) (_ []byte, ok bool) {
	for i := range m.fields {
		f := &m.fields[i]
		if i == 0 {
			dst = append(dst, '{')
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, f.key...)
		if !f.next(wire) {
			dst = append(dst, f.empty...)
			continue
		}
		if f.list {
			dst = append(dst, '[')
		}
		for first := true; first || f.list && f.next(wire); first = false {
			if !first {
				dst = append(dst, ',')
			}
			if dst, wire, ok = f.json(dst, wire[1:]); !ok {
				return nil, false
			}
		}
		if f.list {
			dst = append(dst, ']')
		}
	}
	if len(m.fields) == 0 {
		dst = append(dst, '{')
	}
	return append(dst, '}'), len(wire) == 0
}

// next reports whether the field comes next.
func (f *field) next(wire []byte) bool { return len(wire) > 0 && wire[0] == f.tag }

// json appends a value and returns what follows it on the wire.
func (f *field) json(dst, wire []byte) (_, rest []byte, ok bool) {
	switch f.kind {
	case int32s, int64s:
		v, n := protowire.ConsumeVarint(wire)
		if n < 0 {
			return nil, nil, false
		}
		if f.kind == int32s {
			return strconv.AppendInt(dst, int64(int32(v)), 10), wire[n:], true
		}
		dst = strconv.AppendInt(append(dst, '"'), int64(v), 10)
		return append(dst, '"'), wire[n:], true
	}
	v, n := protowire.ConsumeBytes(wire)
	if n < 0 {
		return nil, nil, false
	}
	if f.kind == nested {
		dst, ok = f.message.json(dst, v)
		return dst, wire[n:], ok
	}
	return appendText(dst, v), wire[n:], true
}

// appendText appends a text as protojson does: what JSON has to escape is
// escaped, and nothing else. Texts on the wire are valid UTF-8.
func appendText(dst, t []byte) []byte {
	dst = append(dst, '"')
	for {
		n := plainLen(t)
		dst = append(dst, t[:n]...)
		if n == len(t) {
			return append(dst, '"')
		}
		dst = appendEscaped(dst, t[n])
		t = t[n+1:]
	}
}

func appendEscaped(dst []byte, c byte) []byte {
	dst = append(dst, '\\')
	switch c {
	case '"', '\\':
		return append(dst, c)
	case '\b':
		return append(dst, 'b')
	case '\f':
		return append(dst, 'f')
	case '\n':
		return append(dst, 'n')
	case '\r':
		return append(dst, 'r')
	case '\t':
		return append(dst, 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, 'u', '0', '0', hex[c>>4], hex[c&15])
}

// plainLen returns how many bytes come before the first that JSON has to
// escape: a quote, a backslash or a control character. It looks at eight at a
// time; a byte that is one of them has its high bit set in what odd returns.
func plainLen(t []byte) int {
	i := 0
	for ; i+8 <= len(t); i += 8 {
		if o := odd(binary.LittleEndian.Uint64(t[i:])); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
	}
	for ; i < len(t); i++ {
		if c := t[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// odd finds the bytes of a word to escape. A borrow can mark a byte above one
// that is marked, never the lowest: the lowest mark is right.
func odd(w uint64) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	zero := func(x uint64) uint64 { return (x - low) & ^x }
	return ((w-low*' ')&^w | zero(w^low*'"') | zero(w^low*'\\')) & high
}
