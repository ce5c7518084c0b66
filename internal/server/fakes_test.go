package server_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/store"
	"readnext/internal/track"
)

// now is the time of every test that does not move it: 2024-05-01 12:00 UTC.
const now feed.Millis = 1714564800000

// rooms fakes the rooms below the server.
type rooms struct {
	now       feed.Millis
	ready     bool
	err       error // what every call fails with, nil for none
	panics    any
	answer    recommend.Answer
	scored    []recommend.Scored
	reader    recommend.Reader
	articles  []feed.Article
	outcomes  []store.Outcome // nil: all accepted
	asked     recommend.Request
	num       int
	asOf      feed.Millis
	signals   []feed.Signal
	put       []feed.Article
	withdrawn []feed.ArticleID
	forgotten feed.UserID
	reloads   int
	onReload  func()
	ring      track.Keyring
}

func (f *rooms) fail() error {
	if f.panics != nil {
		panic(f.panics)
	}
	return f.err
}

func (f *rooms) Recommend(_ context.Context, r recommend.Request, _ feed.Millis) (recommend.Answer, error) {
	f.asked = r
	return f.answer, f.fail()
}

func (f *rooms) Preview(_ context.Context, _ feed.UserID, _ feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	f.num, f.asOf = num, asOf
	return f.scored, f.fail()
}

func (f *rooms) Similar(_ context.Context, _ feed.ArticleID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	f.num, f.asOf = num, asOf
	return f.scored, f.fail()
}

func (f *rooms) Trending(_ context.Context, _ feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	f.num, f.asOf = num, asOf
	return f.scored, f.fail()
}

func (f *rooms) Reader(context.Context, feed.UserID, feed.Millis) (recommend.Reader, error) {
	return f.reader, f.fail()
}

func (f *rooms) Submit(_ context.Context, signals []feed.Signal, _ feed.Millis) ([]store.Outcome, error) {
	f.signals = signals
	if f.outcomes != nil {
		return f.outcomes, f.fail()
	}
	return make([]store.Outcome, len(signals)), f.fail()
}

func (f *rooms) PutArticles(_ context.Context, articles []feed.Article) ([]bool, error) {
	f.put = articles
	created := make([]bool, len(articles))
	for i := range created {
		created[i] = i%2 == 0
	}
	return created, f.fail()
}

func (f *rooms) WithdrawArticles(_ context.Context, ids []feed.ArticleID) ([]bool, error) {
	f.withdrawn = ids
	known := make([]bool, len(ids))
	for i, id := range ids {
		known[i] = id > 0 && id < 100
	}
	return known, f.fail()
}

func (f *rooms) Forget(_ context.Context, user feed.UserID) error {
	f.forgotten = user
	return f.fail()
}

func (f *rooms) Articles(context.Context, []feed.ArticleID) ([]feed.Article, error) {
	return f.articles, f.fail()
}

func (f *rooms) ListArticles(_ context.Context, after feed.ArticleID, max int) ([]feed.Article, error) {
	var out []feed.Article
	for _, a := range f.articles {
		if a.ID > after && len(out) < max {
			out = append(out, a)
		}
	}
	return out, f.fail()
}

func (f *rooms) reload(context.Context) error {
	f.reloads++
	if f.onReload != nil {
		f.onReload()
	}
	return nil
}

// site is a handler on fakes, listening.
type site struct {
	*rooms
	*httptest.Server
	edge    *server.Edge
	metrics *server.Metrics
	log     *lines
	passed  atomic.Int64  // requests that the door did not refuse
	visits  atomic.Int64  // those of them that it answered
	rested  chan net.Addr // connections whose next request meets the door
}

// lines collects what is logged.
type lines struct {
	mu  sync.Mutex
	buf []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, b...)
	return len(b), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}

type setting func(*server.Config, *server.Parts)

func newSite(t *testing.T, settings ...setting) *site {
	t.Helper()
	s := unstarted(t, settings...)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// unstarted is a site that takes no connections yet.
func unstarted(t *testing.T, settings ...setting) *site {
	t.Helper()
	s := &site{
		rooms:   &rooms{now: now, ready: true},
		metrics: server.NewMetrics("test"),
		log:     new(lines),
		rested:  make(chan net.Addr, 1000),
	}
	s.ring.Set([]feed.SigningKey{signingKey(1)})
	cfg := server.Config{AccessLog: server.LogAll}
	parts := server.Parts{
		Services: server.NewLive(server.LiveParts{
			Recommender: s.rooms, Inspector: s.rooms, Learner: s.rooms, Articles: s.rooms, Params: &s.ring,
			ReloadKeys: s.reload, Ready: s.isReady, Now: s.clock, Metrics: s.metrics,
		}),
		Metrics: s.metrics,
		Logger:  slog.New(slog.NewTextHandler(s.log, nil)),
		Ready:   s.isReady,
	}
	for _, set := range settings {
		set(&cfg, &parts)
	}
	cfg.EnsureDefaults()
	h, err := server.New(cfg, parts)
	if err != nil {
		t.Fatal(err)
	}
	s.edge = h
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.passed.Add(1)
		if _, ok := w.(http.Flusher); !ok { // net/http's are
			s.visits.Add(1)
		}
		if !s.ready { // as a process that stops has it
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
	s.Server = httptest.NewUnstartedServer(outer)
	s.Config = cfg.HTTPServer(outer)
	s.Listener = h.Door(s.Config, s.Listener)
	hook := s.Config.ConnState
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		hook(c, state)
		if state == http.StateIdle {
			select {
			case s.rested <- c.RemoteAddr():
			default:
			}
		}
	}
	return s
}

func (s *site) isReady() bool    { return s.ready }
func (s *site) clock() time.Time { return s.now.Time() }

func signingKey(id uint32) feed.SigningKey {
	k := feed.SigningKey{ID: id, Created: now}
	k.Secret[0] = byte(id)
	return k
}

// page is a page of n articles.
func page(user feed.UserID, n int) *feed.Page {
	p := &feed.Page{User: user, Channel: 1, Stamp: now - 1000, Older: now - 5000, KeyID: 1, Model: 1}
	for i := range n {
		p.Places = append(p.Places, feed.Place{Article: feed.ArticleID(i + 1), Propensity: 1})
	}
	return p
}

var errSecret = errors.New("disk /secret/path is on fire")
