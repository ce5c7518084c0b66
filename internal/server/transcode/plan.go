package transcode

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Codec transcodes the messages of one method. It does not change and is safe
// for concurrent use.
type Codec struct {
	request, response *message
	rows              int // a request's list may have
}

// message is what there is to know of a message: its fields, ascending by
// number, which is how proto.Marshal writes them, and in the order that they are
// declared in, which is how protojson writes them.
type message struct{ fields []field }

// field is one of a message's.
type field struct {
	name, jsonName string // in requests either is good
	key            string // as an answer has it: "name":
	empty          string // what an answer has for a field that is not there
	tag            byte
	kind           kind
	list           bool
	message        *message         // of the kind message
	values         map[string]int32 // of the kind enum
}

type kind uint8

const (
	text kind = iota
	int32s
	int64s
	enum
	nested
)

// New makes a codec of a method's messages, which leaves requests alone that
// have a list of more than so many rows. It is an error if there is a field in
// the messages of a kind that this package does not know.
func New(request, response protoreflect.MessageDescriptor, rows int) (*Codec, error) {
	in, err := plan(request, 0)
	if err != nil {
		return nil, err
	}
	out, err := plan(response, 0)
	if err != nil {
		return nil, err
	}
	if f := out.first(enum); f != nil {
		return nil, fmt.Errorf("transcode: %s: enums in answers are not known", f.name)
	}
	return &Codec{in, out, rows}, nil
}

const (
	// deepest is how deep messages may nest: those that hold themselves do not end.
	deepest = 8
	// maxNumber is the highest field number whose tag is one byte.
	maxNumber = 15
)

func plan(d protoreflect.MessageDescriptor, depth int) (*message, error) {
	fields := d.Fields()
	if depth == deepest {
		return nil, fmt.Errorf("transcode: %s nests too deep", d.FullName())
	}
	m := &message{fields: make([]field, fields.Len())}
	last := protowire.Number(0)
	for i := range m.fields {
		from, f := fields.Get(i), &m.fields[i]
		*f = field{name: string(from.Name()), jsonName: from.JSONName(), list: from.IsList(), empty: `""`}
		f.key = `"` + f.name + `":`
		wire := protowire.VarintType
		known := last < from.Number() && from.Number() <= maxNumber && !from.HasOptionalKeyword() && from.ContainingOneof() == nil && !from.IsMap()
		last = from.Number()
		switch from.Kind() {
		case protoreflect.StringKind:
			wire = protowire.BytesType
		case protoreflect.Int32Kind:
			f.kind, f.empty = int32s, "0"
		case protoreflect.Int64Kind:
			f.kind, f.empty = int64s, `"0"`
		case protoreflect.EnumKind:
			f.kind, f.values = enum, make(map[string]int32)
			for v := range from.Enum().Values().Len() {
				value := from.Enum().Values().Get(v)
				f.values[string(value.Name())] = int32(value.Number())
			}
		case protoreflect.MessageKind:
			f.kind, f.empty, wire = nested, "null", protowire.BytesType
			var err error
			if f.message, err = plan(from.Message(), depth+1); err != nil {
				return nil, err
			}
		default:
			known = false
		}
		if f.list {
			known, f.empty = known && f.kind == nested, "[]"
		}
		if !known {
			return nil, fmt.Errorf("transcode: %s: fields like this are not known", from.FullName())
		}
		f.tag = byte(protowire.EncodeTag(from.Number(), wire))
	}
	return m, nil
}

// first returns a field of a kind, at any depth, nil if there is none.
func (m *message) first(k kind) *field {
	for i := range m.fields {
		f := &m.fields[i]
		if f.kind == k {
			return f
		}
		if f.message != nil {
			if in := f.message.first(k); in != nil {
				return in
			}
		}
	}
	return nil
}

// find returns the index of a field by either of its names, -1 if there is
// none. Most senders keep the order of the contract: next is looked at first.
func (m *message) find(name []byte, next int) int {
	if next < len(m.fields) && m.fields[next].name == string(name) {
		return next
	}
	for i := range m.fields {
		if f := &m.fields[i]; f.name == string(name) || f.jsonName == string(name) {
			return i
		}
	}
	return -1
}
