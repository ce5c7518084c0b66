package server

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Door has srv, which serves this handler, listen at the listener that it
// returns, which takes connections from l. There, what is too much is refused
// as soon as it is read, which costs a third of what it does once net/http has
// made a request of it.
//
// A connection's first request passes, and so does whatever is not a plain POST
// of the contract that came whole: the handler refuses those. srv's hooks for
// connections are taken.
func (e *Edge) Door(srv *http.Server, l net.Listener) net.Listener {
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, guestKey{}, c)
	}
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		if g, ok := c.(*guest); ok && state == http.StateIdle {
			g.answered()
		}
	}
	return &door{Listener: l, edge: e, patience: srv.IdleTimeout}
}

type door struct {
	net.Listener
	edge     *Edge
	patience time.Duration // with an idle connection
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
// who reads: net/http's goroutine of the connection, or the one that waits for
// more on its behalf while a request is answered, never both.
type guest struct {
	net.Conn
	door  *door
	known bool  // a request was answered before
	lost  bool  // it is not known where requests begin
	begun bool  // the request that is being read has begun
	due   int64 // bytes of it, with its body
	given int64 // bytes of it that were passed on
	early bool  // its first byte was read while the one before was answered
	first byte  // that one
	asked bool  // how long it waited was looked at

	raw  syscall.RawConn // nil if nobody knows how long its requests wait
	ask  func(fd uintptr)
	wait time.Duration
	out  []byte

	lasts time.Time // the door last gave it time then, since it was answered
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
			g.given, g.first = g.given+int64(n), p[0]
			return n, err
		}
		whole := p[:n]
		if g.early {
			g.out = append(append(g.out[:0], g.first), whole...)
			whole = g.out
		}
		h, ok := parseHead(whole)
		g.begun, g.lost, g.due, g.given = true, !ok, h.length, int64(len(whole))
		if !ok || err != nil || g.early || !g.known || h.length != int64(n) || !g.tooMuch(&h) {
			return n, err
		}
		if err := g.refuse(&h); err != nil {
			return 0, err
		}
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

// tooMuch reports whether a request is to be refused.
func (g *guest) tooMuch(h *head) bool {
	e := g.door.edge
	if rt := e.routes[string(h.path)]; rt == nil || rt.request == nil || e.access == LogAll || !e.ready() {
		return false // the handler answers it, logs it, or lets the client leave
	}
	g.asked = true
	return e.gate.late(g) || e.gate.full()
}

// refuse answers a request that was not passed on, and gives the connection
// about as much time for the next one as net/http would.
func (g *guest) refuse(h *head) error {
	e, now := g.door.edge, time.Now()
	g.out = e.gate.appendRefusal(g.out[:0], requestID(string(h.id)), now)
	if now.Sub(g.lasts) > g.door.patience/8 {
		g.lasts = now
		if err := g.SetDeadline(now.Add(g.door.patience)); err != nil {
			return err
		}
	}
	if _, err := g.Conn.Write(g.out); err != nil {
		return err
	}
	e.metrics.refused(e.routes[string(h.path)], time.Since(now))
	g.begun, g.asked = false, false
	return nil
}

// waited is how long ago the kernel had the last bytes that came, in its ticks
// of some milliseconds.
func (g *guest) waited() time.Duration {
	g.wait = 0
	if g.raw != nil {
		g.raw.Control(g.ask) //nolint:errcheck // a closed connection has waited for nothing
	}
	return g.wait
}

func (g *guest) askKernel(fd uintptr) {
	if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
		g.wait = time.Duration(info.Last_data_recv) * time.Millisecond
	}
}
