package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/rpc/reco/v1"
)

// tutorial is a server that invents its answer, like the tutorial's.
type tutorial struct {
	mu       sync.Mutex
	requests []*recov1.UserRequest
	keys     []string
	// before may serve the nth HTTP request, from 1, in its place.
	before func(n int, w http.ResponseWriter, r *http.Request) (served bool)
	n      int
}

func (s *tutorial) UserRecommend(_ context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	s.mu.Lock()
	s.requests = append(s.requests, in)
	s.mu.Unlock()
	if in.ChannelId < 0 {
		return nil, twirp.InvalidArgumentError("channel_id", "is negative")
	}
	out := &recov1.ArticleResponse{Exposure: "exposure param", TimeStamp: 1593676322597}
	for i := range in.ArticleNum {
		out.Recommends = append(out.Recommends, &recov1.Article{
			ArticleId: int64(i + 1),
			Track: &recov1.Track{
				Click:   fmt.Sprintf("click param %d", i+1),
				Collect: fmt.Sprintf("collect param %d", i+1),
				Share:   fmt.Sprintf("share param %d", i+1),
				Read:    fmt.Sprintf("read param %d", i+1),
			},
		})
	}
	return out, nil
}

func serve(t *testing.T) (*tutorial, string) {
	t.Helper()
	s := &tutorial{}
	twirpServer := recov1.NewUserRecommendServer(s)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.n++
		n := s.n
		s.keys = append(s.keys, r.Header.Get("Authorization"))
		s.mu.Unlock()
		if s.before == nil || !s.before(n, w, r) {
			twirpServer.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

func ask(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = exec(t.Context(), append(args, "--backoff=1us"), &out, &errs)
	return code, out.String(), errs.String()
}

func TestPrintsAsTheTutorialDoes(t *testing.T) {
	s, url := serve(t)
	code, got, errs := ask(t, "--server", url, "--num", "2")
	want := `ret=exposure: "exposure param"
time_stamp: 1593676322597
recommends {
  article_id: 1
  track {
    click: "click param 1"
    collect: "collect param 1"
    share: "share param 1"
    read: "read param 1"
  }
}
recommends {
  article_id: 2
  track {
    click: "click param 2"
    collect: "collect param 2"
    share: "share param 2"
    read: "read param 2"
  }
}

`
	if code != 0 || got != want || errs != "" {
		t.Errorf("exit code %d, printed\n%s\nwant\n%s\nerrors %q", code, got, want, errs)
	}
	in := s.requests[0]
	age := time.Since(time.UnixMilli(in.TimeStamp))
	if in.UserId != "1" || in.ChannelId != 1 || in.ArticleNum != 2 || age < 0 || age > time.Minute {
		t.Errorf("request %v", in)
	}
}

func TestFlags(t *testing.T) {
	t.Setenv("READNEXT_API_KEY", "secret")
	s, url := serve(t)
	code, got, _ := ask(t, "--server="+url, "--user=", "--channel=0", "--num=0", "--time-stamp=0")
	if code != 0 || got != "ret=exposure: \"exposure param\"\ntime_stamp: 1593676322597\n\n" {
		t.Errorf("exit code %d, printed %q", code, got)
	}
	if in := s.requests[0]; in.UserId != "" || in.ChannelId != 0 || in.ArticleNum != 0 || in.TimeStamp != 0 {
		t.Errorf("request %v", in)
	}
	ask(t, "--server="+url, "--time-stamp=1593676322597", "--api-key=other")
	if in := s.requests[1]; in.ArticleNum != 10 || in.TimeStamp != 1593676322597 {
		t.Errorf("request %v", in)
	}
	if want := []string{"Bearer secret", "Bearer other"}; !slices.Equal(s.keys, want) {
		t.Errorf("authorizations %q", s.keys)
	}
}

func TestPrintsJSON(t *testing.T) {
	_, url := serve(t)
	code, got, _ := ask(t, "--server", url, "--num", "1", "--json")
	want := `{
  "exposure": "exposure param",
  "time_stamp": "1593676322597",
  "recommends": [
    {
      "article_id": "1",
      "track": {
        "click": "click param 1",
        "collect": "collect param 1",
        "share": "share param 1",
        "read": "read param 1"
      }
    }
  ]
}
`
	if code != 0 || got != want {
		t.Errorf("exit code %d, printed\n%s\nwant\n%s", code, got, want)
	}
}

func TestTextIsNeverMistakenForFields(t *testing.T) {
	var b bytes.Buffer
	err := printText(&b, &recov1.ArticleResponse{
		Exposure:       "a:  b\nname:  {",
		Recommends:     []*recov1.Article{{ArticleId: 5}, {}},
		OlderTimeStamp: 7,
	})
	want := "ret=exposure: \"a:  b\\nname:  {\"\nrecommends {\n  article_id: 5\n}\nrecommends {\n}\nolder_time_stamp: 7\n\n"
	if err != nil || b.String() != want {
		t.Errorf("printed %q, want %q", b.String(), want)
	}
	b.Reset()
	if err := printText(&b, &recov1.ArticleResponse{}); err != nil || b.String() != "ret=\n" {
		t.Errorf("an empty answer is printed %q", b.String())
	}
}

func TestRetriesCarryTheSameTimeStamp(t *testing.T) {
	s, url := serve(t)
	s.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 1: // served, but the answer is lost
			recov1.NewUserRecommendServer(s).ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 2: // likewise
			recov1.NewUserRecommendServer(s).ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	code, got, errs := ask(t, "--server", url)
	if code != 0 || !strings.HasPrefix(got, "ret=exposure") || errs != "" {
		t.Errorf("exit code %d, printed %q, errors %q", code, got, errs)
	}
	if len(s.requests) != 3 || s.requests[0].TimeStamp == 0 ||
		s.requests[1].TimeStamp != s.requests[0].TimeStamp || s.requests[2].TimeStamp != s.requests[0].TimeStamp {
		t.Errorf("requests %v", s.requests)
	}
}

func TestSlowAttemptIsRepeated(t *testing.T) {
	s, url := serve(t)
	s.before = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			// The server notices a closed connection once the body is read.
			recov1.NewUserRecommendServer(s).ServeHTTP(httptest.NewRecorder(), r)
			<-r.Context().Done()
		}
		return n == 1
	}
	if code, got, errs := ask(t, "--server", url, "--timeout=100ms"); code != 0 || !strings.HasPrefix(got, "ret=") {
		t.Errorf("exit code %d, errors %q", code, errs)
	}
}

func TestErrors(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	busy, busyURL := serve(t)
	busy.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	s, url := serve(t)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--server", url, "--channel=-1"}, 1, "client: twirp error invalid_argument: channel_id is negative\n"},
		{[]string{"--server", down.URL, "--retries=2"}, 1, "no answer in 3 attempts"},
		{[]string{"--server", down.URL, "--retries=0"}, 1, "connection refused"},
		{[]string{"--server", busyURL, "--retries=4"}, 1, "no answer in 5 attempts: twirp error resource_exhausted"},
		{[]string{"--server", url, "--num=many"}, 2, "--num"},
		{[]string{"--server", url, "--retries=-1"}, 2, "--retries"},
		{[]string{"--server", url, "--timeout=0s"}, 2, "--timeout"},
		{[]string{"--nonsense"}, 2, "--nonsense"},
	} {
		code, out, errs := ask(t, tt.args...)
		if code != tt.code || out != "" || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: exit code %d, printed %q, errors %q", tt.args, code, out, errs)
		}
	}
	if len(s.requests) != 1 || busy.n != 5 {
		t.Errorf("%d requests for an invalid one, %d to a busy server", len(s.requests), busy.n)
	}
}

func TestHelp(t *testing.T) {
	code, out, errs := ask(t, "--help")
	if code != 0 || !strings.Contains(out, "--time-stamp") || errs != "" {
		t.Errorf("exit code %d, printed %q, errors %q", code, out, errs)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, url := serve(t)
	s.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	var out, errs bytes.Buffer
	if code := exec(ctx, []string{"--server", url, "--retries=9", "--backoff=1h"}, &out, &errs); code != 1 || s.n != 1 {
		t.Errorf("exit code %d after %d requests, errors %q", code, s.n, errs.String())
	}
}
