package transcode

import (
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Request appends a JSON request as protobuf to dst. ok is false if it is not
// plainly one; then it may be a good one nonetheless. dst and body may share
// memory only if they do not overlap.
func (c *Codec) Request(dst, body []byte) (wire []byte, ok bool) {
	s := scanner{rest: body, rows: c.rows}
	s.space()
	dst = s.object(dst, c.request)
	s.space()
	return dst, !s.failed && len(s.rest) == 0
}

// scanner takes JSON off the front of a body. After a failure it yields
// anything.
type scanner struct {
	rest   []byte
	rows   int // a list may have
	failed bool
}

func (s *scanner) fail() { s.rest, s.failed = nil, true }

// space skips white space.
func (s *scanner) space() {
	for i, c := range s.rest {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			s.rest = s.rest[i:]
			return
		}
	}
	s.rest = nil
}

// is takes a character, and the white space after it, if it comes next.
func (s *scanner) is(c byte) bool {
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	s.space()
	return true
}

// must takes a character that has to come next.
func (s *scanner) must(c byte) {
	if !s.is(c) {
		s.fail()
	}
}

// text takes a text without escapes; valid until the body is not.
func (s *scanner) text() []byte {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		s.fail()
		return nil
	}
	n := plainLen(s.rest[1:])
	if n+1 == len(s.rest) || s.rest[n+1] != '"' {
		s.fail()
		return nil
	}
	t := s.rest[1 : n+1]
	s.rest = s.rest[n+2:]
	if !utf8.Valid(t) {
		s.fail()
	}
	return t
}

// whole takes a whole number within a range, with or without quotes.
func (s *scanner) whole(least, most int64) int64 {
	var quoted bool
	if quoted = len(s.rest) > 0 && s.rest[0] == '"'; quoted {
		s.rest = s.rest[1:]
	}
	i, negative := 0, len(s.rest) > 0 && s.rest[0] == '-'
	if negative {
		i++
	}
	first, n := i, int64(0)
	for ; i < len(s.rest) && '0' <= s.rest[i] && s.rest[i] <= '9'; i++ {
		if n > (math.MaxInt64-9)/10 { // the last few of the range are left to others
			s.fail()
			return 0
		}
		n = 10*n + int64(s.rest[i]-'0')
	}
	switch {
	case i == first, s.rest[first] == '0' && (i > first+1 || negative): // no digits; 01, -0
		s.fail()
		return 0
	case negative:
		n = -n
	}
	s.rest = s.rest[i:]
	switch {
	case quoted && (len(s.rest) == 0 || s.rest[0] != '"'), n < least, n > most:
		s.fail()
		return 0
	case quoted:
		s.rest = s.rest[1:]
	}
	return n // what may not follow a number fails where a comma or bracket has to
}

// object takes a message and appends it.
func (s *scanner) object(dst []byte, m *message) []byte {
	s.must('{')
	if s.is('}') {
		return dst
	}
	var seen uint // a bit for each field
	for next := 0; !s.failed; next++ {
		next = m.find(s.text(), next)
		if next < 0 || seen&(1<<next) != 0 {
			s.fail()
			break
		}
		seen |= 1 << next
		s.space()
		s.must(':')
		dst = s.field(dst, &m.fields[next])
		s.space()
		if s.is(',') {
			continue
		}
		s.close('}')
		break
	}
	return dst
}

// close takes a bracket, but no white space after it: there may be no need to
// look for any.
func (s *scanner) close(c byte) {
	if len(s.rest) == 0 || s.rest[0] != c {
		s.fail()
		return
	}
	s.rest = s.rest[1:]
}

// field takes a field's value and appends it.
func (s *scanner) field(dst []byte, f *field) []byte {
	if !f.list {
		return s.value(dst, f)
	}
	s.must('[')
	if s.is(']') {
		return dst
	}
	for n := 1; !s.failed; n++ {
		dst = s.value(dst, f)
		s.space()
		if n < s.rows && s.is(',') {
			continue
		}
		s.close(']')
		break
	}
	return dst
}

// value takes one value and appends it with its tag. Zeros are no fields in
// protobuf, but decode to the same.
func (s *scanner) value(dst []byte, f *field) []byte {
	dst = append(dst, f.tag)
	switch f.kind {
	case text:
		return protowire.AppendBytes(dst, s.text())
	case int32s:
		return protowire.AppendVarint(dst, uint64(s.whole(math.MinInt32, math.MaxInt32)))
	case int64s:
		return protowire.AppendVarint(dst, uint64(s.whole(math.MinInt64, math.MaxInt64)))
	case enum:
		return protowire.AppendVarint(dst, uint64(s.enum(f)))
	}
	start := len(dst)
	dst = append(dst, 0) // the length, mostly one byte
	dst = s.object(dst, f.message)
	size := len(dst) - start - 1
	if more := protowire.SizeVarint(uint64(size)) - 1; more > 0 {
		dst = slices.Insert(dst, start+1, make([]byte, more)...)
	}
	protowire.AppendVarint(dst[:start], uint64(size))
	return dst
}

// enum takes a number, or the name of one.
func (s *scanner) enum(f *field) int64 {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return s.whole(math.MinInt32, math.MaxInt32)
	}
	n, ok := f.values[string(s.text())]
	if !ok {
		s.fail()
	}
	return int64(n)
}
