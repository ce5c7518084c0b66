package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/app"
	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

// start is the time at which tests' clocks start: 2024-05-01 12:00 UTC.
const start feed.Millis = 1714564800000

// apiKey is what guarded services ask for.
const apiKey = "test-key-0123456789"

// service is a running service on its own store and clock.
type service struct {
	*app.App
	clock  *atomic.Int64 // Unix milliseconds
	log    *lockedBuffer
	cancel context.CancelFunc
	done   chan error // what Run returned
	client *http.Client

	recov1.UserRecommend
	recov1.Behavior
	recov1.Catalog
	recov1.Insight
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// run starts a service and waits until it is ready; the test's end stops it.
func run(t *testing.T, cfg app.Config) *service {
	t.Helper()
	s := &service{clock: new(atomic.Int64), log: new(lockedBuffer), done: make(chan error, 1)}
	s.clock.Store(int64(start))
	cfg.Listen, cfg.AdminListen = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Logger = slog.New(slog.NewTextHandler(s.log, nil))
	cfg.Now = func() time.Time { return time.UnixMilli(s.clock.Load()) }
	if cfg.Store == "" {
		cfg.Store = "pebble:" + filepath.Join(t.TempDir(), "store")
	}
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if s.App, err = app.New(ctx, cfg); err != nil {
		cancel()
		t.Fatal(err)
	}
	s.cancel = cancel
	go func() { s.done <- s.Run(ctx) }()
	t.Cleanup(func() { s.stop(t) })
	s.client = &http.Client{Transport: bearer{apiKey, new(http.Transport)}}
	s.UserRecommend = recov1.NewUserRecommendProtobufClient(s.url(), s.client)
	s.Behavior = recov1.NewBehaviorProtobufClient(s.url(), s.client)
	s.Catalog = recov1.NewCatalogProtobufClient(s.url(), s.client)
	s.Insight = recov1.NewInsightProtobufClient(s.url(), s.client)
	s.await(t, "readiness", func() bool { return s.get(t, s.url()+"/readyz") == http.StatusOK })
	return s
}

func (s *service) url() string      { return "http://" + s.Addr() }
func (s *service) adminURL() string { return "http://" + s.AdminAddr() }
func (s *service) now() feed.Millis { return feed.Millis(s.clock.Load()) }

func (s *service) advance(d feed.Millis) { s.clock.Add(int64(d)) }

// stop stops the service and fails the test if it did not stop well.
func (s *service) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	if s.done == nil {
		return
	}
	select {
	case err := <-s.done:
		if err != nil {
			t.Errorf("stopping: %v\n%s", err, s.log)
		}
	case <-time.After(30 * time.Second):
		t.Errorf("the service does not stop\n%s", s.log)
	}
	s.done = nil
	s.client.CloseIdleConnections()
}

// await polls until cond holds.
func (s *service) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come\n%s", what, s.log)
		}
	}
}

// get returns the status of an answer.
func (s *service) get(t *testing.T, url string) int {
	t.Helper()
	status, _ := s.fetch(t, http.MethodGet, url)
	return status
}

func (s *service) fetch(t *testing.T, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// put puts articles 1 to n into channel 1.
func (s *service) put(t *testing.T, n int) {
	t.Helper()
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	s.putIDs(t, ids...)
}

// putIDs puts articles into channel 1, the first the youngest.
func (s *service) putIDs(t *testing.T, ids ...int64) {
	t.Helper()
	req := new(recov1.PutArticlesRequest)
	for i, id := range ids {
		req.Articles = append(req.Articles, &recov1.CatalogArticle{
			ArticleId: id, ChannelIds: []int32{1}, PublishTime: int64(s.now()) - int64(i+1)*1000,
		})
	}
	got, err := s.PutArticles(t.Context(), req)
	if err != nil || len(got.Rejected) > 0 {
		t.Fatalf("%v, %v", got, err)
	}
}

// refresh asks for a new page of channel 1.
func (s *service) refresh(t *testing.T, user string, num int32) *recov1.ArticleResponse {
	t.Helper()
	page, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: user, ChannelId: 1, ArticleNum: num})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// bearer shows an API key, unless a request has an Authorization of its own.
type bearer struct {
	key  string
	next *http.Transport
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, ok := r.Header["Authorization"]; !ok {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.key)
	}
	return b.next.RoundTrip(r)
}

// CloseIdleConnections lets http.Client close what it keeps open.
func (b bearer) CloseIdleConnections() { b.next.CloseIdleConnections() }

// keysFile writes a file of API keys.
func keysFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("# test\n"+apiKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
