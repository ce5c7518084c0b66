package importer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"readnext/internal/importer"
	"readnext/rpc/reco/v1"
)

// recorder is a server that keeps what it is sent. Embedded interfaces stand
// for the methods that an import has no business with.
type recorder struct {
	recov1.Catalog
	recov1.Behavior

	mu       sync.Mutex
	calls    []string // "articles 3", "events 500", in the order they came
	sizes    []int64  // bodies
	keys     map[string]bool
	articles map[int64]*recov1.CatalogArticle
	events   []*recov1.Event // the accepted ones, in order
	seen     map[string]bool // by reader and event_id
	// before sees each request before it is served, and may serve it itself.
	before func(n int, w http.ResponseWriter, r *http.Request) (served bool)
}

func (s *recorder) PutArticles(_ context.Context, in *recov1.PutArticlesRequest) (*recov1.PutArticlesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf("articles %d", len(in.Articles)))
	out := &recov1.PutArticlesResponse{}
	for i, a := range in.Articles {
		switch {
		case len(a.ChannelIds) == 0:
			out.Rejected = append(out.Rejected, &recov1.RejectedRow{Index: int32(i), Reason: "channel_ids is empty"})
			continue
		case s.articles[a.ArticleId] == nil:
			out.Created++
		default:
			out.Updated++
		}
		s.articles[a.ArticleId] = a
	}
	return out, nil
}

func (s *recorder) Record(_ context.Context, in *recov1.RecordRequest) (*recov1.RecordResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf("events %d", len(in.Events)))
	out := &recov1.RecordResponse{}
	for i, e := range in.Events {
		id := e.UserId + "\x00" + e.EventId
		switch {
		case e.Time < 0:
			out.Rejected = append(out.Rejected, &recov1.RejectedRow{Index: int32(i), Reason: "time is negative\n"})
		case s.seen[id]:
			out.Duplicate++
		default:
			s.seen[id] = true
			s.events = append(s.events, e)
			out.Accepted++
		}
	}
	return out, nil
}

// serve starts a recorder.
func serve(t testing.TB) (*recorder, string) {
	t.Helper()
	s := &recorder{
		keys: map[string]bool{}, articles: map[int64]*recov1.CatalogArticle{}, seen: map[string]bool{},
	}
	catalog, behavior := recov1.NewCatalogServer(s), recov1.NewBehaviorServer(s)
	mux := http.NewServeMux()
	mux.Handle(catalog.PathPrefix(), catalog)
	mux.Handle(behavior.PathPrefix(), behavior)
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		n++
		call, before := n, s.before
		s.keys[r.Header.Get("Authorization")] = true
		s.sizes = append(s.sizes, r.ContentLength)
		s.mu.Unlock()
		if before == nil || !before(call, w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

// clock is one that stands still but for waits, which take no time.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

// config is for a server, with a clock of its own.
func config(server string) (importer.Config, *clock) {
	c := &clock{now: time.Unix(1_790_000_000, 0)}
	return importer.Config{Server: server, Now: c.Now, Wait: c.Wait}, c
}

// input makes a file of rows.
func input(name string, rows ...string) importer.Input {
	return importer.Input{Name: name, Reader: strings.NewReader(strings.Join(rows, "\n") + "\n")}
}

func articleRow(id int) string {
	return fmt.Sprintf(`{"article_id": %d, "channel_ids": [1], "tags": ["go"]}`, id)
}

func eventRow(user string, article, time int) string {
	return fmt.Sprintf(`{"user_id": %q, "article_id": %d, "action": "CLICK", "time": %d, "channel_id": 1}`, user, article, time)
}

// eventRows makes n events of a few readers in order of time.
func eventRows(n, readers int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = eventRow(fmt.Sprintf("u%d", i*7%readers), 1+i%50, 1000+i)
	}
	return rows
}

// serveSilently serves a request whose answer gets lost.
func (s *recorder) serveSilently(r *http.Request) {
	recov1.NewBehaviorServer(s).ServeHTTP(httptest.NewRecorder(), r)
}
