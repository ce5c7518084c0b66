package server

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twitchtv/twirp"
)

// gate refuses what is too much, so that a server that gets more than it can do
// goes on doing what it can. It bounds how many requests are worked on, and how
// long one may have waited, by the kernel's count, before it is looked at.
//
// A request mostly computes, and Go lets it run to its end; those behind it wait
// in the kernel, where nobody here counts them. So what tells of too much is how
// long they lay there. One in sixteen is asked. Once late ones have come for a
// while, and so many wait that it is not just somebody else who keeps the
// processors, each is asked and most of what is late is refused, until few wait:
// time goes to requests that can still be answered soon. docs/decisions/0044 has
// why.
type gate struct {
	limit   int64
	wait    time.Duration
	queue   float64 // this many wait at least where there is too much
	inside  atomic.Int64
	count   atomic.Uint64 // of requests that came
	strict  atomic.Bool   // everything late is refused
	refusal []byte
	size    [1]string // of the refusal, in digits

	mu    sync.Mutex    // guards the following
	since time.Time     // late ones have come, without a long break, or strict was begun or looked at anew
	last  time.Time     // the last of them came
	waits time.Duration // of those that were asked since
	old   time.Time     // one that was very late came
	over  int           // how many were to be refused
}

func newGate(cfg *Config) *gate {
	g := &gate{limit: int64(cfg.MaxInFlight), wait: cfg.MaxWait}
	g.queue = float64(queueShare * runtime.GOMAXPROCS(0))
	g.refusal = errorJSON(twirp.NewError(twirp.ResourceExhausted, "too many requests at a time; try again in a second"))
	g.size[0] = strconv.Itoa(len(g.refusal))
	return g
}

const (
	// lookEvery request is asked how long it waited while there is not too much.
	lookEvery = 16
	// queueShare requests a processor may wait, however long.
	queueShare = 48
	// letEvery request that would be refused for being late is let in.
	letEvery = 16
	// lateWaits is for how many of the longest waits some have to be late before
	// anything is refused for it, and for as long as one of them waited: in less, a
	// moment without a processor would look like a queue.
	lateWaits = 2
	// oldWaits is how many of them make a request so late that all others are
	// refused until half a wait after the last such one: what waits has to be
	// cleared away first.
	oldWaits = 5
	// calmWaits is after how many of them it is looked at anew whether so many
	// wait that what is late is refused.
	calmWaits = 10
	// calmShare of what may wait is too much still where there was too much: at a
	// limit that is the same both ways, it would be one and the other in turns.
	calmShare = 1. / 4
)

// late reports whether a request that is read now is to be refused since it
// waited too long for that.
func (g *gate) late(of *guest, now time.Time) bool {
	if g.count.Add(1)%lookEvery != 0 && !g.strict.Load() {
		return false
	}
	took := of.waited(now)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.judgeLocked(took, now) {
		return false
	}
	// Something else than requests may keep the processors: some are let in always.
	g.over++
	return g.over%letEvery != 0
}

// judgeLocked reports whether a request that waited so long is one too many. As
// many wait, in the mean, as their waits add up to in so much time.
func (g *gate) judgeLocked(took time.Duration, now time.Time) bool {
	if took > oldWaits*g.wait {
		g.old = now
	}
	if g.strict.Load() {
		during := now.Sub(g.since)
		if during <= calmWaits*g.wait {
			return g.strictLocked(took, now)
		}
		// Each was asked meanwhile.
		much := g.waits.Seconds() >= calmShare*g.queue*during.Seconds()
		g.since, g.waits = now, 0
		if much {
			return g.strictLocked(took, now)
		}
		g.strict.Store(false)
	}
	if took <= g.wait {
		return false
	}
	span := min(max(lateWaits*g.wait, took), calmWaits*g.wait)
	if g.waits += took; now.Sub(g.last) > span {
		g.since, g.waits = now, 0
	}
	g.last = now
	during := now.Sub(g.since)
	if during < span {
		return false
	}
	if lookEvery*g.waits.Seconds() < g.queue*during.Seconds() {
		if during > calmWaits*g.wait { // a queue to come is not told from what was long before
			g.since, g.waits = now, 0
		}
		return false
	}
	g.strict.Store(true)
	g.since, g.waits = now, 0
	return g.strictLocked(took, now)
}

// strictLocked reports whether a request is refused while what is late is.
func (g *gate) strictLocked(took time.Duration, now time.Time) bool {
	if took <= g.wait {
		return now.Sub(g.old) < g.wait/2
	}
	g.waits += took
	g.last = now
	return true
}

// full reports whether a request that came now would not be let in.
func (g *gate) full() bool { return g.inside.Load() >= g.limit }

// enter lets a request in, or does not. One that is in must leave.
func (g *gate) enter() bool {
	if g.inside.Add(1) > g.limit {
		g.leave()
		return false
	}
	return true
}

func (g *gate) leave() { g.inside.Add(-1) }

// retryAfter is what clients are asked to wait, in seconds: HTTP has no less.
const retryAfter = "1"

// refuse answers a request that was not let in.
func (g *gate) refuse(x *exchange) {
	x.code, x.shed = twirp.ResourceExhausted, true
	h := x.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = g.size[:]
	h["Retry-After"] = []string{retryAfter}
	x.WriteHeader(http.StatusTooManyRequests)
	x.Write(g.refusal) //nolint:errcheck // the client is gone; nobody is left to tell
}

// appendRefusal appends the same answer as it goes over the wire.
func (g *gate) appendRefusal(b []byte, id string, now time.Time) []byte {
	b = append(b, "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: "+retryAfter+"\r\n"+requestIDHeader+": "...)
	b = append(b, id...)
	b = append(b, "\r\nDate: "...)
	b = now.UTC().AppendFormat(b, http.TimeFormat)
	b = append(b, "\r\nContent-Length: "...)
	b = append(b, g.size[0]...)
	b = append(b, "\r\n\r\n"...)
	return append(b, g.refusal...)
}
