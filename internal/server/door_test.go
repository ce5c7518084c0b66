package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"readnext/internal/server"
)

// full is a site whose only place is taken, until release.
func full(t *testing.T) (s *site, release func()) {
	t.Helper()
	h := &held{}
	s = newSite(t, hold(h, func(c *server.Config) { c.MaxInFlight, c.MaxWait = 1, time.Hour }))
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
// on a connection that it knows: each is answered as ever.
func TestDoorLeavesTheRest(t *testing.T) {
	s, release := full(t)
	for text, want := range map[string]int{
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":                                                                                              200,
		"GET " + recommendPath + " HTTP/1.1\r\nHost: x\r\n\r\n":                                                                                 404,
		"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":                                                                      404,
		"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":                                                                      404,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}":                                                        400,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}":                                    400,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}":                                                        400,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n":                                                     501,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n": 100,
		"POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}":  429,
		"POST " + recommendPath + " HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}":                                  429,
		"garbage\r\n\r\n": 400,
	} {
		c := s.client(t)
		c.send(t, raw("first", "application/json", "{}"))
		if resp, _ := c.receive(t); resp.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("the first request: %s", resp.Status)
		}
		c.send(t, text)
		if resp, body := c.receive(t); resp.StatusCode != want {
			t.Errorf("%q: %s %s, want %d", text, resp.Status, body, want)
		}
	}
	release()
}
