package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Door has srv, whose handler leads to this one, listen at the listener that it
// returns, which takes connections from l. There, a plain POST of the contract
// that came whole and alone, in the 4 KiB that net/http reads at once, is
// answered as soon as it is read, by srv's handler, or refused if it is too much:
// net/http does not hear of it, and its part is a tenth of what a page costs and
// two thirds of a refusal.
//
// A connection's first request passes on to net/http, and so do all others.
// srv's hooks for connections are taken. net/http takes a connection whose
// request is answered here for idle: who shuts srv down waits with [Edge.Rest],
// too.
func (e *Edge) Door(srv *http.Server, l net.Listener) net.Listener {
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		ctx = context.WithValue(ctx, guestKey{}, c)
		if g, ok := c.(*guest); ok { // net/http has the address later
			g.base = context.WithValue(ctx, http.LocalAddrContextKey, c.LocalAddr())
		}
		return ctx
	}
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		if g, ok := c.(*guest); ok && state == http.StateIdle {
			g.answered()
		}
	}
	d := &door{Listener: l, edge: e, handler: srv.Handler, write: srv.WriteTimeout, idle: srv.IdleTimeout}
	if d.idle == 0 {
		d.idle = srv.ReadTimeout // as net/http has it
	}
	for _, t := range []time.Duration{d.write, d.idle} {
		if t > 0 && (d.renew == 0 || t/8 < d.renew) {
			d.renew = t / 8
		}
	}
	return d
}

type door struct {
	net.Listener
	edge        *Edge
	handler     http.Handler
	write, idle time.Duration // how long a connection may take for either, 0 for any time
	renew       time.Duration // after so long, its deadlines are set anew
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: c, door: d}
	if s, ok := c.(syscall.Conn); ok {
		g.raw, _ = s.SyscallConn() //nolint:errcheck // it is nil then
	}
	g.ask = g.askKernel
	return g, nil
}

// guest is a connection that came in by the door. It follows where requests
// begin and end; once that is in doubt, it only passes on. Its fields are of
// net/http's goroutine of the connection. While that answers a request, another
// one waits for more on its behalf: it looks at lost and begun, which stay as they
// are meanwhile, and counts in given and first, which nobody else looks at then.
type guest struct {
	net.Conn
	door  *door
	known bool  // a request was answered before
	lost  bool  // it is not known where requests begin
	begun bool  // the request that is being read has begun
	due   int64 // bytes of it, with its body
	given int64 // bytes of it that were passed on
	early bool  // its first byte was read while the one before was answered
	first byte  // that one: the last that was read
	asked bool  // how long it waited was looked at

	idle time.Time // the request before was handled then; zero before the first was

	raw  syscall.RawConn // nil if nobody knows how long its requests wait
	ask  func(fd uintptr)
	wait time.Duration
	out  []byte

	visit visit
	turn  atomic.Int32 // idle, answering, closed
	base  context.Context
	end   atomic.Pointer[context.CancelFunc] // of the context of requests at the door

	lasts time.Time // the door last set its deadlines then; zero if net/http did since
}

type guestKey struct{}

// guestOf is the connection of a request, nil if it came in by no door.
func guestOf(ctx context.Context) *guest {
	g, _ := ctx.Value(guestKey{}).(*guest)
	return g
}

// Read implements net.Conn.
func (g *guest) Read(p []byte) (int, error) {
	for {
		n, err := g.Conn.Read(p)
		if n == 0 || g.lost {
			return n, err
		}
		if g.begun {
			g.given, g.first = g.given+int64(n), p[n-1]
			return n, err
		}
		whole := p[:n]
		if g.early {
			g.out = append(append(g.out[:0], g.first), whole...)
			whole = g.out
		}
		h, ok := parseHead(whole)
		g.begun, g.lost, g.due, g.given, g.first = true, !ok, h.length, int64(len(whole)), p[n-1]
		if !ok || err != nil || g.early || !g.known || h.length != int64(n) {
			return n, err
		}
		e := g.door.edge
		rt := e.routes[string(h.path)]
		if rt == nil || rt.request == nil || !e.ready() {
			return n, err // the handler knows it, or lets the client leave
		}
		came := time.Now()
		if err := g.extend(came); err != nil {
			return 0, err
		}
		if g.tooMuch(came) {
			err = g.refuse(rt, string(h.id.of(whole)), came)
		} else if g.visit.read(g, &h, whole) {
			err = g.answer()
		} else {
			return n, err
		}
		if err == nil {
			err = g.extend(g.idle)
		}
		if err != nil {
			return 0, err
		}
		g.begun, g.asked = false, false
	}
}

// CloseWrite lets net/http say that it will write no more and wait a moment, so
// that a client that is still sending reads why.
func (g *guest) CloseWrite() error {
	if c, ok := g.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// answered ends a request that was passed on. The only bytes of another one
// that may have been read by then are the first that came, one of them.
func (g *guest) answered() {
	g.lost = g.lost || g.given < g.due || g.given > g.due+1
	g.known, g.begun, g.asked, g.early = true, false, false, g.given > g.due
	g.lasts = time.Time{} // net/http sets deadlines of its own
}

// tooMuch reports whether a request that came now is to be refused.
func (g *guest) tooMuch(now time.Time) bool {
	e := g.door.edge
	if e.access == LogAll {
		return false // the handler refuses it, and logs that
	}
	g.asked = true
	return e.gate.late(g, now) || e.gate.full()
}

// refuse answers a request that came then and is too much.
func (g *guest) refuse(rt *route, id string, came time.Time) error {
	e := g.door.edge
	g.out = e.gate.appendRefusal(g.out[:0], requestID(id), came)
	if _, err := g.Conn.Write(g.out); err != nil {
		return err
	}
	took := time.Since(came)
	e.metrics.refused(rt, took)
	g.idle = came.Add(took)
	return nil
}

// headRoom is about what the head of an answer takes, in bytes.
const headRoom = 512

// What a connection does, as far as who wants to close it has to know.
const (
	turnIdle int32 = iota // or net/http's
	turnAnswering
	turnClosed
)

// answer answers the plain request that was read.
func (g *guest) answer() error {
	answering := &g.door.edge.answering
	answering.Add(1) // first: whoever closes a connection that answers looks here next
	defer answering.Add(-1)
	if !g.turn.CompareAndSwap(turnIdle, turnAnswering) {
		return net.ErrClosed
	}
	whole := false
	defer func() {
		if !g.turn.CompareAndSwap(turnAnswering, turnIdle) || !whole {
			g.close() //nolint:errcheck // nobody is left to tell
		}
	}()
	pool := g.door.edge.bodies
	answer, wire := pool.get(), pool.get()
	g.visit.answer = answer
	g.door.handler.ServeHTTP(&g.visit, &g.visit.request)
	wire.Grow(answer.Len() + headRoom)
	wire.Write(g.visit.appendTo(wire.AvailableBuffer(), time.Now()))
	_, err := g.Conn.Write(wire.Bytes())
	whole = err == nil && !g.visit.last()
	g.visit.rest()
	pool.put(answer)
	pool.put(wire)
	if !whole && err == nil {
		return io.EOF // as if the client had left, which it is asked to
	}
	return err
}

// Close implements net.Conn. A request that is being answered is answered first:
// net/http takes its connection for idle.
func (g *guest) Close() error {
	if g.turn.Swap(turnClosed) == turnAnswering {
		g.door.edge.leaving.Store(g, nil)
		return nil
	}
	return g.close()
}

// close closes the connection, whatever it does, and ends its request's context.
func (g *guest) close() error {
	g.door.edge.leaving.Delete(g)
	if end := g.end.Load(); end != nil {
		(*end)()
	}
	return g.Conn.Close()
}

// Rest waits until nothing is being answered at the door, once the server behind
// it is shut down. If ctx ends before, it cuts off what is, and returns ctx's
// error.
func (e *Edge) Rest(ctx context.Context) error {
	tick := time.NewTicker(lookForRest)
	defer tick.Stop()
	for e.answering.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			e.leaving.Range(func(g, _ any) bool {
				g.(*guest).close() //nolint:errcheck // it is cut off
				return true
			})
			return ctx.Err()
		}
	}
	return nil
}

const lookForRest = 5 * time.Millisecond

// extend gives the connection at least as much time for an answer and for the
// next request as net/http would, and up to renew more, since it is not done for
// each; and its requests a context that ends after as long as an answer may take.
func (g *guest) extend(now time.Time) error {
	d := g.door
	if now.Sub(g.lasts) <= d.renew {
		return nil
	}
	g.lasts = now
	var end context.CancelFunc
	if d.write > 0 {
		if err := g.SetWriteDeadline(now.Add(d.write + d.renew)); err != nil {
			return err
		}
		g.visit.ctx, end = context.WithDeadline(g.base, now.Add(d.write+d.renew))
	} else {
		g.visit.ctx, end = context.WithCancel(g.base)
	}
	if old := g.end.Swap(&end); old != nil {
		(*old)()
	}
	if d.idle > 0 {
		return g.SetReadDeadline(now.Add(d.idle + d.renew))
	}
	return nil
}

// waited is how long ago the kernel had the last bytes that came, in its ticks
// of some milliseconds. What was sent before the request before it was answered
// lay there for its own predecessors: that does not count.
func (g *guest) waited(now time.Time) time.Duration {
	g.wait = 0
	if g.raw != nil {
		g.raw.Control(g.ask) //nolint:errcheck // a closed connection has waited for nothing
	}
	if !g.idle.IsZero() {
		return min(g.wait, now.Sub(g.idle))
	}
	return g.wait
}

func (g *guest) askKernel(fd uintptr) {
	if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
		g.wait = time.Duration(info.Last_data_recv) * time.Millisecond
	}
}
