package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
)

// codes is the one table of what a caller is told about a kind of error.
var codes = [...]twirp.ErrorCode{
	feed.Internal:    twirp.Internal,
	feed.Invalid:     twirp.InvalidArgument,
	feed.NotFound:    twirp.NotFound,
	feed.Conflict:    twirp.Aborted,
	feed.Unavailable: twirp.Unavailable,
	feed.Exhausted:   twirp.ResourceExhausted,
}

// What is said instead of an error's own text, which may tell of our insides.
const (
	internalMsg    = "internal error"
	unavailableMsg = "unavailable for now; try again"
)

// twirpError makes any error one of Twirp's. Faults of ours are told without
// details; the error stays wrapped, for the log.
func twirpError(err error) twirp.Error {
	var already twirp.Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(err, context.Canceled):
		return twirp.WrapError(twirp.NewError(twirp.Canceled, "the request was canceled"), err)
	case errors.Is(err, context.DeadlineExceeded):
		return twirp.WrapError(twirp.NewError(twirp.DeadlineExceeded, "the request's time was up"), err)
	}
	kind := feed.KindOf(err)
	switch kind {
	case feed.Internal:
		return twirp.WrapError(twirp.NewError(codes[kind], internalMsg), err)
	case feed.Unavailable:
		return twirp.WrapError(twirp.NewError(codes[kind], unavailableMsg), err)
	}
	e := twirp.NewError(codes[kind], err.Error())
	if f := fieldOf(err); f != "" {
		e = e.WithMeta("argument", f)
	}
	return twirp.WrapError(e, err)
}

func fieldOf(err error) string {
	var e *feed.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

// writeError answers with Twirp's JSON error and a status of its own, where the
// code's usual one says too little (413, 415).
func writeError(w http.ResponseWriter, status int, e twirp.Error) {
	body := errorJSON(e)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the client is gone; nobody is left to tell
}

// refuse answers with a Twirp error outside of a Twirp handler.
func refuse(w http.ResponseWriter, e twirp.Error) {
	if x, ok := w.(*exchange); ok {
		x.code = e.Code()
	}
	writeError(w, twirp.ServerHTTPStatusFromErrorCode(e.Code()), e)
}
