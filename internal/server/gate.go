package server

import (
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twitchtv/twirp"
)

// gate bounds how many requests are worked on, and how long one may wait for
// its turn. What is too much is refused before anything was done for it but
// reading it, so that a server that gets more than it can do goes on doing what
// it can.
//
// A request mostly computes, and Go lets it run to its end; those behind it
// wait as goroutines that nobody counts. So a request that finds all processors
// taken steps back once and lets the others come as far as the gate: then the
// count is that of all who wait.
type gate struct {
	limit, processors int64
	wait              time.Duration
	inside            atomic.Int64
	refusal           []byte
	size              [1]string // of the refusal, in digits
}

func newGate(cfg *Config) *gate {
	g := &gate{limit: int64(cfg.MaxInFlight), processors: int64(runtime.GOMAXPROCS(0)), wait: cfg.MaxWait}
	g.refusal = errorJSON(twirp.NewError(twirp.ResourceExhausted, "too many requests at a time; try again in a second"))
	g.size[0] = strconv.Itoa(len(g.refusal))
	return g
}

// enter lets a request in, or does not. One that is in must leave.
func (g *gate) enter() bool {
	n := g.inside.Add(1)
	if n > g.limit {
		g.leave()
		return false
	}
	if n <= g.processors {
		return true
	}
	begin := time.Now()
	runtime.Gosched()
	if time.Since(begin) <= g.wait || g.inside.Load() <= g.limit/2 {
		return true // or something else than requests keeps the processors
	}
	g.leave()
	return false
}

func (g *gate) leave() { g.inside.Add(-1) }

// retryAfter is what clients are asked to wait, in seconds: HTTP has no less.
func retryAfter() []string { return []string{"1"} }

// refuse answers a request that was not let in.
func (g *gate) refuse(x *exchange) {
	x.code, x.shed = twirp.ResourceExhausted, true
	h := x.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = g.size[:]
	h["Retry-After"] = retryAfter()
	x.WriteHeader(http.StatusTooManyRequests)
	x.Write(g.refusal) //nolint:errcheck // the client is gone; nobody is left to tell
}
