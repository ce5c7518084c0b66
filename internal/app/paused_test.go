package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/app"
	recov1 "readnext/rpc/reco/v1"
)

// TestRedisPaused stops a Redis in its tracks: refreshes go on unrecorded and
// repeat nothing, writes are refused, and all is as before once it goes on.
func TestRedisPaused(t *testing.T) {
	srv := redis(t)
	s := run(t, app.Config{Store: srv.URL(), SnapshotDir: t.TempDir()}) // with the time-outs that it comes with
	s.put(t, 1000)
	reader := newReading(s, "u")
	for range 3 {
		s.advance(1)
		reader.round(t.Context())
	}
	if reader.degraded > 0 || reader.refused > 0 {
		t.Errorf("%d degraded, %d refused while the store is well", reader.degraded, reader.refused)
	}
	before := reader.recorded[0]
	srv.Pause()
	defer srv.Resume()
	var took []time.Duration
	for range 20 {
		s.advance(1)
		began := time.Now()
		page, err := reader.ask.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u", ChannelId: 1, ArticleNum: 5})
		took = append(took, time.Since(began))
		if err != nil || len(page.Recommends) != 5 || !reader.marks.degraded.Load() {
			t.Fatalf("a refresh while the store is away: %v, %v", page, err)
		}
		for _, a := range page.Recommends {
			if reader.seen[a.ArticleId] {
				t.Errorf("article %d again", a.ArticleId)
			}
			reader.seen[a.ArticleId] = true
		}
	}
	slices.Sort(took)
	t.Logf("refreshes while Redis is paused: median %v, longest %v", took[10], took[19])
	if took[10] > 250*time.Millisecond {
		t.Errorf("refreshes take %v in the middle", took[10])
	}
	if _, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: before.Exposure}}}); err == nil {
		t.Error("a report is accepted while the store is away")
	}
	if _, err := reader.ask.UserRecommend(t.Context(), &recov1.UserRequest{
		UserId: "u", ChannelId: 1, TimeStamp: before.TimeStamp,
	}); err == nil {
		t.Error("a page served before is made up")
	}
	if got := s.get(t, s.url()+"/readyz"); got != http.StatusOK {
		t.Errorf("/readyz says %d", got)
	}
	if _, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics"); !strings.Contains(metrics, `readnext_store_breaker_open{calls="reads"} 1`+"\n") {
		t.Error("the breaker does not show")
	}
	srv.Resume()
	back := time.Now()
	s.await(t, "recorded pages", func() bool {
		s.advance(1)
		reader.round(t.Context())
		return !reader.marks.degraded.Load()
	})
	s.await(t, "reports", func() bool {
		got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: before.Exposure}}})
		return err == nil && got.Accepted+got.Duplicate == 1
	})
	t.Logf("full service %v after Redis went on", time.Since(back))
	if len(reader.repeated) > 0 || len(reader.unexpected) > 0 {
		t.Errorf("repeated %v, unexpected %v", reader.repeated, reader.unexpected)
	}
}
