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
// wait as goroutines that nobody counts. So when requests wait long, each steps
// back once and lets the others come as far as the gate: then the count is that
// of all who wait. One in sixteen always does, to find out how long that is.
type gate struct {
	limit   int64
	wait    time.Duration
	inside  atomic.Int64
	count   atomic.Uint64 // of requests that came, for who looks
	long    atomic.Bool   // the last that stepped back waited long
	refusal []byte
	size    [1]string // of the refusal, in digits
}

func newGate(cfg *Config) *gate {
	g := &gate{limit: int64(cfg.MaxInFlight), wait: cfg.MaxWait}
	g.refusal = errorJSON(twirp.NewError(twirp.ResourceExhausted, "too many requests at a time; try again in a second"))
	g.size[0] = strconv.Itoa(len(g.refusal))
	return g
}

const (
	// lookEvery request steps back although none waited long.
	lookEvery = 16
	// longShare of the longest wait is long: the others step back too.
	longShare = 10
)

// enter lets a request in, or does not. One that is in must leave.
func (g *gate) enter() bool {
	n := g.inside.Add(1)
	if n > g.limit {
		g.leave()
		return false
	}
	long := g.long.Load()
	if !long && g.count.Add(1)%lookEvery != 0 {
		return true
	}
	begin := time.Now()
	runtime.Gosched()
	waited := time.Since(begin)
	if now := waited > g.wait/longShare; now != long {
		g.long.Store(now)
	}
	if waited <= g.wait || g.inside.Load() <= g.limit/2 {
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
