package app_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"readnext/internal/app"
	"readnext/internal/feed"
	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

func TestRefusedConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg  app.Config
		text string
	}{
		{app.Config{Listen: ":0"}, "no API keys are set"},
		{app.Config{Listen: "0.0.0.0:0"}, "no API keys are set"},
		{app.Config{Listen: "192.0.2.1:80"}, "no API keys are set"},
		{app.Config{Listen: "example.org:80"}, "no API keys are set"},
		{app.Config{AdminListen: "0.0.0.0:0"}, "asks nobody for a key"},
		{app.Config{AdminListen: "0.0.0.0:0", APIKeysFile: "keys"}, "asks nobody for a key"},
		{app.Config{Listen: "nonsense"}, "no host:port"},
		{app.Config{Store: "mysql://127.0.0.1"}, `unknown scheme "mysql"; supported: pebble:DIR`},
		{app.Config{Store: "redis://127.0.0.1/zero"}, `names database "zero"`},
		{app.Config{Store: "redis+sentinel://127.0.0.1"}, "names no master"},
		{app.Config{Store: "./data"}, "no scheme"},
		{app.Config{Store: "pebble:"}, "names no directory"},
		{app.Config{Engine: "best"}, "none of live, pseudo"},
		{app.Config{Listen: "127.0.0.1:0", AdminListen: "off", Engine: app.Pseudo, APIKeysFile: "/nowhere"}, "no such file"},
	} {
		a, err := app.New(t.Context(), tt.cfg)
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%+v: %v, want %q", tt.cfg.Listen, err, tt.text)
		}
	}
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := app.Config{Listen: "127.0.0.1:0", AdminListen: l.Addr().String(), Store: "pebble:" + t.TempDir()}
	if a, err := app.New(t.Context(), cfg); err == nil {
		a.Close()
		t.Error("two listeners on one address")
	}
	cfg.AdminListen = "off"
	a, err := app.New(t.Context(), cfg) // the store was released
	if err != nil {
		t.Fatal(err)
	}
	if a.AdminAddr() != "" {
		t.Errorf("admin listens on %s", a.AdminAddr())
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestPseudoNeedsNoStore(t *testing.T) {
	s := run(t, app.Config{Engine: app.Pseudo, Store: "none"})
	page := s.refresh(t, "1", 2)
	if page.Exposure != "exposure param" || page.TimeStamp != int64(start) || len(page.Recommends) != 2 {
		t.Errorf("%v", page)
	}
	if status := s.get(t, s.adminURL()+"/keys"); status != http.StatusNotFound {
		t.Errorf("keys of the pseudo engine: %d", status)
	}
}

// TestLoop goes once around: articles, page, report, profile, next page.
func TestLoop(t *testing.T) {
	s := run(t, app.Config{APIKeysFile: keysFile(t)})
	s.put(t, 30)
	first := s.refresh(t, "u", 10)
	if len(first.Recommends) != 10 || first.TimeStamp == 0 || first.OlderTimeStamp != 0 {
		t.Fatalf("first page: %v", first)
	}
	s.advance(2 * feed.Second)
	got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{
		{Param: first.Exposure}, {Param: first.Recommends[3].Track.Click}, {Param: first.Recommends[3].Track.Click},
	}})
	if err != nil || got.Accepted != 2 || got.Duplicate != 1 || len(got.Rejected) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	profile, err := s.Insight.Profile(t.Context(), &recov1.ProfileRequest{UserId: "u"})
	if err != nil {
		t.Fatal(err)
	}
	if len(profile.Acts) != 1 || profile.Acts[0].ArticleId != first.Recommends[3].ArticleId || profile.ServedArticles != 10 {
		t.Errorf("profile: %v", profile)
	}
	s.advance(feed.Minute)
	second := s.refresh(t, "u", 100)
	if len(second.Recommends) != 20 || second.OlderTimeStamp != first.TimeStamp {
		t.Errorf("second page: %d articles, older %d", len(second.Recommends), second.OlderTimeStamp)
	}
	again, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u", ChannelId: 1, TimeStamp: first.TimeStamp})
	if err != nil || !proto.Equal(again, first) {
		t.Errorf("the first page again: %v, %v", again, err)
	}
	preview, err := s.Preview(t.Context(), &recov1.PreviewRequest{UserId: "another", ChannelId: 1, ArticleNum: 5})
	if err != nil || len(preview.Articles) != 5 {
		t.Errorf("preview: %v, %v", preview, err)
	}
	_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
	for _, want := range []string{
		"readnext_store_refuses_writes 0", "readnext_log_entries_folded_total 32", `readnext_model_size{model="catalog",name="articles"} 30`,
		`readnext_pages_total{kind="refresh"} 2`, `readnext_pages_total{kind="history"} 1`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no metric %s", want)
		}
	}
}

// TestRestart keeps everything over a restart, models included.
func TestRestart(t *testing.T) {
	store := "pebble:" + filepath.Join(t.TempDir(), "store")
	s := run(t, app.Config{Store: store})
	s.put(t, 20)
	page := s.refresh(t, "u", 5)
	if _, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{
		{Param: page.Exposure}, {Param: page.Recommends[0].Track.Collect},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: []int64{20}}); err != nil {
		t.Fatal(err)
	}
	trending := func(s *service) *recov1.TrendingResponse {
		t.Helper()
		got, err := s.Trending(t.Context(), &recov1.TrendingRequest{ChannelId: 1})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	before := trending(s)
	s.stop(t)

	s = run(t, app.Config{Store: store})
	if after := trending(s); !proto.Equal(before, after) || len(after.Articles) == 0 {
		t.Errorf("trending before %v, after %v", before, after)
	}
	again, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u", ChannelId: 1, TimeStamp: page.TimeStamp})
	if err != nil || !proto.Equal(again, page) {
		t.Errorf("the page again: %v, %v", again, err)
	}
	got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: page.Exposure}}})
	if err != nil || got.Duplicate != 1 {
		t.Errorf("a report from before the restart: %v, %v", got, err)
	}
	s.advance(feed.Minute)
	if rest := s.refresh(t, "u", 100); len(rest.Recommends) != 14 {
		t.Errorf("%d articles are left", len(rest.Recommends))
	}
}

func TestStoreInUse(t *testing.T) {
	store := "pebble:" + filepath.Join(t.TempDir(), "store")
	run(t, app.Config{Store: store})
	_, err := app.New(t.Context(), app.Config{Store: store, Listen: "127.0.0.1:0", AdminListen: "off"})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened twice: %v", err)
	}
}

// TestKeyRotation signs with the new key at once, and honours params of the old
// one for as long as its pages live.
func TestKeyRotation(t *testing.T) {
	s := run(t, app.Config{HousekeepingEvery: 10 * time.Millisecond})
	s.put(t, 20)
	old := s.refresh(t, "u", 5)
	s.advance(feed.Hour)
	keys := func() (ids []uint32) {
		_, body := s.fetch(t, http.MethodGet, s.adminURL()+"/keys")
		var list server.KeyList
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatalf("keys: %v: %s", err, body)
		}
		for _, k := range list.Keys {
			ids = append(ids, k.ID)
		}
		return ids
	}
	first := keys()
	var second server.KeyInfo
	status, body := s.fetch(t, http.MethodPost, s.adminURL()+"/keys/rotate")
	if err := json.Unmarshal([]byte(body), &second); status != 200 || err != nil || len(first) != 1 || second.ID <= first[0] {
		t.Fatalf("rotate: %d %s after %v", status, body, first)
	}
	fresh := s.refresh(t, "u", 5)
	report := func(param string) *recov1.ReportResponse {
		t.Helper()
		got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: param}}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, param := range []string{old.Exposure, fresh.Exposure} {
		if got := report(param); got.Accepted != 1 {
			t.Errorf("%v", got)
		}
	}
	if ids := keys(); !slices.Equal(ids, []uint32{first[0], second.ID}) {
		t.Errorf("keys: %v", ids)
	}
	s.advance(92 * feed.Day)
	s.await(t, "the end of the first key", func() bool { return !slices.Contains(keys(), first[0]) })
	if got := report(old.Recommends[0].Track.Click); len(got.Rejected) != 1 {
		t.Errorf("a param of a dropped key: %v", got)
	}
	page := s.refresh(t, "u", 5)
	if got := report(page.Exposure); got.Accepted != 1 {
		t.Errorf("after key 1 is gone: %v", got)
	}
}

// TestShutdown stops while requests are under way: each of them is answered.
func TestShutdown(t *testing.T) {
	s := run(t, app.Config{DrainDelay: 200 * time.Millisecond})
	s.put(t, 20)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Half a request: the server has begun to read it when it stops.
	head := "POST /twirp/reco.v1.UserRecommend/UserRecommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
	if _, err := conn.Write([]byte(head + `{"channel`)); err != nil {
		t.Fatal(err)
	}
	s.await(t, "the half request", func() bool {
		_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
		return strings.Contains(metrics, "readnext_requests_in_flight 1\n")
	})
	s.cancel()
	s.await(t, "readyz to say no", func() bool { return s.get(t, s.url()+"/readyz") == http.StatusServiceUnavailable })
	if page := s.refresh(t, "v", 1); len(page.Recommends) != 1 {
		t.Errorf("while draining: %v", page)
	}
	if resp, err := http.Get(s.url() + "/healthz"); err != nil || !resp.Close {
		t.Errorf("while draining, an answer keeps its connection: %+v, %v", resp, err)
	} else {
		resp.Body.Close()
	}
	s.await(t, "the listener to close", func() bool {
		c, err := net.Dial("tcp", s.Addr())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if _, err := conn.Write([]byte(`_id":1 }`)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1<<16)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200") {
		t.Errorf("the request under way: %q, %v", answer[:n], err)
	}
	s.stop(t)
}

func TestCanceledStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := app.New(ctx, app.Config{Listen: "127.0.0.1:0", AdminListen: "off", Store: "pebble:" + filepath.Join(t.TempDir(), "s")})
	if err != nil {
		return // refused at once: fine
	}
	if err := a.Run(ctx); err != nil {
		t.Error(err)
	}
}

// TestWithdrawnFromHistory takes an article out of a page served before: the
// others keep their params, so what is reported of them still counts once.
func TestWithdrawnFromHistory(t *testing.T) {
	s := run(t, app.Config{})
	s.put(t, 10)
	page := s.refresh(t, "u", 5)
	gone, rest := page.Recommends[0], page.Recommends[1:]
	if _, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: rest[0].Track.Click}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: []int64{gone.ArticleId}}); err != nil {
		t.Fatal(err)
	}
	again, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u", ChannelId: 1, TimeStamp: page.TimeStamp})
	if err != nil || len(again.Recommends) != len(rest) {
		t.Fatalf("the page again: %v, %v", again, err)
	}
	for i, r := range rest {
		if !proto.Equal(again.Recommends[i], r) {
			t.Errorf("article %d changed its params", r.ArticleId)
		}
	}
	got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: again.Recommends[0].Track.Click}}})
	if err != nil || got.Duplicate != 1 {
		t.Errorf("a second click on one article: %v, %v", got, err)
	}
}
