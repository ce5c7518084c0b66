package importer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/importer"
	"readnext/rpc/reco/v1"
)

func run(t testing.TB, cfg importer.Config, files ...importer.Input) importer.Summary {
	t.Helper()
	sum, err := importer.Run(t.Context(), cfg, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestImport(t *testing.T) {
	s, url := serve(t)
	cfg, _ := config(url)
	cfg.APIKey = "secret"
	cfg.Batch = 10
	var articles []string
	for i := range 25 {
		articles = append(articles, articleRow(i+1))
	}
	var last importer.Progress
	sum, err := importer.Run(t.Context(), cfg, []importer.Input{
		input("articles.jsonl", articles...),
		input("events.jsonl", eventRows(100, 7)...),
		input("again.jsonl", articles[:5]...),
	}, func(p importer.Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	if sum.Rows != 130 || sum.Articles.Created != 25 || sum.Articles.Updated != 5 ||
		sum.Events.Accepted != 100 || sum.Rejected() != 0 {
		t.Errorf("summary %+v", sum)
	}
	if !slices.Equal(slices.Collect(maps.Keys(s.keys)), []string{"Bearer secret"}) {
		t.Errorf("authorizations %v", s.keys)
	}
	if want := (importer.Progress{Bytes: sum.Bytes, Rows: 130, Done: true}); last != want {
		t.Errorf("last progress %+v, want %+v", last, want)
	}
	e := s.events[0]
	if e.ArticleId == 0 || e.Time == 0 || e.ChannelId != 1 || e.EventId == "" {
		t.Errorf("event %v", e)
	}
	if a := s.articles[3]; a.ChannelIds[0] != 1 || a.Tags[0] != "go" {
		t.Errorf("article %v", a)
	}
}

func TestReadersEventsKeepTheirOrder(t *testing.T) {
	for _, flaky := range []bool{false, true} {
		s, url := serve(t)
		if flaky {
			s.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
				if n%3 == 0 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return n%3 == 0
			}
		}
		cfg, _ := config(url)
		cfg.Batch = 7
		run(t, cfg, input("e", eventRows(2000, 23)...))
		if len(s.events) != 2000 {
			t.Fatalf("%d events", len(s.events))
		}
		newest := map[string]int64{}
		for _, e := range s.events {
			if e.Time <= newest[e.UserId] {
				t.Fatalf("%s's event of %d came after the one of %d", e.UserId, e.Time, newest[e.UserId])
			}
			newest[e.UserId] = e.Time
		}
	}
}

func TestArticlesComeBeforeLaterEvents(t *testing.T) {
	s, url := serve(t)
	cfg, _ := config(url)
	cfg.Batch = 10
	var rows []string
	for i := range 500 {
		rows = append(rows, articleRow(i+1))
		rows = append(rows, eventRow(fmt.Sprintf("u%d", i%9), i+1, i))
	}
	early := 0
	s.before = func(int, http.ResponseWriter, *http.Request) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.events {
			if s.articles[e.ArticleId] == nil {
				early++
			}
		}
		return false
	}
	run(t, cfg, input("mixed", rows...))
	if early > 0 || len(s.events) != 500 || len(s.articles) != 500 {
		t.Errorf("%d events overtook their article; %d events, %d articles", early, len(s.events), len(s.articles))
	}
}

func TestBatches(t *testing.T) {
	s, url := serve(t)
	cfg, _ := config(url)
	cfg.InFlight = 1
	run(t, cfg, input("e", eventRows(1200, 5)...))
	if want := []string{"events 500", "events 500", "events 200"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls %q, want %q", s.calls, want)
	}

	s, url = serve(t)
	cfg, _ = config(url)
	var rows []string
	for i := range 40 {
		rows = append(rows, fmt.Sprintf(`{"article_id": %d, "channel_ids": [1], "title": %q}`, i+1, strings.Repeat("x", 100<<10)))
	}
	rows = append(rows, fmt.Sprintf(`{"article_id": 99, "channel_ids": [1], "title": %q}`, strings.Repeat("x", 950<<10)))
	sum := run(t, cfg, input("a", rows...))
	if sum.Articles.Created != 40 || sum.Unreadable != 1 {
		t.Errorf("summary %+v", sum)
	}
	if len(s.sizes) != 5 || slices.Max(s.sizes) > 900<<10 {
		t.Errorf("bodies of %v bytes", s.sizes)
	}
}

func TestEqualRowsEachCount(t *testing.T) {
	s, url := serve(t)
	same := eventRow("u1", 1, 1000)
	named := `{"user_id": "u1", "article_id": 1, "action": "CLICK", "time": 1000, "event_id": "x"}`
	files := func() []importer.Input {
		return []importer.Input{
			input("a", same, same, named),
			input("b", same, named, eventRow("u2", 1, 1000), strings.ReplaceAll(same, ": ", ":")),
		}
	}
	cfg, _ := config(url)
	if sum := run(t, cfg, files()...); sum.Events.Accepted != 6 || sum.Events.Duplicate != 1 {
		t.Errorf("first: %+v", sum.Events)
	}
	cfg.Batch, cfg.InFlight = 1, 2
	if sum := run(t, cfg, files()...); sum.Events.Accepted != 0 || sum.Events.Duplicate != 7 {
		t.Errorf("again: %+v", sum.Events)
	}
	if !slices.ContainsFunc(s.events, func(e *recov1.Event) bool { return e.EventId == "x" }) {
		t.Error("an event lost its own id")
	}
}

func TestFlakyServerCountsOnce(t *testing.T) {
	s, url := serve(t)
	random := rand.New(rand.NewPCG(1, 2))
	s.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
		s.mu.Lock()
		dice := random.IntN(6)
		s.mu.Unlock()
		switch dice {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			panic(http.ErrAbortHandler)
		case 3:
			s.serveSilently(r)
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}
	cfg, clock := config(url)
	cfg.Batch = 10
	rows := eventRows(1000, 11)
	rows = append(rows, rows...)
	sum := run(t, cfg, input("e", rows...))
	if len(s.events) != 2000 || sum.Events.Accepted+sum.Events.Duplicate != 2000 || sum.Events.Duplicate == 0 {
		t.Errorf("%d events kept, summary %+v", len(s.events), sum.Events)
	}
	for _, d := range clock.waits {
		if d <= 0 || d > 5*time.Second {
			t.Fatalf("waited %v", d)
		}
	}
}

func TestInterruptedImportResumes(t *testing.T) {
	rows := eventRows(1000, 11)
	rows = append(rows, rows[:300]...)
	s, url := serve(t)
	cfg, _ := config(url)
	cfg.Batch = 10
	stop := errors.New("pulled the plug")
	ctx, cancel := context.WithCancelCause(t.Context())
	calls := 0
	sum, err := importer.Run(ctx, cfg, []importer.Input{input("e", rows...)}, func(importer.Progress) {
		if calls++; calls == 20 {
			cancel(stop)
		}
	})
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("error %v", err)
	}
	if sum.Events.Accepted == 0 || sum.Events.Accepted >= 1300 {
		t.Errorf("%+v before the end", sum.Events)
	}
	sum = run(t, cfg, input("e", rows...))
	if len(s.events) != 1300 || sum.Events.Accepted+sum.Events.Duplicate != 1300 {
		t.Errorf("%d events kept, second run %+v", len(s.events), sum.Events)
	}
}

// TestServerThatStaysAwayIsGivenUp waits minutes for a server that is there and
// fails, and seconds for one that never was.
func TestServerThatStaysAwayIsGivenUp(t *testing.T) {
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer failing.Close()
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	for name, tc := range map[string]struct {
		url      string
		min, max time.Duration
		want     string
	}{
		"failing": {failing.URL, 110 * time.Second, 2 * time.Minute, "503"},
		"nobody":  {nobody.URL, time.Second, 3 * time.Second, "connection refused; is a server running there?"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, clock := config(tc.url)
			sum, err := importer.Run(t.Context(), cfg, []importer.Input{input("e.jsonl", eventRows(3, 1)...)}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{"0 of 3 rows", "e.jsonl:1", "gave up after", tc.want, "run it again"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			var total time.Duration
			for _, d := range clock.waits {
				total += d
			}
			if total > tc.max || total < tc.min || len(clock.waits) > 100 {
				t.Errorf("waited %v in %d waits", total, len(clock.waits))
			}
			if sum.Rows != 3 || sum.Answered() != 0 {
				t.Errorf("summary %+v", sum)
			}
		})
	}
}

func TestAnswerThatNoRetryChangesStops(t *testing.T) {
	s, url := serve(t)
	s.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code": "unauthenticated", "msg": "an API key is needed"}`)
		return true
	}
	cfg, clock := config(url)
	cfg.Batch = 1
	_, err := importer.Run(t.Context(), cfg, []importer.Input{input("a", articleRow(1), eventRow("u", 1, 1))}, nil)
	if err == nil || !strings.Contains(err.Error(), "an API key is needed") || len(clock.waits) > 0 {
		t.Errorf("error %v after %d waits", err, len(clock.waits))
	}
}

func TestSlowAttemptIsRepeated(t *testing.T) {
	s, url := serve(t)
	s.before = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			s.serveSilently(r)
			<-r.Context().Done()
		}
		return n == 1
	}
	cfg, _ := config(url)
	cfg.Timeout = 50 * time.Millisecond
	if sum := run(t, cfg, input("e", eventRows(10, 1)...)); sum.Events.Duplicate != 10 || len(s.events) != 10 {
		t.Errorf("%+v, %d events kept", sum.Events, len(s.events))
	}
}

func TestConfig(t *testing.T) {
	for _, cfg := range []importer.Config{
		{Server: "localhost:8888"}, {Server: "ftp://host"}, {Server: "http://"}, {Server: ":"},
		{Batch: -1}, {Batch: 1e6}, {BatchBytes: -1}, {BatchBytes: 1 << 30}, {InFlight: -1}, {InFlight: 1000},
		{Timeout: -1}, {GiveUp: -1},
	} {
		if _, err := importer.Run(t.Context(), cfg, nil, nil); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	sum, err := importer.Run(t.Context(), importer.Config{}, nil, nil)
	if err != nil || sum.Rows != 0 {
		t.Errorf("no files: %+v, %v", sum, err)
	}
}
