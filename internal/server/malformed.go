package server

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// malformed says what is wrong with a body that could not be decoded, which
// Twirp does not. It decodes the body again and is called for failures only.
func (x *exchange) malformed(cause error) string {
	const unknown = "the request could not be decoded"
	if x.route == nil || x.route.request == nil {
		return unknown
	}
	m := x.route.request()
	if x.kind == kindProtobuf {
		if field := badText(x.body, m.ProtoReflect().Descriptor(), 0); field != "" {
			return field + " is not valid UTF-8"
		}
		return "the protobuf request could not be decoded: it is cut off, or not a " +
			string(m.ProtoReflect().Descriptor().FullName())
	}
	if len(bytes.TrimSpace(x.body)) == 0 {
		return "the json request is empty; an empty message is {}"
	}
	if cause == nil {
		cause = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(x.body, m)
	}
	if cause == nil {
		return unknown
	}
	return "the json request could not be decoded: " + plain(cause)
}

// plain drops protobuf's prefix, which varies on purpose, and bounds what is
// quoted back.
func plain(err error) string {
	s := err.Error()
	if rest, ok := strings.CutPrefix(s, "proto:"); ok {
		s = strings.TrimLeft(rest, " \u00a0")
	}
	s = contractNames(strings.ReplaceAll(s, "\u00a0", " "))
	const limit = 300
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// contractNames spells the field that protojson names, which it does in camel
// case, as the contract does.
func contractNames(s string) string {
	before, rest, ok := strings.Cut(s, " field ")
	if !ok {
		return s
	}
	var b strings.Builder
	b.WriteString(before + " field ")
	for i, r := range rest {
		switch {
		case 'A' <= r && r <= 'Z':
			b.WriteByte('_')
			b.WriteRune(r - 'A' + 'a')
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '_', r == '"':
			b.WriteRune(r)
		default:
			return b.String() + rest[i:]
		}
	}
	return b.String()
}

// badText names the first string of a protobuf message that is not UTF-8, as a
// path such as events.user_id, or returns "".
func badText(b []byte, d protoreflect.MessageDescriptor, depth int) string {
	const deepest = 8 // our messages nest 2 deep
	for len(b) > 0 && depth < deepest {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return ""
		}
		b = b[n:]
		f := d.Fields().ByNumber(num)
		if f == nil || typ != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
				return ""
			}
			b = b[n:]
			continue
		}
		v, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return ""
		}
		b = b[n:]
		switch f.Kind() {
		case protoreflect.StringKind:
			if !utf8.Valid(v) {
				return string(f.Name())
			}
		case protoreflect.MessageKind:
			if in := badText(v, f.Message(), depth+1); in != "" {
				return string(f.Name()) + "." + in
			}
		}
	}
	return ""
}
