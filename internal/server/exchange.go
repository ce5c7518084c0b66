package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/twitchtv/twirp"
)

// exchange is one request and its answer as the edge follows them: the
// response writer that counts, and the request's context, which carries chi's
// routing state too, so that both cost one allocation.
type exchange struct {
	context.Context
	w  http.ResponseWriter
	id string

	guest   *guest // whose request it is, nil if it came in by no door
	route   *route
	kind    bodyKind
	body    []byte // what was read of the request; valid while it is handled
	status  int    // 0 until the header is written
	written int64
	code    twirp.ErrorCode // "" when all is well
	shed    bool            // refused by the gate
	cause   error           // what the log says of a failure and the answer does not

	replacement []byte // written instead of a body that says too little
	replaced    bool

	routing  chi.Context
	patterns [2]string
	idHeader [1]string
	reader   bodyReader
	json     jsonAnswer
	page     *pageAnswer // to be given back once it is written
}

type exchangeKey struct{}

// Value implements context.Context.
func (x *exchange) Value(key any) any {
	switch key {
	case exchangeKey{}:
		return x
	case chi.RouteCtxKey:
		return &x.routing
	}
	return x.Context.Value(key)
}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	x.status = status
	if x.replacement != nil {
		x.Header().Set("Content-Length", strconv.Itoa(len(x.replacement)))
	}
	x.w.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	if x.replacement == nil {
		n, err := x.w.Write(b)
		x.written += int64(n)
		return n, err
	}
	if !x.replaced {
		x.replaced = true
		n, err := x.w.Write(x.replacement)
		x.written += int64(n)
		if err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.w }

// failed is Twirp's error hook: it notes the code for metrics and log, and puts
// a better text in place of one that says too little or too much.
func failed(ctx context.Context, e twirp.Error) context.Context {
	x := exchangeOf(ctx)
	if x == nil {
		return ctx
	}
	x.code = e.Code()
	if u, ok := e.(interface{ Unwrap() error }); ok {
		x.cause = u.Unwrap()
	}
	switch {
	case e.Code() == twirp.Malformed:
		x.replacement = errorJSON(twirp.NewError(twirp.Malformed, x.malformed(x.cause)))
	case e.Code() == twirp.Internal && e.Msg() != internalMsg:
		// Twirp's own: a panic, or an answer that cannot be encoded.
		if x.cause == nil {
			x.cause = e
		}
		x.replacement = errorJSON(twirp.NewError(twirp.Internal, internalMsg))
	}
	return ctx
}

// errorJSON is Twirp's JSON error.
func errorJSON(e twirp.Error) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	msg := struct {
		Code string            `json:"code"`
		Msg  string            `json:"msg"`
		Meta map[string]string `json:"meta,omitempty"`
	}{string(e.Code()), e.Msg(), e.MetaMap()}
	if err := enc.Encode(msg); err != nil { // strings only: it does not fail
		return []byte(`{"code":"internal","msg":"` + internalMsg + `"}`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
