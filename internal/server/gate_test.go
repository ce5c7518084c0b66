package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

// held keeps requests for pages until they are let go, and says of each that
// it has come.
type held struct {
	came, leave chan struct{}
	panics      bool
}

func (h *held) UserRecommend(context.Context, *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	h.came <- struct{}{}
	<-h.leave
	if h.panics {
		panic("on purpose")
	}
	return &recov1.ArticleResponse{TimeStamp: 1}, nil
}

func hold(h *held, set func(*server.Config)) setting {
	h.came, h.leave = make(chan struct{}), make(chan struct{})
	return func(c *server.Config, p *server.Parts) {
		c.AccessLog = server.LogErrors
		p.Services.UserRecommend = h
		set(c)
	}
}

// fill sends n requests that are held, and returns when all are. wait returns
// when all are answered, and their statuses.
func (s *site) fill(t *testing.T, h *held, n int) (wait func() []int) {
	t.Helper()
	var mu sync.Mutex
	var codes []int
	var wg sync.WaitGroup
	for range n {
		r := s.request(t, "POST", recommendPath, strings.NewReader(`{}`))
		wg.Go(func() {
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			codes = append(codes, resp.StatusCode)
		})
		<-h.came
	}
	return func() []int { wg.Wait(); return codes }
}

func (h *held) release(n int) {
	for range n {
		h.leave <- struct{}{}
	}
}

func TestGateRefusesWhatIsTooMuch(t *testing.T) {
	const limit = 3
	for name, panics := range map[string]bool{"answered": false, "panicked": true} {
		t.Run(name, func(t *testing.T) {
			h := &held{panics: panics}
			s := newSite(t, hold(h, func(c *server.Config) { c.MaxInFlight, c.MaxWait = limit, time.Hour }))
			wait := s.fill(t, h, limit)
			resp, body := s.do(t, s.request(t, "POST", recommendPath, strings.NewReader(`{}`)))
			wantError(t, resp, body, http.StatusTooManyRequests, "resource_exhausted", "too many requests")
			if got := resp.Header.Get("Retry-After"); got != "1" {
				t.Errorf("Retry-After %q", got)
			}
			if resp.Close {
				t.Error("a refusal closes the connection, so that the next request costs more")
			}
			resp, body = s.do(t, s.request(t, "POST", "/twirp/reco.v1.Behavior/Report", strings.NewReader(`{}`)))
			wantError(t, resp, body, http.StatusTooManyRequests, "resource_exhausted", "too many requests")
			for _, path := range []string{"/healthz", "/readyz"} {
				if resp, _ := s.do(t, s.request(t, "GET", path, nil)); resp.StatusCode != 200 {
					t.Errorf("%s under overload: %s", path, resp.Status)
				}
			}
			if strings.Contains(s.log.String(), "status=429") {
				t.Error("refusals are logged one by one")
			}
			wantMetrics(t, s.scrape(t), `readnext_requests_total{code="resource_exhausted",method="UserRecommend/UserRecommend"} 1`)
			h.release(limit)
			for _, code := range wait() {
				if panics != (code == http.StatusInternalServerError) {
					t.Errorf("a request that was let in: %d", code)
				}
			}
			again := s.fill(t, h, limit) // all places are free again
			h.release(limit)
			again()
		})
	}
}

// busy computes for so long.
type busy time.Duration

func (b busy) UserRecommend(context.Context, *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	for begin := time.Now(); time.Since(begin) < time.Duration(b); {
	}
	return &recov1.ArticleResponse{TimeStamp: 1}, nil
}

// TestGateRefusesWhatIsLate has requests lie in the kernel of a server where too
// many did: but one in sixteen they are refused, though there are places for all.
func TestGateRefusesWhatIsLate(t *testing.T) {
	const conns = 64
	s := unstarted(t, func(c *server.Config, _ *server.Parts) { c.AccessLog = server.LogErrors })
	clients := make([]*client, conns)
	for i := range clients {
		clients[i] = s.client(t)
		clients[i].send(t, raw("a", "application/json", "{}"))
	}
	<-time.After(100 * time.Millisecond) // the kernel counts by the clock
	g := server.GateOf(s.edge)
	for at := time.Now().Add(-time.Second); !g.Strict(); at = at.Add(time.Millisecond) {
		g.Judge(time.Minute, at)
	}
	g.Judge(time.Hour, time.Now()) // more than enough to stay so
	s.Start()
	t.Cleanup(s.Close)
	codes := map[int]int{}
	for _, c := range clients {
		resp, _ := c.receive(t)
		codes[resp.StatusCode]++
	}
	if codes[200] != conns/16 || codes[429] != conns-conns/16 {
		t.Errorf("answers %v", codes)
	}
	wantMetrics(t, s.scrape(t),
		fmt.Sprintf(`readnext_requests_total{code="ok",method="UserRecommend/UserRecommend"} %d`, conns/16),
		fmt.Sprintf(`readnext_requests_total{code="resource_exhausted",method="UserRecommend/UserRecommend"} %d`, conns-conns/16))
}

// TestGateLetsFewWait has clients wait for as long, but no more of them than are
// always allowed to.
func TestGateLetsFewWait(t *testing.T) {
	s := newSite(t, func(c *server.Config, p *server.Parts) {
		c.AccessLog = server.LogErrors
		p.Services.UserRecommend = busy(time.Duration(runtime.GOMAXPROCS(0)) * 2 * time.Millisecond)
	})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 30 {
				resp, err := s.Client().Post(s.URL+recommendPath, "application/json", strings.NewReader(`{}`))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("with 16 clients: %s", resp.Status)
				}
			}
		})
	}
	wg.Wait()
}

// TestSlowBodiesKeepNobodyOut sends half of a body on as many connections as
// there are places.
func TestSlowBodiesKeepNobodyOut(t *testing.T) {
	h := &held{}
	s := newSite(t, hold(h, func(c *server.Config) { c.MaxInFlight, c.MaxWait = 1, time.Hour }))
	from, to := io.Pipe()
	slow := s.request(t, "POST", recommendPath, from)
	var wg sync.WaitGroup
	wg.Go(func() {
		resp, err := s.Client().Do(slow)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	})
	if _, err := to.Write([]byte(`{"user_id":`)); err != nil {
		t.Fatal(err)
	}
	wait := s.fill(t, h, 1)
	h.release(1)
	if codes := wait(); codes[0] != 200 {
		t.Errorf("a request beside a slow one: %d", codes[0])
	}
	if _, err := to.Write([]byte(`"u"}`)); err != nil {
		t.Fatal(err)
	}
	to.Close()
	<-h.came
	h.release(1)
	wg.Wait()
}

// TestGateCounts sends more than is let in from many connections at once: every
// request is either served or refused, and none is lost.
func TestGateCounts(t *testing.T) {
	s := newSite(t, func(c *server.Config, p *server.Parts) {
		c.AccessLog, c.MaxInFlight, c.MaxWait = server.LogErrors, 4, time.Hour
		p.Services = server.NewPseudo(now.Time)
	})
	var mu sync.Mutex
	codes := map[int]int{}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 20 {
				resp, err := s.Client().Post(s.URL+recommendPath, "application/json", strings.NewReader(`{"article_num":10}`))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				mu.Lock()
				codes[resp.StatusCode]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if codes[200]+codes[429] != 32*20 || codes[200] == 0 {
		t.Errorf("statuses %v", codes)
	}
	if resp, _ := s.do(t, s.request(t, "POST", recommendPath, strings.NewReader(`{}`))); resp.StatusCode != 200 {
		t.Errorf("afterwards: %s", resp.Status)
	}
}
