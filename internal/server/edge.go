package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/twitchtv/twirp"
)

// Edge is the public handler, made by [New]: what every request passes. It gives
// it an id, counts it, times it, logs it, and catches panics.
type Edge struct {
	mux     *chi.Mux
	log     *slog.Logger
	access  AccessLog
	metrics *Metrics
	bodies  *bodies
	keys    *APIKeys
	gate    *gate
	ready   func() bool
	routes  map[string]*route
	other   *route // unknown paths, so that metrics stay bounded

	answering atomic.Int64 // at the door
	leaving   sync.Map     // of *guest: connections that end once that is done
}

// ServeHTTP implements http.Handler.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &exchange{Context: r.Context(), w: w, id: requestID(r.Header.Get(requestIDHeader)), guest: guestOf(r.Context())}
	x.idHeader[0] = x.id
	w.Header()[requestIDHeader] = x.idHeader[:]
	x.routing.Routes = e.mux
	x.routing.RoutePatterns = x.patterns[:0]
	if x.route = e.routes[r.URL.Path]; x.route == nil {
		x.route = e.other
	}
	e.metrics.inFlight.Inc()
	defer e.done(x, r, start)
	e.mux.ServeHTTP(x, r.WithContext(x))
}

// done ends an exchange, whether it returned or panicked.
func (e *Edge) done(x *exchange, r *http.Request, start time.Time) {
	took := time.Since(start)
	if g := x.guest; g != nil {
		g.idle = start.Add(took)
	}
	e.metrics.inFlight.Dec()
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			panic(p)
		}
		e.caught(x, p)
	}
	if x.status == 0 { // nothing was written: net/http answers 200
		x.status = http.StatusOK
	}
	e.metrics.request(x.route, x.code, took)
	if x.code == twirp.Internal && x.cause != nil {
		e.log.LogAttrs(x, slog.LevelError, "internal error", slog.String("route", x.route.name),
			slog.String("err", x.cause.Error()), slog.String("request_id", x.id))
	}
	// A line for each refused request would be work where there is too much.
	if e.access == LogAll || e.access == LogErrors && x.status >= 400 && !x.shed {
		e.logAccess(x, r, took)
	}
}

func (e *Edge) caught(x *exchange, p any) {
	e.metrics.panics.Inc()
	e.log.LogAttrs(x, slog.LevelError, "panic", slog.String("route", x.route.name), slog.String("panic", fmt.Sprint(p)),
		slog.String("stack", string(debug.Stack())), slog.String("request_id", x.id))
	x.cause = nil // logged
	x.code = twirp.Internal
	if x.status == 0 {
		x.replacement = nil
		refuse(x, twirp.NewError(twirp.Internal, internalMsg))
	}
}

func (e *Edge) logAccess(x *exchange, r *http.Request, took time.Duration) {
	attrs := [...]slog.Attr{
		slog.String("method", short(r.Method)),
		slog.String("route", x.route.name),
		slog.Int("status", x.status),
		slog.Int64("bytes", x.written),
		slog.Duration("took", took),
		slog.String("request_id", x.id),
		{}, {},
	}
	n := 6
	if x.code != "" {
		attrs[n] = slog.String("code", string(x.code))
		n++
	}
	if x.route == e.other {
		attrs[n] = slog.String("path", short(r.URL.Path))
		n++
	}
	e.log.LogAttrs(x, slog.LevelInfo, "request", attrs[:n]...)
}

// short bounds what a caller can make us log.
func short(s string) string {
	const limit = 128
	if len(s) > limit {
		return s[:limit]
	}
	return s
}

// twirp guards a method of the contract: key, body, gate, then Twirp. The body
// comes before the gate, so that slow senders keep nobody out.
func (e *Edge) twirp(rt *route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		if e.keys != nil && !rt.open {
			if problem := e.keys.check(r.Header.Get("Authorization")); problem != "" {
				x.Header().Set("WWW-Authenticate", `Bearer realm="readnext"`)
				refuse(x, twirp.NewError(twirp.Unauthenticated, problem))
				return
			}
		}
		buf := e.bodies.read(x, r)
		if buf == nil {
			return
		}
		if err := x.checkBody(rt.rows); err != nil {
			refuse(x, twirpError(err))
		} else if e.letIn(x) {
			x.reader.Reset(x.body)
			r.Body = &x.reader
			e.serve(rt, x, r)
			x.page.release()
		} else {
			e.gate.refuse(x)
		}
		x.body = nil
		e.bodies.put(buf)
	}
}

// letIn lets a request in at the gate; one that the door did not look at may
// have come too late.
func (e *Edge) letIn(x *exchange) bool {
	if g := x.guest; g != nil && !g.asked && e.gate.late(g, time.Now()) {
		return false
	}
	return e.gate.enter()
}

// serve leaves the gate also when the handler panics.
func (e *Edge) serve(rt *route, x *exchange, r *http.Request) {
	defer e.gate.leave()
	if x.json.codec != nil {
		rt.handler.ServeHTTP(&x.json, r)
		return
	}
	rt.handler.ServeHTTP(x, r)
}
