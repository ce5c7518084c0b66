package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readnext/internal/recommend"
	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

// post is a plain request as it goes over the wire.
func post(path, header, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", path, header, len(body), body)
}

// TestDoorAnswersAsNetHTTPDoes sends each of many requests three times on a
// connection of its own: net/http makes the first answer, the door the others.
func TestDoorAnswersAsNetHTTPDoes(t *testing.T) {
	const inJSON = "Content-Type: application/json\r\nX-Request-Id: a\r\n"
	s := newSite(t, func(c *server.Config, _ *server.Parts) { c.MaxBody = 2000 })
	s.rooms.answer = recommend.Answer{Page: page("u", 10)}
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"a page in JSON":       {post(recommendPath, inJSON, `{"user_id":"u","article_num":10}`), 200},
		"a page in protobuf":   {post(recommendPath, "Content-Type: application/protobuf\r\nX-Request-Id: a\r\n", "\x0a\x01u"), 200},
		"an id of two":         {post(recommendPath, inJSON+"X-Request-Id: b\r\n", `{"user_id":"u"}`), 200},
		"many headers":         {post(recommendPath, "Accept: */*\r\nCookie: a=b\r\ncookie: c\r\n"+inJSON+"Connection: keep-alive\r\n", `{"user_id":"u"}`), 200},
		"a wrong number":       {post(recommendPath, inJSON, `{"user_id":"u","article_num":-1}`), 400},
		"no JSON":              {post(recommendPath, inJSON, `{`), 400},
		"no protobuf":          {post(recommendPath, "Content-Type: application/protobuf\r\nX-Request-Id: a\r\n", "\xff"), 400},
		"no body":              {strings.Replace(post(recommendPath, inJSON, ""), "Content-Length: 0\r\n", "", 1), 400},
		"another kind":         {post(recommendPath, "Content-Type: text/plain\r\nX-Request-Id: a\r\n", `{}`), 404},
		"an encoding":          {post(recommendPath, inJSON+"Content-Encoding: gzip\r\n", `{}`), 415},
		"too much":             {post(recommendPath, inJSON, strings.Repeat(" ", 2001)), 413},
		"signals":              {post(reportPath, inJSON, `{"params":[]}`), 200},
		"an answer of another": {post("/twirp/reco.v1.Catalog/ListArticles", inJSON, `{}`), 200},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.client(t)
			var first string
			for i := range 3 {
				visits := s.visits.Load()
				c.send(t, tt.text)
				resp, body := c.receive(t)
				if resp.StatusCode != tt.status {
					t.Errorf("answer %d: %s %s, want %d", i, resp.Status, body, tt.status)
				}
				if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
					t.Error(err)
				}
				resp.Header.Del("Date")
				if i == 0 {
					first = fmt.Sprint(resp.Status, resp.ContentLength, resp.Close, resp.Header, string(body))
				} else if got := fmt.Sprint(resp.Status, resp.ContentLength, resp.Close, resp.Header, string(body)); got != first {
					t.Errorf("answer %d is\n%s\nnot\n%s", i, got, first)
				}
				if resp.Close { // the next one is net/http's again
					if i == 0 {
						c = s.known(t)
						continue
					}
					if _, err := c.answers.ReadByte(); !errors.Is(err, io.EOF) {
						t.Errorf("after the last answer of a connection: %v", err)
					}
					break
				}
				if i == 0 {
					s.rest(t, c)
				} else if s.visits.Load() == visits {
					t.Errorf("the door did not answer %d", i)
				}
			}
		})
	}
}

// TestDoorTellsHeadsApart sends heads that differ in one thing each, in turn on
// one connection: none is taken for the one before.
func TestDoorTellsHeadsApart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("good-enough-to-be-a-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := server.LoadAPIKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(_ *server.Config, p *server.Parts) { p.Keys = keys })
	s.rooms.answer = recommend.Answer{Page: page("u", 1)}
	c := s.client(t)
	good, bad := "Authorization: Bearer good-enough-to-be-a-key\r\n", "Authorization: Bearer evil-enough-to-be-a-key\r\n"
	visits := s.visits.Load()
	for i := range 40 {
		header, status := good, 200
		if i%3 == 1 {
			header, status = bad, 401
		} else if i%5 == 4 {
			header, status = "", 401
		}
		id := strings.Repeat("i", 1+i%7)
		body := `{"user_id":"u"` + strings.Repeat(" ", i%11) + "}"
		text := post(recommendPath, header+"Content-Type: application/json\r\nX-Request-Id: "+id+"\r\n", body)
		if i%4 == 3 {
			text = post(recommendPath, "X-Request-Id: "+id+"\r\nContent-Type: application/json\r\n"+header, body)
		}
		c.send(t, text)
		resp, answer := c.receive(t)
		if resp.StatusCode != status || resp.Header.Get("X-Request-Id") != id {
			t.Fatalf("request %d with %q: %s %s %s", i, header, resp.Status, resp.Header, answer)
		}
		if i == 0 {
			s.rest(t, c)
		}
	}
	if n := s.visits.Load() - visits; n != 39 {
		t.Errorf("the door answered %d of 39", n)
	}
}

// panicking fails for some readers.
type panicking map[string]any

func (p panicking) UserRecommend(_ context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	if what := p[in.UserId]; what != nil {
		panic(what)
	}
	return &recov1.ArticleResponse{TimeStamp: 1}, nil
}

// TestDoorOutlivesPanics has handlers panic at the door.
func TestDoorOutlivesPanics(t *testing.T) {
	s := newSite(t, func(_ *server.Config, p *server.Parts) {
		p.Services.UserRecommend = panicking{"panic": "on purpose", "abort": http.ErrAbortHandler}
	})
	c := s.known(t)
	visits := s.visits.Load()
	for range 2 {
		c.send(t, raw("a", "application/json", `{"user_id":"panic"}`))
		resp, body := c.receive(t)
		wantError(t, resp, body, http.StatusInternalServerError, "internal", "internal error")
	}
	c.send(t, raw("a", "application/json", `{"user_id":"u"}`))
	if resp, body := c.receive(t); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s %s", resp.Status, body)
	}
	c.send(t, raw("a", "application/json", `{"user_id":"abort"}`))
	if b, err := io.ReadAll(c.answers); err != nil || len(b) > 0 {
		t.Errorf("an aborted answer: %q, %v", b, err)
	}
	if n := s.visits.Load() - visits; n != 4 {
		t.Errorf("the door answered %d of 4", n)
	}
	c = s.known(t)
	c.send(t, raw("a", "application/json", `{"user_id":"u"}`))
	if resp, body := c.receive(t); resp.StatusCode != http.StatusOK {
		t.Errorf("on another connection: %s %s", resp.Status, body)
	}
}

// atTheDoor is a connection whose second request the door hands to h.
func (s *site) atTheDoor(t *testing.T, h *held) *client {
	t.Helper()
	c := s.client(t)
	c.send(t, raw("first", "application/json", `{"user_id":"u"}`))
	<-h.came
	h.release(1)
	c.receive(t)
	s.rest(t, c)
	visits := s.visits.Load()
	c.send(t, raw("second", "application/json", `{"user_id":"u"}`))
	<-h.came
	if s.visits.Load() == visits {
		t.Fatal("the door does not answer")
	}
	return c
}

// TestShutdownWaitsForTheDoor shuts a server down while the door answers.
func TestShutdownWaitsForTheDoor(t *testing.T) {
	h := &held{}
	s := newSite(t, hold(h, func(*server.Config) {}))
	c := s.atTheDoor(t, h)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Config.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	rested := make(chan error)
	go func() { rested <- s.edge.Rest(ctx) }()
	select {
	case err := <-rested:
		t.Fatalf("rest while the door answers: %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	h.release(1)
	if err := <-rested; err != nil {
		t.Error(err)
	}
	if resp, body := c.receive(t); resp.StatusCode != http.StatusOK || resp.Header.Get("X-Request-Id") != "second" {
		t.Errorf("the last answer: %s %s", resp.Status, body)
	}
	if b, err := io.ReadAll(c.answers); err != nil || len(b) > 0 {
		t.Errorf("afterwards: %q, %v", b, err)
	}
}

// TestShutdownCutsOffTheDoor has no time to wait for an answer.
func TestShutdownCutsOffTheDoor(t *testing.T) {
	h := &held{}
	s := newSite(t, hold(h, func(*server.Config) {}))
	c := s.atTheDoor(t, h)
	if err := s.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.edge.Rest(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("while the door answers: %v", err)
	}
	if b, err := io.ReadAll(c.answers); err != nil || len(b) > 0 {
		t.Errorf("a connection that was cut off: %q, %v", b, err)
	}
	h.release(1)
	if err := s.edge.Rest(t.Context()); err != nil {
		t.Error(err)
	}
}

// slow takes its time, and says until when it may.
type slow struct {
	takes time.Duration
	ends  chan bool
}

func (s slow) UserRecommend(ctx context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	if in.UserId == "slow" {
		select {
		case <-time.After(s.takes):
			_, ok := ctx.Deadline()
			s.ends <- ok
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &recov1.ArticleResponse{TimeStamp: 1}, nil
}

// TestDoorGivesSlowHandlersTime has a handler take longer than a connection may
// be idle, and nearly as long as an answer may take, right after another.
func TestDoorGivesSlowHandlersTime(t *testing.T) {
	handler := slow{takes: 700 * time.Millisecond, ends: make(chan bool, 1)}
	s := newSite(t, func(c *server.Config, p *server.Parts) {
		c.WriteTimeout, c.IdleTimeout = 800*time.Millisecond, 400*time.Millisecond
		p.Services.UserRecommend = handler
	})
	c := s.known(t)
	for _, user := range []string{"quick", "slow", "quick"} {
		c.send(t, raw(user, "application/json", `{"user_id":"`+user+`"}`))
		if resp, body := c.receive(t); resp.StatusCode != http.StatusOK || resp.Header.Get("X-Request-Id") != user {
			t.Fatalf("%s: %s %s", user, resp.Status, body)
		}
	}
	if !<-handler.ends {
		t.Error("a request's context never ends")
	}
}
