package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"

	"readnext/rpc/reco/v1"
)

// named matches the name of a field at the start of a line, and the brace of a
// message. prototext varies the blanks between them on purpose, puts a colon
// before messages too, and writes an empty message on one line.
var named = regexp.MustCompile(`(?m)^( *)(\w+):? +(\{\}|\{)?`)

// printText writes what Python's print('ret={}'.format(ret)) writes: each field
// ends its line, and print adds one more line end.
func printText(w io.Writer, a *recov1.ArticleResponse) error {
	text, err := prototext.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(a)
	if err != nil {
		return err
	}
	text = named.ReplaceAllFunc(text, func(b []byte) []byte {
		m := named.FindSubmatch(b)
		switch indent, name := m[1], m[2]; string(m[3]) {
		case "{":
			return fmt.Appendf(nil, "%s%s {", indent, name)
		case "{}":
			return fmt.Appendf(nil, "%s%s {\n%s}", indent, name, indent)
		default:
			return fmt.Appendf(nil, "%s%s: ", indent, name)
		}
	})
	_, err = fmt.Fprintf(w, "ret=%s\n", text)
	return err
}

// printJSON writes the answer by protobuf's JSON mapping, with the contract's
// names and indented by two.
func printJSON(w io.Writer, a *recov1.ArticleResponse) error {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(a)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}
