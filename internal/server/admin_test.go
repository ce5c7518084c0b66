package server_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/track"
)

// scrape returns what /metrics answers.
func (s *site) scrape(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	server.NewAdmin(server.Admin{Metrics: s.metrics, Logger: slog.New(slog.DiscardHandler), Ready: s.isReady}).
		ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantMetrics(t *testing.T, metrics string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(metrics, l+"\n") {
			name, _, _ := strings.Cut(l, "{")
			var near []string
			for _, m := range strings.Split(metrics, "\n") {
				if strings.HasPrefix(m, strings.Fields(name)[0]) {
					near = append(near, m)
				}
			}
			t.Errorf("no %s; there is\n%s", l, strings.Join(near, "\n"))
		}
	}
}

func TestMetrics(t *testing.T) {
	s := newSite(t)
	s.metrics.Register(server.ModelSizes(func(yield func(model, name string, n int)) {
		yield("covisit", "pairs", 12)
	}))
	post := func(path, body string) {
		t.Helper()
		s.do(t, s.request(t, "POST", path, strings.NewReader(body)))
	}
	s.answer = recommend.Answer{Page: page("u", 3)}
	post(recommendPath, `{}`)
	s.answer.Again = true
	post(recommendPath, `{"time_stamp": 5}`)
	s.answer = recommend.Answer{}
	post(recommendPath, `{}`)
	post(recommendPath, `{"article_num": -5}`)
	post("/twirp/reco.v1.Nowhere/Nothing", `{}`)
	post("/another", `{}`)
	var params track.Params
	if err := s.ring.Sign(page("u", 1), &params); err != nil {
		t.Fatal(err)
	}
	forged := []byte(params.Exposure)
	forged[len(forged)-5] ^= 1
	post("/twirp/reco.v1.Behavior/Report",
		`{"signals":[{"param":"`+params.Exposure+`"},{"param":"junk"},{"param":"`+string(forged)+`"}]}`)
	post("/twirp/reco.v1.Catalog/PutArticles", `{"articles":[{"article_id":1,"channel_ids":[1]},{}]}`)

	const method = `method="UserRecommend/UserRecommend"`
	wantMetrics(t, s.scrape(t),
		`readnext_requests_total{code="ok",`+method+`} 3`,
		`readnext_requests_total{code="invalid_argument",`+method+`} 1`,
		`readnext_requests_total{code="bad_route",method="other"} 2`,
		`readnext_request_duration_seconds_count{code="ok",`+method+`} 3`,
		`readnext_requests_in_flight 0`,
		`readnext_pages_total{kind="refresh"} 1`,
		`readnext_pages_total{kind="history"} 1`,
		`readnext_pages_total{kind="empty"} 1`,
		`readnext_served_articles_total 6`,
		`readnext_signals_total{method="Report",outcome="accepted"} 1`,
		`readnext_signals_total{method="Report",outcome="malformed"} 1`,
		`readnext_signals_total{method="Report",outcome="forged"} 1`,
		`readnext_articles_total{outcome="created"} 1`,
		`readnext_articles_total{outcome="rejected"} 1`,
		`readnext_event_to_effect_seconds_count{method="Report"} 1`,
		`readnext_model_size{model="covisit",name="pairs"} 12`,
	)
}

func TestAdmin(t *testing.T) {
	keys := []feed.SigningKey{signingKey(1)}
	ready := true
	var fails error
	h := httptest.NewServer(server.NewAdmin(server.Admin{
		Metrics: server.NewMetrics("v1"),
		Logger:  slog.New(slog.DiscardHandler),
		Ready:   func() bool { return ready },
		Keys:    func(context.Context) ([]feed.SigningKey, error) { return keys, fails },
		Rotate: func(context.Context) (feed.SigningKey, error) {
			k := signingKey(uint32(len(keys) + 1))
			keys = append(keys, k)
			return k, fails
		},
	}))
	t.Cleanup(h.Close)
	do := func(method, path string, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := h.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/cmdline"} {
		if code, body := do("GET", path); code != 200 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if code, body := do("POST", "/keys/rotate"); code != 200 || !strings.Contains(body, `"id":2`) {
		t.Errorf("rotate: %d %s", code, body)
	}
	code, body := do("GET", "/keys")
	var list server.KeyList
	if err := json.Unmarshal([]byte(body), &list); err != nil || code != 200 {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	if len(list.Keys) != 2 || list.Keys[1].ID != 2 || !list.Keys[0].Created.Equal(now.Time()) {
		t.Errorf("keys: %+v", list)
	}
	if strings.Contains(strings.ToLower(body), "secret") {
		t.Errorf("the list tells secrets: %s", body)
	}
	if code, _ := do("POST", "/keys/rotate", "Sec-Fetch-Site", "cross-site"); code != 403 {
		t.Errorf("another site's request: %d", code)
	}
	if code, _ := do("GET", "/keys/rotate"); code != 404 || len(keys) != 2 {
		t.Errorf("GET rotates: %d", code)
	}
	fails = errSecret
	if code, body := do("GET", "/keys"); code != 500 || strings.Contains(body, "secret") {
		t.Errorf("a failure: %d %s", code, body)
	}
	ready = false
	if code, _ := do("GET", "/readyz"); code != 503 {
		t.Errorf("readyz: %d", code)
	}
}
