package server

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// visit is a plain request that came in by the door, and its answer, which is
// kept until it is whole. A connection has one, which each of its requests uses
// again; it is the request's http.ResponseWriter. It knows no trailers, no
// informational answers and no hijacking: nothing of ours has these.
//
// The request is the one that net/http makes of the same bytes, but that its
// context ends not when the client leaves but after as long as an answer may take. Clients send nearly the same head
// each time: what was read of one serves those that differ in nothing but the
// values of Content-Length and X-Request-Id.
type visit struct {
	ctx context.Context // ends after as long as an answer may take

	known   []byte        // the head that was read; "" if there is none
	next    []byte        // one that is compared with it
	model   *http.Request // what was read of it
	fields  []field       // its header's
	request http.Request
	body    bodyReader
	id      [1]string
	size    [1]string

	header http.Header
	status int           // 0 until it is known
	answer *bytes.Buffer // nil between requests
}

type field struct {
	name   string
	values []string
}

// read makes a request of what came, or returns false: net/http makes one then,
// or says what is wrong.
func (v *visit) read(g *guest, h *head, whole []byte) bool {
	v.next = appendHead(v.next[:0], h, whole)
	if !bytes.Equal(v.known, v.next) {
		v.known = v.known[:0]
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(whole)))
		if err != nil {
			return false
		}
		r.RemoteAddr = g.RemoteAddr().String()
		v.model, v.fields = r, v.fields[:0]
		for name, values := range r.Header {
			v.fields = append(v.fields, field{name, values})
		}
		v.known, v.next = v.next, v.known
	}
	if v.model.Context() != v.ctx {
		v.model = v.model.WithContext(v.ctx)
	}
	v.request = *v.model
	clear(v.request.Header) // a handler may have written there
	for i := range v.fields {
		f := &v.fields[i]
		v.request.Header[f.name] = f.values
	}
	if h.size != (part{}) {
		v.size[0] = string(h.size.of(whole))
		v.request.Header["Content-Length"] = v.size[:]
	}
	if h.id != (part{}) {
		v.id[0] = string(h.id.of(whole))
		more := v.request.Header[requestIDHeader][1:]
		v.request.Header[requestIDHeader] = append(v.id[:], more...)
	}
	v.body.Reset(whole[h.end:])
	v.request.Body = &v.body
	v.request.ContentLength = h.length - int64(h.end)
	return true
}

// appendHead appends a request's head without the two values.
func appendHead(dst []byte, h *head, whole []byte) []byte {
	one, other := h.id, h.size
	if one.from > other.from {
		one, other = other, one
	}
	dst = append(dst, whole[:one.from]...)
	dst = append(dst, whole[one.to:other.from]...)
	return append(dst, whole[other.to:h.end]...)
}

// Header implements http.ResponseWriter.
func (v *visit) Header() http.Header {
	if v.header == nil {
		v.header = make(http.Header)
	}
	return v.header
}

// WriteHeader implements http.ResponseWriter.
func (v *visit) WriteHeader(status int) {
	if v.status == 0 && status >= http.StatusOK {
		v.status = status
	}
}

// Write implements http.ResponseWriter.
func (v *visit) Write(b []byte) (int, error) {
	if v.answer == nil { // the handler has returned
		return 0, http.ErrBodyNotAllowed
	}
	v.WriteHeader(http.StatusOK)
	return v.answer.Write(b)
}

// last reports whether the connection ends with this answer: the handler says
// so, or it wrote less or more than it announced.
func (v *visit) last() bool {
	if announced := v.header.Get("Content-Length"); announced != "" && announced != strconv.Itoa(v.answer.Len()) {
		return true
	}
	return strings.EqualFold(v.header.Get("Connection"), "close")
}

// appendTo appends the answer as it goes over the wire.
func (v *visit) appendTo(b []byte, now time.Time) []byte {
	v.WriteHeader(http.StatusOK)
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(v.status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(v.status)...)
	b = append(b, "\r\nDate: "...)
	b = now.UTC().AppendFormat(b, http.TimeFormat)
	b = append(b, "\r\n"...)
	if _, ok := v.header["Content-Length"]; !ok {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(v.answer.Len()), 10)
		b = append(b, "\r\n"...)
	}
	for name, values := range v.header {
		for _, value := range values {
			b = append(b, name...)
			b = append(b, ": "...)
			from := len(b)
			b = append(b, value...)
			for i := from; i < len(b); i++ {
				if b[i] == '\r' || b[i] == '\n' { // as net/http does
					b[i] = ' '
				}
			}
			b = append(b, "\r\n"...)
		}
	}
	b = append(b, "\r\n"...)
	return append(b, v.answer.Bytes()...)
}

// rest ends a request.
func (v *visit) rest() {
	clear(v.header)
	v.status, v.answer = 0, nil
	v.body.Reset(nil)
}
