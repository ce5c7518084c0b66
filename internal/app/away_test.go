package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/store"
	"readnext/internal/store/guard"
	"readnext/internal/store/pebblestore"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// stalled is a store that answers nothing while it stalls: calls hang until
// they are given up or the store goes on.
type stalled struct {
	store.Store
	gate atomic.Pointer[chan struct{}] // nil: it goes on
	held atomic.Int64                  // calls that hang
	// stalls counts them.
	stalls atomic.Int64
}

func (s *stalled) stall() {
	c := make(chan struct{})
	s.gate.Store(&c)
}

func (s *stalled) resume() { close(*s.gate.Swap(nil)) }

func (s *stalled) wait(ctx context.Context) error {
	gate := s.gate.Load()
	if gate == nil {
		return nil
	}
	s.stalls.Add(1)
	s.held.Add(1)
	defer s.held.Add(-1)
	select {
	case <-*gate:
		return nil
	case <-ctx.Done():
		return feed.Wrap(feed.Unavailable, ctx.Err(), "waiting for the store")
	}
}

func (s *stalled) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Store.Profile(ctx, user, now)
}

func (s *stalled) PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (*feed.Page, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Store.PageAt(ctx, user, channel, at, oldest)
}

func (s *stalled) PutPage(ctx context.Context, page *feed.Page, version uint64) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.PutPage(ctx, page, version)
}

func (s *stalled) AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, feed.Position, error) {
	if err := s.wait(ctx); err != nil {
		return nil, "", err
	}
	return s.Store.AppendSignals(ctx, signals, now)
}

func (s *stalled) ReadLog(ctx context.Context, after feed.Position, max int) ([]feed.Entry, feed.Position, error) {
	if err := s.wait(ctx); err != nil {
		return nil, after, err
	}
	return s.Store.ReadLog(ctx, after, max)
}

// guardedSite is the whole service but for what opens the store, which stalls.
type guardedSite struct {
	store  *stalled
	engine *engine.Engine
	client *http.Client
}

// siteURL is where the client finds the service, whatever the name.
const siteURL = "http://service"

// pipes is a network of pipes, on which a test's own clock counts.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newGuardedSite(t testing.TB, dir string) *guardedSite {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	inner, err := pebblestore.Open(dir, pebblestore.Config{Logger: slog.New(slog.DiscardHandler)})
	must(err)
	s := &guardedSite{store: &stalled{Store: inner}}
	safe, err := guard.New(s.store, guard.Config{})
	must(err)
	now := feed.MillisOf(time.Now())
	params := new(track.Keyring)
	params.Set([]feed.SigningKey{{ID: 1, Created: now}})
	cfg := engine.Config{Recommend: recommend.Config{Degraded: true, Profiles: true}}
	s.engine, err = engine.Open(t.Context(), cfg, safe, params.Current, func() uint64 { return 7 })
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.engine.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, safe.Close()); err != nil {
			t.Error(err)
		}
	})
	metrics := server.NewMetrics("test")
	h, err := server.New(server.Config{AccessLog: server.LogOff}, server.Parts{
		Services: server.NewLive(server.LiveParts{
			Recommender: s.engine.Recommender, Inspector: s.engine.Recommender, Learner: s.engine.Learner, Articles: safe,
			Params: params, Ready: s.engine.Ready, Now: time.Now, Metrics: metrics,
		}),
		Metrics: metrics, Logger: slog.New(slog.DiscardHandler), Ready: s.engine.Ready,
	})
	must(err)
	network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: h}
	go srv.Serve(network) //nolint:errcheck // it ends by Close
	t.Cleanup(func() { srv.Close() })
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DialContext: network.dial}}
	t.Cleanup(s.client.CloseIdleConnections)
	var articles []feed.Article
	for i := range 2500 {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: now - feed.Millis(i)}
		a.Normalize(now)
		articles = append(articles, a)
	}
	_, err = s.engine.PutArticles(t.Context(), articles)
	must(err)
	return s
}

// ask asks for a page and says whether it is marked.
func (s *guardedSite) ask(ctx context.Context, user string) (*recov1.ArticleResponse, bool, error) {
	m := &marks{next: s.client.Transport}
	page, err := recov1.NewUserRecommendProtobufClient(siteURL, &http.Client{Transport: m}).
		UserRecommend(ctx, &recov1.UserRequest{UserId: user, ChannelId: 1})
	return page, m.degraded.Load(), err
}

// load has 8 readers ask for 100 pages each, 10 ms after one another.
func (s *guardedSite) load(t testing.TB) (took []time.Duration, degraded int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, user := range strings.Split("abcdefgh", "") {
		wg.Go(func() {
			for range 100 {
				began := time.Now()
				page, marked, err := s.ask(t.Context(), user)
				mu.Lock()
				took = append(took, time.Since(began))
				if marked {
					degraded++
				}
				mu.Unlock()
				if err != nil || len(page.Recommends) != 10 {
					t.Errorf("%s: %v, %v", user, page, err)
					return
				}
				<-time.After(10 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took, degraded
}

func p99(took []time.Duration) time.Duration { return took[len(took)*99/100] }

// TestStalledStore: while the store answers nothing, refreshes go on in time,
// and neither goroutines nor calls of the store pile up; when it goes on, so
// does everything. Time is the test's own, so that what counts is waiting.
func TestStalledStore(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { testStalledStore(t, newGuardedSite(t, dir)) })
}

func testStalledStore(t *testing.T, s *guardedSite) {
	healthy, degraded := s.load(t)
	if degraded > 0 {
		t.Errorf("%d of %d pages are not recorded while the store is well", degraded, len(healthy))
	}
	last, _, err := s.ask(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	goroutines := runtime.NumGoroutine()

	s.store.stall()
	took, degraded := s.load(t)
	if p := p99(took); p >= 250*time.Millisecond {
		t.Errorf("p99 %v while the store stalls", p)
	}
	if degraded != len(took) {
		t.Errorf("%d of %d pages are marked", degraded, len(took))
	}
	if n := runtime.NumGoroutine(); n > goroutines+8 {
		t.Errorf("%d goroutines, %d before the store stalled", n, goroutines)
	}
	if n := s.store.stalls.Load(); n > int64(len(took)/20) {
		t.Errorf("%d of %d refreshes waited for the store", n, len(took))
	}
	if n := s.store.held.Load(); n > 4 {
		t.Errorf("%d calls of the store hang", n)
	}
	if !s.engine.Ready() {
		t.Error("not ready while the store stalls")
	}
	behavior := recov1.NewBehaviorProtobufClient(siteURL, s.client)
	signal := &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: last.Recommends[0].Track.Click}}}
	if got, err := behavior.Report(t.Context(), signal); err == nil {
		t.Errorf("a report while the store stalls: %v", got)
	}

	s.store.resume()
	back := time.Now()
	for marked := true; marked; <-time.After(10 * time.Millisecond) {
		if _, marked, err = s.ask(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	for {
		if _, err = behavior.Report(t.Context(), signal); err == nil {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if took := time.Since(back); took > time.Second {
		t.Errorf("full service %v after the store's return", took)
	}
}

// BenchmarkStalledStore measures refreshes before and while the store stalls.
func BenchmarkStalledStore(b *testing.B) {
	for b.Loop() {
		s := newGuardedSite(b, b.TempDir())
		before, _ := s.load(b)
		s.store.stall()
		took, _ := s.load(b)
		s.store.resume()
		b.ReportMetric(float64(p99(before).Milliseconds()), "before-p99-ms")
		b.ReportMetric(float64(p99(took).Milliseconds()), "p99-ms")
		b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "longest-ms")
	}
}
