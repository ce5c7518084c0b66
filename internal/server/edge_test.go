package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"readnext/internal/recommend"
	"readnext/internal/server"
)

const recommendPath = "/twirp/reco.v1.UserRecommend/UserRecommend"

// twirpJSON is Twirp's JSON error.
type twirpJSON struct {
	Code string            `json:"code"`
	Msg  string            `json:"msg"`
	Meta map[string]string `json:"meta"`
}

// do sends a request and returns its answer with the body read.
func (s *site) do(t *testing.T, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func (s *site) request(t *testing.T, method, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// wantError fails unless an answer is Twirp's JSON error.
func wantError(t *testing.T, resp *http.Response, body []byte, status int, code, text string) {
	t.Helper()
	var e twirpJSON
	if err := json.Unmarshal(body, &e); err != nil {
		t.Errorf("%s: %q is no JSON error: %v", resp.Status, body, err)
		return
	}
	if resp.StatusCode != status || e.Code != code || !strings.Contains(e.Msg, text) {
		t.Errorf("%s %s: %s, want %d %s: %s", resp.Status, e.Code, e.Msg, status, code, text)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("error with Content-Type %q", ct)
	}
}

func TestRequestID(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	for _, tt := range []struct {
		given string
		kept  bool
	}{
		{"", false}, {"", false}, {"abc-1", true}, {"00-4bf92f3577b34da6:x/y=", true},
		{"with space", false}, {strings.Repeat("x", 64), true}, {strings.Repeat("x", 65), false}, {"h\u00e9", false}, {`"q"`, false},
	} {
		r := s.request(t, "POST", recommendPath, strings.NewReader("{}"))
		if tt.given != "" {
			r.Header.Set("X-Request-Id", tt.given)
		}
		resp, _ := s.do(t, r)
		got := resp.Header.Get("X-Request-Id")
		if (got == tt.given) != tt.kept || got == "" || seen[got] {
			t.Errorf("given %q, answered %q", tt.given, got)
		}
		seen[got] = true
		if !strings.Contains(s.log.String(), "request_id="+got) && !strings.ContainsAny(got, "=") {
			t.Errorf("the log does not tell %q", got)
		}
	}
}

func TestAccessLog(t *testing.T) {
	for mode, want := range map[server.AccessLog][2]bool{
		server.LogAll: {true, true}, server.LogErrors: {false, true}, server.LogOff: {false, false},
	} {
		s := newSite(t, func(c *server.Config, _ *server.Parts) { c.AccessLog = mode })
		s.do(t, s.request(t, "POST", recommendPath, strings.NewReader("{}")))
		if got := strings.Contains(s.log.String(), "status=200"); got != want[0] {
			t.Errorf("%s: success logged: %v", mode, got)
		}
		s.do(t, s.request(t, "POST", "/nowhere/%22%0Atime=x", strings.NewReader("{}")))
		if got := strings.Contains(s.log.String(), "status=404"); got != want[1] {
			t.Errorf("%s: error logged: %v", mode, got)
		}
		for _, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
			if line != "" && !strings.HasPrefix(line, "time=") {
				t.Errorf("%s: a forged line %q", mode, line)
			}
		}
	}
	if _, err := server.New(server.Config{AccessLog: "some"}, server.Parts{}); err == nil {
		t.Error("access log some was taken")
	}
}

func TestPanic(t *testing.T) {
	s := newSite(t)
	s.panics = "boom"
	resp, body := s.do(t, s.request(t, "POST", recommendPath, strings.NewReader("{}")))
	wantError(t, resp, body, 500, "internal", "internal error")
	if strings.Contains(string(body), "boom") {
		t.Errorf("the answer tells of our insides: %s", body)
	}
	if log := s.log.String(); !strings.Contains(log, "panic=boom") || !strings.Contains(log, "fakes_test.go") {
		t.Errorf("no stack in the log: %s", log)
	}
	s.panics = nil
	s.answer = recommend.Answer{Page: page("u", 1)}
	if resp, _ := s.do(t, s.request(t, "POST", recommendPath, strings.NewReader("{}"))); resp.StatusCode != 200 {
		t.Errorf("after a panic: %s", resp.Status)
	}
	metrics := s.scrape(t)
	wantMetrics(t, metrics, "readnext_panics_total 1", "readnext_requests_in_flight 0",
		`readnext_requests_total{code="internal",method="UserRecommend/UserRecommend"} 1`)
}

func TestBodyLimit(t *testing.T) {
	s := newSite(t)
	large := bytes.Repeat([]byte(" "), 1<<20+1)
	resp, body := s.do(t, s.request(t, "POST", recommendPath, bytes.NewReader(large)))
	wantError(t, resp, body, 413, "malformed", "the body is 1048577 bytes long; at most 1048576 are allowed")

	chunked := s.request(t, "POST", recommendPath, io.MultiReader(bytes.NewReader(large)))
	chunked.ContentLength = -1
	resp, body = s.do(t, chunked)
	wantError(t, resp, body, 413, "malformed", "larger than 1048576 bytes")

	fits := append(bytes.Repeat([]byte(" "), 1<<20-2), "{}"...)
	for _, length := range []int64{int64(len(fits)), -1} {
		r := s.request(t, "POST", recommendPath, io.MultiReader(bytes.NewReader(fits)))
		r.ContentLength = length
		if resp, body := s.do(t, r); resp.StatusCode != 200 {
			t.Errorf("a body of just 1 MiB: %s %s", resp.Status, body)
		}
	}
}

// TestDeclaredTooLarge gets its answer without a byte of the body being sent.
func TestDeclaredTooLarge(t *testing.T) {
	s := newSite(t)
	conn := s.dial(t)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n", recommendPath)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	wantError(t, resp, body, 413, "malformed", "99999999999 bytes long")
	if !resp.Close {
		t.Error("the connection stays open")
	}
}

func (s *site) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestSlowLoris proves that a client that dribbles or stalls is put off.
func TestSlowLoris(t *testing.T) {
	s := newSite(t, func(c *server.Config, _ *server.Parts) {
		c.ReadHeaderTimeout = 50 * time.Millisecond
		c.ReadTimeout = 150 * time.Millisecond
		c.IdleTimeout = 50 * time.Millisecond
	})
	head := "POST " + recommendPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	t.Run("head", func(t *testing.T) {
		conn := s.dial(t)
		io.WriteString(conn, head)
		if b, err := io.ReadAll(conn); err != nil || len(b) != 0 && !strings.Contains(string(b), "400") {
			t.Errorf("read %q, %v; want the connection closed", b, err)
		}
	})
	t.Run("body", func(t *testing.T) {
		conn := s.dial(t)
		io.WriteString(conn, head+"Content-Length: 10\r\n\r\n{")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		wantError(t, resp, body, 408, "malformed", "did not arrive in time")
	})
	t.Run("chunks", func(t *testing.T) {
		conn := s.dial(t)
		io.WriteString(conn, head+"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		wantError(t, resp, body, 408, "malformed", "did not arrive in time")
	})
	t.Run("idle", func(t *testing.T) {
		conn := s.dial(t)
		io.WriteString(conn, head+"Content-Length: 2\r\n\r\n{}")
		if b, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 200") {
			t.Errorf("read %q, %v; want an answer, then the connection closed", b, err)
		}
	})
}

func TestAPIKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"", "# none\n\n", "short\n", "a key with some spaces\n", "k\u00e9y-of-sixteen-bytes\n"} {
		write(text)
		if _, err := server.LoadAPIKeys(file); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	const first, second = "first-key-0123456789", "second-key-0123456789"
	write("# backends\n" + first + "\n\n  " + second + "  \n")
	keys, err := server.LoadAPIKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(_ *server.Config, p *server.Parts) { p.Keys = keys })
	status := func(path, auth string) int {
		t.Helper()
		r := s.request(t, "POST", path, strings.NewReader("{}"))
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		resp, body := s.do(t, r)
		if resp.StatusCode == 401 {
			wantError(t, resp, body, 401, "unauthenticated", "")
		}
		return resp.StatusCode
	}
	guarded := []string{
		"UserRecommend/UserRecommend", "UserRecommend/user_recommend", "Behavior/Record", "Behavior/Forget",
		"Catalog/PutArticles", "Catalog/GetArticles", "Catalog/ListArticles", "Catalog/WithdrawArticles",
		"Insight/Preview", "Insight/Similar", "Insight/Trending", "Insight/Profile",
	}
	for _, m := range guarded {
		path := "/twirp/reco.v1." + m
		for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer wrong-key-0123456789", "Basic " + first, first, "Bearer " + first + "x"} {
			if got := status(path, auth); got != 401 {
				t.Errorf("%s with %q: %d", m, auth, got)
			}
		}
		for _, auth := range []string{"Bearer " + first, "bearer " + second} {
			if got := status(path, auth); got == 401 {
				t.Errorf("%s with %q: %d", m, auth, got)
			}
		}
	}
	if got := status("/twirp/reco.v1.Behavior/Report", ""); got != 200 {
		t.Errorf("Report without a key: %d", got)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if resp, _ := s.do(t, s.request(t, "GET", path, nil)); resp.StatusCode != 200 {
			t.Errorf("%s without a key: %s", path, resp.Status)
		}
	}
	write(second + "\n")
	if err := keys.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := status(recommendPath, "Bearer "+first); got != 401 {
		t.Errorf("a removed key: %d", got)
	}
	write("")
	if err := keys.Reload(); err == nil {
		t.Error("no keys were taken")
	}
	if got := status(recommendPath, "Bearer "+second); got != 200 {
		t.Errorf("after a reload that failed: %d", got)
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t)
	for _, ready := range []bool{true, false} {
		s.ready = ready
		if resp, body := s.do(t, s.request(t, "GET", "/healthz", nil)); resp.StatusCode != 200 || string(body) != "ok\n" {
			t.Errorf("healthz: %s %s", resp.Status, body)
		}
		resp, body := s.do(t, s.request(t, "GET", "/readyz", nil))
		if ready && resp.StatusCode != 200 {
			t.Errorf("readyz: %s %s", resp.Status, body)
		} else if !ready {
			wantError(t, resp, body, 503, "unavailable", "not ready")
		}
	}
	if resp, _ := s.do(t, s.request(t, "HEAD", "/healthz", nil)); resp.StatusCode != 200 {
		t.Errorf("HEAD: %s", resp.Status)
	}
	resp, body := s.do(t, s.request(t, "POST", "/healthz", nil))
	wantError(t, resp, body, 404, "bad_route", "only GET")
}
