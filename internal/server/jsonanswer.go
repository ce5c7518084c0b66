package server

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/twitchtv/twirp"

	"readnext/internal/server/transcode"
)

// transcode puts a JSON body that the route's codec takes into protobuf, behind
// it in its buffer, and reports whether it did. The handler then answers
// protobuf, which goes out as JSON.
func (b *bodies) transcode(x *exchange, r *http.Request, buf *bytes.Buffer) bool {
	codec := x.route.codec
	if codec == nil {
		return false
	}
	if buf.Len() <= maxPooled {
		buf.Grow(buf.Len()) // a message is hardly ever longer in protobuf
	}
	wire, ok := codec.Request(buf.AvailableBuffer(), buf.Bytes())
	if !ok {
		return false
	}
	x.body, x.kind = wire, kindProtobuf
	x.json = jsonAnswer{x: x, codec: codec, bodies: b, kind: [1]string{"application/protobuf"}}
	r.Header["Content-Type"] = x.json.kind[:]
	return true
}

// jsonAnswer is what a handler writes a protobuf answer into, in one piece as
// Twirp does, and the client reads JSON of. Errors are JSON already and pass.
type jsonAnswer struct {
	x      *exchange
	codec  *transcode.Codec // nil if answers are written as they are
	bodies *bodies
	kind   [1]string
}

// Header implements http.ResponseWriter.
func (a *jsonAnswer) Header() http.Header { return a.x.Header() }

// WriteHeader implements http.ResponseWriter. The header of an answer waits for
// its body, whose length it has.
func (a *jsonAnswer) WriteHeader(status int) {
	if status != http.StatusOK {
		a.x.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *jsonAnswer) Write(wire []byte) (int, error) {
	if a.x.status != 0 {
		return a.x.Write(wire)
	}
	buf := a.bodies.get()
	defer a.bodies.put(buf)
	const names = 512 // bytes for those of a small answer
	buf.Grow(len(wire)*3/2 + names)
	body, err := a.codec.Response(buf.AvailableBuffer(), wire)
	if err != nil {
		a.x.cause = err
		refuse(a.x, twirp.NewError(twirp.Internal, internalMsg))
		return len(wire), nil
	}
	h := a.x.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if _, err := a.x.Write(body); err != nil {
		return 0, err
	}
	return len(wire), nil
}

// Unwrap serves http.ResponseController.
func (a *jsonAnswer) Unwrap() http.ResponseWriter { return a.x }
