package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"readnext/internal/app"
	"readnext/internal/store/guard"
	"readnext/internal/store/redisstore/redistest"
	recov1 "readnext/rpc/reco/v1"
)

// redis starts a server for one test.
func redis(t *testing.T) *redistest.Server {
	t.Helper()
	srv, err := redistest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Kill)
	return srv
}

func replica(t *testing.T, srv *redistest.Server) *service {
	t.Helper()
	return run(t, patient(t, srv))
}

// patient is a replica that waits for its store for as long as a loaded machine
// takes: no page goes unrecorded.
func patient(t *testing.T, srv *redistest.Server) app.Config {
	return app.Config{
		Store: srv.URL(), SnapshotDir: t.TempDir(), RedisTimeout: time.Minute, Degraded: app.Refuse, Guard: guard.InFlight(),
	}
}

func (s *service) preview(t *testing.T, user string) *recov1.PreviewResponse {
	t.Helper()
	got, err := s.Preview(t.Context(), &recov1.PreviewRequest{UserId: user, ChannelId: 1, ArticleNum: 10})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// click reports a click on a page's first article.
func (s *service) click(t *testing.T, page *recov1.ArticleResponse) {
	t.Helper()
	got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{
		{Param: page.Exposure}, {Param: page.Recommends[0].Track.Click},
	}})
	if err != nil || got.Accepted != 2 {
		t.Fatalf("report: %v, %v", got, err)
	}
}

// knows waits until a service's models have so many articles.
func (s *service) knows(t *testing.T, articles int) {
	t.Helper()
	want := fmt.Sprintf("readnext_model_size{model=\"catalog\",name=\"articles\"} %d\n", articles)
	s.await(t, "the catalogue", func() bool {
		_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
		return strings.Contains(metrics, want)
	})
}

// agree waits until services would serve the same to everybody.
func agree(t *testing.T, services ...*service) {
	t.Helper()
	for i := range 60 {
		user := fmt.Sprint("reader", i)
		for n, s := range services[1:] {
			s.await(t, fmt.Sprintf("what replica 0 would serve %s, on replica %d,", user, n+1), func() bool {
				one, two := services[0].preview(t, user), s.preview(t, user)
				return proto.Equal(one, two) && len(one.Articles) > 0
			})
		}
	}
}

// TestReplicas has three replicas on one Redis serve, learn and agree.
func TestReplicas(t *testing.T) {
	srv := redis(t)
	a, b := replica(t, srv), replica(t, srv)
	a.put(t, 60)
	b.knows(t, 60)

	// Racing refreshes of one reader never repeat an article.
	seen := map[int64]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 6 {
		s := []*service{a, b}[i%2]
		wg.Go(func() {
			for range 4 {
				page, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "racer", ChannelId: 1, ArticleNum: 2})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, r := range page.Recommends {
					seen[r.ArticleId]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("article %d was served %d times", id, n)
		}
	}
	if len(seen) != 48 {
		t.Errorf("%d articles were served, want 48", len(seen))
	}

	// What one is told shows on the other, and on one that comes later.
	for i := range 60 {
		s := []*service{a, b}[i%2]
		s.click(t, s.refresh(t, fmt.Sprint("reader", i), 3))
	}
	c := replica(t, srv)
	agree(t, a, b, c)
}

// TestHealing takes the log's end away from running replicas, as a server does
// that takes over and lacks it: they rebuild their models and agree with one that
// starts anew.
func TestHealing(t *testing.T) {
	srv := redis(t)
	a, b := replica(t, srv), replica(t, srv)
	a.put(t, 30)
	b.knows(t, 30)
	a.click(t, a.refresh(t, "reader0", 3))
	dumps := map[string]string{}
	for _, key := range []string{"readnext:{order}order", "readnext:{order}marks"} {
		m, err := srv.Do(t.Context(), "DUMP", key)
		if err != nil {
			t.Fatal(err)
		}
		if dumps[key], err = m.ToString(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		a.click(t, b.refresh(t, fmt.Sprint("reader", i), 3))
	}
	agree(t, a, b)
	for key, dump := range dumps {
		if _, err := srv.Do(t.Context(), "RESTORE", key, "0", dump, "REPLACE"); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*service{a, b} {
		s.await(t, "the rebuilding", func() bool {
			_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
			return strings.Contains(metrics, "readnext_models_rebuilt_total 1\n")
		})
		s.await(t, "readiness", func() bool { return s.get(t, s.url()+"/readyz") == http.StatusOK })
	}
	// The next signals are ordered behind what was lost and ordered anew.
	for i := range 60 {
		a.click(t, a.refresh(t, fmt.Sprint("reader", i), 3))
	}
	c := replica(t, srv)
	agree(t, c, a, b)
}

// TestWarmStart has a replica start from what another one shared: it folds none
// of what that covers.
func TestWarmStart(t *testing.T) {
	srv := redis(t)
	cfg := patient(t, srv)
	cfg.LiveEngine.Learn.SnapshotEvery = 10 * time.Millisecond
	a := run(t, cfg)
	a.put(t, 30)
	a.await(t, "a shared snapshot", func() bool { return strings.Contains(a.log.String(), "was shared") })
	b := replica(t, srv)
	b.knows(t, 30)
	if _, metrics := b.fetch(t, http.MethodGet, b.adminURL()+"/metrics"); !strings.Contains(metrics, "readnext_log_entries_folded_total 0\n") {
		t.Errorf("the new replica folded the log that the snapshot covers")
	}
	agree(t, a, b)
}

// TestLostKeys takes the signing keys away from under two replicas, of which one
// is started again: what either signed before or after is good on both.
func TestLostKeys(t *testing.T) {
	srv := redis(t)
	a, b := replica(t, srv), replica(t, srv)
	a.put(t, 30)
	b.knows(t, 30)
	before := a.refresh(t, "before", 2)
	if _, err := srv.Do(t.Context(), "DEL", "readnext:{articles}keys"); err != nil {
		t.Fatal(err)
	}
	b.stop(t)
	c := replica(t, srv) // knows of no key, and makes one
	c.knows(t, 30)
	after := c.refresh(t, "after", 2)
	a.click(t, after)  // a key that it does not know: it loads them, and gives back its own
	c.click(t, before) // likewise
	a.click(t, a.refresh(t, "later", 2))
	c.click(t, a.refresh(t, "later still", 2))
}
