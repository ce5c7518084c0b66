package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"readnext/internal/server"
)

// full is a site whose only place is taken, until release.
func full(t *testing.T, settings ...setting) (s *site, release func()) {
	t.Helper()
	h := &held{}
	s = newSite(t, append(settings, hold(h, func(c *server.Config) { c.MaxInFlight, c.MaxWait = 1, time.Hour }))...)
	wait := s.fill(t, h, 1)
	return s, func() { h.release(1); wait() }
}

// raw is a request as it goes over the wire.
func raw(id, contentType, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s",
		recommendPath, contentType, id, len(body), body)
}

// client is one connection.
type client struct {
	net.Conn
	answers *bufio.Reader
}

func (s *site) client(t *testing.T) *client {
	conn := s.dial(t)
	return &client{conn, bufio.NewReader(conn)}
}

func (c *client) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func (c *client) receive(t *testing.T) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// known is a connection whose next request meets the door.
func (s *site) known(t *testing.T) *client {
	t.Helper()
	c := s.client(t)
	c.send(t, raw("first", "application/json", "{}"))
	c.receive(t)
	s.rest(t, c)
	return c
}

// rest waits until a connection that was answered by the handler is at rest.
func (s *site) rest(t *testing.T, c *client) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case addr := <-s.rested:
			if addr.String() == c.LocalAddr().String() {
				return
			}
		case <-late:
			t.Fatal("a connection does not come to rest")
		}
	}
}

// wantRefusal sends a request that is to be refused, by the door or the handler.
func (s *site) wantRefusal(t *testing.T, c *client, text string, door bool) *http.Response {
	t.Helper()
	before := s.passed.Load()
	c.send(t, text)
	resp, body := c.receive(t)
	wantError(t, resp, body, http.StatusTooManyRequests, "resource_exhausted", "too many requests")
	if got := s.passed.Load() == before; got != door {
		t.Fatalf("refused by the door: %v, want %v: %.200q", got, door, text)
	}
	if !door && !resp.Close {
		s.rest(t, c)
	}
	return resp
}

// TestDoorRefusesAsTheHandlerDoes compares a connection's first refusal, which
// is the handler's, with the next, which is the door's.
func TestDoorRefusesAsTheHandlerDoes(t *testing.T) {
	s, release := full(t)
	c := s.client(t)
	for contentType, message := range map[string]string{"application/json": "{}", "application/protobuf": ""} {
		var first *http.Response
		var text []byte
		for i := range 3 {
			c.send(t, raw("a", contentType, message))
			resp, body := c.receive(t)
			wantError(t, resp, body, http.StatusTooManyRequests, "resource_exhausted", "too many requests")
			if resp.Close {
				t.Error("a refusal closes the connection")
			}
			if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
				t.Error(err)
			}
			resp.Header.Del("Date")
			if i == 0 {
				first, text = resp, body
			}
			if got, want := fmt.Sprint(resp.Status, resp.ContentLength, resp.Header), fmt.Sprint(first.Status, first.ContentLength, first.Header); got != want {
				t.Errorf("refusal %d is\n%s\nnot\n%s", i, got, want)
			}
			if !bytes.Equal(body, text) {
				t.Errorf("refusal %d says %s, not %s", i, body, text)
			}
		}
	}
	if n := strings.Count(s.log.String(), "status=429"); n > 0 {
		t.Errorf("%d refusals were logged", n)
	}
	wantMetrics(t, s.scrape(t), `readnext_requests_total{code="resource_exhausted",method="UserRecommend/UserRecommend"} 6`)
	release()
	c.send(t, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := c.receive(t); resp.StatusCode != http.StatusOK {
		t.Errorf("on the same connection afterwards: %s", resp.Status)
	}
}

// TestDoorKeepsRequestsApart sends requests in all kinds of pieces, with bodies
// that look like requests, to a server that is full and to one that is not:
// every answer is that of the next request.
func TestDoorKeepsRequestsApart(t *testing.T) {
	s, release := full(t)
	crowded, calm := s, newSite(t)
	for name, s := range map[string]*site{"full": crowded, "calm": calm} {
		rng := rand.New(rand.NewPCG(1, 2))
		for conn := range 20 {
			c := s.client(t)
			for sent, received := 0, 0; sent < 60; {
				var text strings.Builder
				for range 1 + rng.IntN(3)*rng.IntN(2) {
					text.WriteString(anyRequest(rng, fmt.Sprintf("%d-%d", conn, sent)))
					sent++
				}
				if rng.IntN(4) == 0 { // in pieces
					for rest := text.String(); rest != ""; {
						n := min(1+rng.IntN(300), len(rest))
						c.send(t, rest[:n])
						rest = rest[n:]
					}
				} else {
					c.send(t, text.String())
				}
				for ; received < sent; received++ {
					resp, body := c.receive(t)
					if got, want := resp.Header.Get("X-Request-Id"), fmt.Sprintf("%d-%d", conn, received); got != want {
						t.Fatalf("%s: the answer to %s is that to %s: %s %s", name, want, got, resp.Status, body)
					}
					if want := map[string]int{"full": 429, "calm": 200}[name]; resp.StatusCode != want {
						t.Fatalf("%s: %s %s", name, resp.Status, body)
					}
				}
			}
		}
	}
	release()
}

// anyRequest is a request for a page in one of many spellings.
func anyRequest(rng *rand.Rand, id string) string {
	body := `{"user_id":"u"}`
	switch rng.IntN(4) {
	case 0:
		body = `{"user_id":` + strconv.Quote(strings.Repeat("long", rng.IntN(30))) + "}"
	case 1:
		body = "{\r\n\r\n  \"user_id\": \"POST /twirp/reco.v1.Behavior/Forget HTTP/1.1\"\r\n\r\n}"
	case 2:
		body = `{"user_id":"u"` + strings.Repeat(" ", 2*rng.IntN(4000)) + "}"
	}
	r := raw(id, "application/json", body)
	switch rng.IntN(6) {
	case 0:
		r = strings.NewReplacer("Content-Length", "content-length", "X-Request-Id: ", "x-request-id:").Replace(r)
	case 1:
		r = strings.Replace(r, "\r\n", "\r\nConnection: keep-alive\r\nCookie: POST / HTTP/1.1\r\n", 1)
	case 2:
		length := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))
		r = strings.Replace(r, length+body, fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body), 1)
	}
	return r
}

// TestDoorLeavesTheRest sends a full server what is none of the door's business
// right after what is: each is answered as ever.
func TestDoorLeavesTheRest(t *testing.T) {
	s, release := full(t)
	defer release()
	post := func(head string) string {
		return "POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head + "\r\n"
	}
	for text, want := range map[string]int{
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":                                                             200,
		"GET " + recommendPath + " HTTP/1.1\r\nHost: x\r\n\r\n":                                                404,
		"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":                                     404,
		"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":                                     404,
		post("Content-Length : 2\r\n") + "{}":                                                                  400,
		post("Content-Length: 2\r\nContent-Length: 3\r\n") + "{}":                                              400,
		post("Content-Length: -2\r\n") + "{}":                                                                  400,
		post("Transfer-Encoding: gzip\r\n"):                                                                    501,
		post("Expect: 100-continue\r\nContent-Length: 2\r\n"):                                                  100,
		post("Connection: close\r\nContent-Length: 2\r\n") + "{}":                                              429,
		post("X-B\x01d: 1\r\nContent-Length: 2\r\n") + "{}":                                                    400,
		post("Fo(o: 1\r\nContent-Length: 2\r\n") + "{}":                                                        400,
		post("Foo: a\rContent-Length: 60\r\nContent-Length: 2\r\n") + "{}":                                     400,
		post("Foo: a\x00b\r\nContent-Length: 2\r\n") + "{}":                                                    400,
		post("Foo: a\x7fb\r\nContent-Length: 2\r\n") + "{}":                                                    400,
		post("Foo: a\nBar: b\r\nContent-Length: 2\r\n") + "{}":                                                 429,
		post("Host: y\r\nContent-Length: 2\r\n") + "{}":                                                        400,
		strings.Replace(post("Content-Length: 2\r\n"), "Host: x\r\n", "", 1) + "{}":                            400,
		strings.Replace(post("Content-Length: 2\r\n"), "Host: x", "Host: x/", 1) + "{}":                        400,
		"POST " + recommendPath + " HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}": 429,
		"garbage\r\n\r\n": 400,
	} {
		c := s.known(t)
		s.wantRefusal(t, c, raw("second", "application/json", "{}"), true)
		before := s.passed.Load()
		c.send(t, text)
		if resp, body := c.receive(t); resp.StatusCode != want {
			t.Errorf("%q: %s %s, want %d", text, resp.Status, body, want)
		} else if want == 429 && s.passed.Load() == before {
			t.Errorf("%q was refused by the door", text)
		}
	}
}

// TestDoorTakesTheFirstID compares what the handler and the door make of ids
// that are empty or given twice.
func TestDoorTakesTheFirstID(t *testing.T) {
	s, release := full(t)
	defer release()
	c := s.known(t)
	for given, want := range map[string]string{"X-Request-Id: a\r\nX-Request-Id: b": "a", "X-Request-Id:\r\nX-Request-Id: b": ""} {
		text := strings.Replace(raw("a", "application/json", "{}"), "X-Request-Id: a", given, 1)
		if got := s.wantRefusal(t, c, text, true).Header.Get("X-Request-Id"); got == "b" || want != "" && got != want {
			t.Errorf("%q: the door answers with %q", given, got)
		}
		text = strings.Replace(text, "\r\n", "\r\nUpgrade: x\r\n", 1)
		if got := s.wantRefusal(t, c, text, false).Header.Get("X-Request-Id"); got == "b" || want != "" && got != want {
			t.Errorf("%q: the handler answers with %q", given, got)
		}
	}
}

// TestDoorLosesNone sends what the door has to pass on, then what it does not.
func TestDoorLosesNone(t *testing.T) {
	s, release := full(t)
	defer release()
	small := raw("small", "application/json", "{}")
	t.Run("a body that comes in pieces", func(t *testing.T) {
		c := s.known(t)
		s.wantRefusal(t, c, small, true)
		s.wantRefusal(t, c, raw("large", "application/json", `{"user_id":"u"`+strings.Repeat(" ", 10_000)+"}"), false)
		s.wantRefusal(t, c, small, true)
	})
	t.Run("a byte of the next one", func(t *testing.T) {
		c := s.known(t)
		s.wantRefusal(t, c, small+small[:1], false)
		s.wantRefusal(t, c, small[1:], false)
		s.wantRefusal(t, c, small, true)
	})
}

// TestDoorOfAStoppingServer has a server that refuses stop: what comes passes
// on, and clients are told to leave.
func TestDoorOfAStoppingServer(t *testing.T) {
	s, release := full(t)
	defer release()
	c := s.known(t)
	s.wantRefusal(t, c, raw("a", "application/json", "{}"), true)
	s.ready = false
	if resp := s.wantRefusal(t, c, raw("a", "application/json", "{}"), false); !resp.Close {
		t.Error("a server that stops keeps its connections")
	}
}

// TestDoorKeepsConnections refuses for longer than a connection may be idle, and
// closes it once it is.
func TestDoorKeepsConnections(t *testing.T) {
	const idle = 500 * time.Millisecond
	s, release := full(t, func(c *server.Config, _ *server.Parts) { c.IdleTimeout = idle })
	defer release()
	c := s.known(t)
	begin := time.Now()
	for time.Since(begin) < idle*5/4 {
		s.wantRefusal(t, c, raw("a", "application/json", "{}"), true)
	}
	if b, err := io.ReadAll(c.answers); err != nil || len(b) > 0 {
		t.Errorf("an idle connection: %q, %v", b, err)
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("it was closed after %v", d)
	}
}

// pipes is a listener of connections without buffers.
type pipes struct {
	net.Listener
	made chan net.Conn
}

func (p *pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.made; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Close() error { return nil }

// TestDoorWaitsForNoReader refuses a client that reads no answer: it is put off
// as soon as any other that does not read.
func TestDoorWaitsForNoReader(t *testing.T) {
	s, release := full(t)
	defer release()
	l := &pipes{made: make(chan net.Conn, 1)}
	cfg := server.Config{WriteTimeout: 200 * time.Millisecond, IdleTimeout: time.Hour}
	srv := cfg.HTTPServer(s.edge)
	door := s.edge.Door(srv, l)
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(door) })
	conn, other := net.Pipe()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	l.made <- other
	c := &client{conn, bufio.NewReader(conn)}
	for range 2 {
		c.send(t, raw("a", "application/json", "{}"))
		c.receive(t)
	}
	c.send(t, raw("a", "application/json", "{}"))
	if _, err := io.WriteString(c, raw("a", "application/json", "{}")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("to a client that reads no answer: %v", err)
	}
	conn.Close()
	close(l.made)
	wg.Wait()
}

// TestPipelinedRequestsAreNotLate sends many requests at once on one connection.
// They wait for each other: that is no queue, and others are not refused for it.
func TestPipelinedRequestsAreNotLate(t *testing.T) {
	s := newSite(t, func(c *server.Config, p *server.Parts) {
		c.AccessLog = server.LogErrors
		p.Services.UserRecommend = busy(300 * time.Microsecond)
	})
	burst := 300 * runtime.GOMAXPROCS(0)
	text := raw("a", "application/json", "{}")
	many, one := s.client(t), s.client(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := io.WriteString(many, strings.Repeat(text, burst)); err != nil {
			t.Error(err)
		}
	})
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for range burst {
			resp, err := http.ReadResponse(many.answers, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("a pipelined request: %s, %v", resp.Status, err)
				return
			}
		}
	})
	for running := true; running; {
		one.send(t, text)
		if resp, body := one.receive(t); resp.StatusCode != http.StatusOK {
			t.Errorf("beside one that pipelines: %s %s", resp.Status, body)
			running = false
		}
		select {
		case <-done:
			running = false
		default:
		}
	}
	many.Close()
	wg.Wait()
}
