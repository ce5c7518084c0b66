package server

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// rowsField is the list of messages that a request consists of, nil if it is
// no batch of messages.
func rowsField(request proto.Message) protoreflect.FieldDescriptor {
	f := request.ProtoReflect().Descriptor().Fields().ByNumber(1)
	if f == nil || !f.IsList() || f.Kind() != protoreflect.MessageKind {
		return nil
	}
	return f
}

// checkBody counts the rows of a batch before they are decoded: an empty one
// takes 2 bytes of a body and fifty times as many once it is a message, and
// Report asks nobody for a key.
func (x *exchange) checkBody(rows protoreflect.FieldDescriptor) error {
	if rows == nil || len(x.body) <= 2*MaxRows {
		return nil
	}
	n := 0
	if x.kind == kindProtobuf {
		n = countFields(x.body, rows.Number())
	} else {
		n = countObjects(x.body)
	}
	return checkRows(string(rows.Name()), n, MaxRows)
}

// countFields counts a field in a protobuf message, up to where it is malformed.
func countFields(b []byte, field protowire.Number) (n int) {
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return n
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(num, typ, b); size < 0 {
			return n
		}
		b = b[size:]
		if num == field {
			n++
		}
	}
	return n
}

// countObjects counts the objects in lists of the outermost object of valid
// JSON.
func countObjects(b []byte) (n int) {
	const inList = 2
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if b[i] == '{' && depth == inList {
				n++
			}
			depth++
		case '}', ']':
			depth--
		}
	}
	return n
}
