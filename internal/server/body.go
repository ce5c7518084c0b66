package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/twitchtv/twirp"
)

// bodyReader is a request's body once it is read.
type bodyReader struct{ bytes.Reader }

func (*bodyReader) Close() error { return nil }

// maxPooled is the largest buffer that is kept for the next request.
const maxPooled = 64 << 10

// bodies reads requests' bodies whole before anything is decoded, so that a
// body that is too large, cut off or slow is told apart from one that is wrong.
type bodies struct {
	limit   int64
	buffers sync.Pool // of *bytes.Buffer
}

func newBodies(limit int64) *bodies {
	return &bodies{limit: limit, buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// get gives an empty buffer.
func (b *bodies) get() *bytes.Buffer { return b.buffers.Get().(*bytes.Buffer) }

// put takes a buffer back; its bytes may not be used any more.
func (b *bodies) put(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		buf.Reset()
		b.buffers.Put(buf)
	}
}

// read reads the body into the exchange, in protobuf if it is JSON that the
// route's codec takes, and returns its buffer, which the caller puts back, or
// answers with an error and returns nil.
func (b *bodies) read(x *exchange, r *http.Request) *bytes.Buffer {
	var ok bool
	if x.kind, ok = contentKind(r.Header.Get("Content-Type")); !ok {
		refuse(x, twirp.NewErrorf(twirp.BadRoute,
			"Content-Type is %.100q; it is application/json or application/protobuf", r.Header.Get("Content-Type")))
		return nil
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		b.reject(x, http.StatusUnsupportedMediaType, fmt.Sprintf("Content-Encoding is %.100q; bodies are not encoded", enc))
		return nil
	}
	if r.ContentLength > b.limit {
		b.reject(x, http.StatusRequestEntityTooLarge, tooLarge(r.ContentLength, b.limit))
		return nil
	}
	buf := b.get()
	var from io.Reader = r.Body
	if r.ContentLength < 0 {
		from = http.MaxBytesReader(x.w, r.Body, b.limit)
	}
	if _, err := buf.ReadFrom(from); err != nil {
		b.put(buf)
		b.unread(x, err)
		return nil
	}
	x.body = buf.Bytes()
	if x.kind == kindJSON && !b.transcode(x, r, buf) && !json.Valid(x.body) { // Twirp takes garbage after the message
		refuse(x, twirp.NewError(twirp.Malformed, x.malformed(nil)))
		x.body = nil
		b.put(buf)
		return nil
	}
	return buf
}

// unread answers for a body that could not be read to its end.
func (b *bodies) unread(x *exchange, err error) {
	x.cause = err
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		b.reject(x, http.StatusRequestEntityTooLarge, tooLarge(-1, b.limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.reject(x, http.StatusRequestTimeout, "the body did not arrive in time")
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.reject(x, http.StatusBadRequest, "the body ends before its declared length")
	default:
		b.reject(x, http.StatusBadRequest, "the body could not be read")
	}
}

// reject answers malformed with a status of its own and closes the connection,
// on which a part of the body may still be under way.
func (b *bodies) reject(x *exchange, status int, msg string) {
	x.code = twirp.Malformed
	x.Header().Set("Connection", "close")
	writeError(x, status, twirp.NewError(twirp.Malformed, msg))
}

func tooLarge(declared, limit int64) string {
	if declared < 0 {
		return fmt.Sprintf("the body is larger than %d bytes; send smaller batches", limit)
	}
	return fmt.Sprintf("the body is %d bytes long; at most %d are allowed; send smaller batches", declared, limit)
}

type bodyKind int

const (
	kindProtobuf bodyKind = iota
	kindJSON
)

// contentKind understands what Twirp does: a media type of any case, with
// parameters.
func contentKind(header string) (bodyKind, bool) {
	if i := strings.IndexByte(header, ';'); i >= 0 {
		header = header[:i]
	}
	header = strings.TrimSpace(header)
	switch {
	case header == "application/protobuf" || strings.EqualFold(header, "application/protobuf"):
		return kindProtobuf, true
	case header == "application/json" || strings.EqualFold(header, "application/json"):
		return kindJSON, true
	}
	return 0, false
}
