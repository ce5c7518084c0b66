package bench_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/bench"
)

// plain asks for nothing in particular, at most so many times.
type plain struct{ left *atomic.Int64 }

func (p plain) Ask() (string, []byte, bool) { return "/", nil, p.left.Add(-1) >= 0 }
func (plain) Check([]byte) error            { return nil }

func run(t *testing.T, h http.HandlerFunc, left int64, load bench.Load) *bench.Round {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	var n atomic.Int64
	n.Store(left)
	load.URL, load.Seed = srv.URL, 1
	load.Script = func(*rand.Rand) bench.Script { return plain{&n} }
	r, err := load.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOutcomes lets a server refuse and fail, and wants both told apart.
func TestOutcomes(t *testing.T) {
	var n atomic.Int64
	h := func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 4 {
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	closed := run(t, h, 400, bench.Load{Conns: 4, Duration: time.Minute})
	if closed.Requests != 400 || closed.Good != 200 || closed.Shed != 100 || closed.Failed != 100 {
		t.Errorf("a closed loop counted %d good, %d shed, %d failed", closed.Good, closed.Shed, closed.Failed)
	}
	n.Store(0)
	open := run(t, h, 1<<40, bench.Load{Conns: 4, Duration: 200 * time.Millisecond, Rate: 1000})
	if open.Requests < 100 || open.Requests > 300 {
		t.Errorf("%d requests in a fifth of a second at 1000/s", open.Requests)
	}
	if int64(open.Requests) != n.Load() || open.Good < open.Requests/2 || open.Shed < open.Requests/4 {
		t.Errorf("an open loop counted %d good, %d shed of %d; the server %d", open.Good, open.Shed, open.Requests, n.Load())
	}
	again := run(t, h, 1<<40, bench.Load{Conns: 4, Duration: 200 * time.Millisecond, Rate: 1000})
	if again.Requests != open.Requests {
		t.Errorf("the same seed made %d and %d requests due", open.Requests, again.Requests)
	}
}

// TestOpenLoopsAreConnected wants all connections there before the first request.
func TestOpenLoopsAreConnected(t *testing.T) {
	const conns = 20
	var accepted, first atomic.Int64
	all := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-all:
		case <-r.Context().Done():
		}
		first.CompareAndSwap(0, accepted.Load())
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew && accepted.Add(1) == conns {
			close(all)
		}
	}
	srv.Start()
	defer srv.Close()
	left := new(atomic.Int64)
	left.Store(1 << 40)
	load := bench.Load{
		URL: srv.URL, Seed: 1, Conns: conns, Duration: 100 * time.Millisecond, Rate: 10,
		Script: func(*rand.Rand) bench.Script { return plain{left} },
	}
	r, err := load.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Good != r.Requests || first.Load() != conns || accepted.Load() != conns {
		t.Errorf("%d of %d requests were answered, the first with %d connections of %d", r.Good, r.Requests, first.Load(), accepted.Load())
	}
}

// TestOpenLoopNeedsNoPort asks at an address that leaves the port to the scheme:
// whether anybody listens there or not, it is one.
func TestOpenLoopNeedsNoPort(t *testing.T) {
	var none atomic.Int64
	load := bench.Load{
		URL: "http://127.0.0.1", Conns: 1, Duration: time.Millisecond, Rate: 1000,
		Script: func(*rand.Rand) bench.Script { return plain{&none} },
	}
	if _, err := load.Run(t.Context()); err != nil && strings.Contains(err.Error(), "port") {
		t.Error(err)
	}
}

// TestStallCounts holds up one request. Those that were due meanwhile were
// late, although each was answered at once when it was sent.
func TestStallCounts(t *testing.T) {
	var n atomic.Int64
	h := func(_ http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			ctx, cancel := context.WithTimeout(r.Context(), 150*time.Millisecond)
			defer cancel()
			<-ctx.Done()
		}
	}
	open := run(t, h, 1<<40, bench.Load{Conns: 1, Duration: 200 * time.Millisecond, Rate: 500})
	if p50 := open.Quantile(.5); p50 < 20*time.Millisecond {
		t.Errorf("the median is %v, although most requests waited for the stalled one", p50)
	}
	n.Store(0)
	closed := run(t, h, 100, bench.Load{Conns: 1, Duration: time.Minute})
	if p50 := closed.Quantile(.5); p50 > 20*time.Millisecond {
		t.Errorf("the median of the closed loop is %v", p50)
	}
}

// TestLoadEnds wants loads that end with their context, and with their script.
func TestLoadEnds(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var none atomic.Int64
	load := bench.Load{URL: srv.URL, Conns: 2, Duration: time.Hour, Script: func(*rand.Rand) bench.Script { return plain{&none} }}
	for _, rate := range []float64{0, 100} {
		load.Rate = rate
		if _, err := load.Run(ctx); err == nil {
			t.Errorf("rate %v: no error after the context's end", rate)
		}
	}
}
