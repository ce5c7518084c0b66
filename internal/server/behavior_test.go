package server_test

import (
	"io"
	"math"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
	"readnext/internal/server"
	"readnext/internal/store"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

func TestReport(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		var params track.Params
		if err := s.ring.Sign(page("u", 2), &params); err != nil {
			t.Fatal(err)
		}
		s.outcomes = []store.Outcome{store.Accepted, store.Duplicate, store.Accepted}
		got, err := c.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{
			{Param: params.Exposure, ActionTime: 1}, // a clock long before the page
			{Param: "click param 1"},
			{Param: params.Places[1].Read, ReadTime: 4000},
			{Param: params.Places[0].Click, ActionTime: -1},
			{Param: params.Places[0].Click, ActionTime: int64(now + feed.Day + 1)},
			{Param: params.Places[0].Read, ReadTime: -1},
			{Param: params.Places[0].Read, ReadTime: math.MaxInt64},
			{Param: params.Places[0].Click, ActionTime: int64(now - 10)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Accepted != 2 || got.Duplicate != 1 {
			t.Errorf("%d accepted, %d duplicate", got.Accepted, got.Duplicate)
		}
		wantRows(t, got.Rejected, map[int32]string{
			1: "param is malformed", 3: "action_time is -1", 4: "a day ahead", 5: "read_time is -1", 6: "longer than 7 days",
		})
		if len(s.signals) != 3 {
			t.Fatalf("%d signals submitted", len(s.signals))
		}
		first, second, third := s.signals[0], s.signals[1], s.signals[2]
		if len(first.Events) != 2 || first.Events[0].Time != now-1000 || first.Events[0].Action != feed.Exposure {
			t.Errorf("exposure before its page: %+v", first.Events)
		}
		if e := second.Events[0]; e.Time != now || e.ReadTime != 4000 || e.Article != 2 || e.User != "u" || e.Cause.Position != 1 {
			t.Errorf("read: %+v", e)
		}
		if third.Events[0].Time != now-10 {
			t.Errorf("click: %+v", third.Events[0])
		}
	})
}

func wantRows(t *testing.T, rows []*recov1.RejectedRow, want map[int32]string) {
	t.Helper()
	if len(rows) != len(want) {
		t.Errorf("rejected %v", rows)
	}
	for _, r := range rows {
		if text, ok := want[r.Index]; !ok || !strings.Contains(r.Reason, text) {
			t.Errorf("row %d rejected: %q, want %q", r.Index, r.Reason, text)
		}
	}
}

// TestReportReloadsKeys gives a param of a key that another replica added, and
// many of keys that never were.
func TestReportReloadsKeys(t *testing.T) {
	s := newSite(t)
	c := recov1.NewBehaviorProtobufClient(s.URL, s.Client())
	param := func(key uint32) string {
		var ring track.Keyring
		ring.Set([]feed.SigningKey{signingKey(key)})
		p := page("u", 1)
		p.KeyID = key
		var params track.Params
		if err := ring.Sign(p, &params); err != nil {
			t.Fatal(err)
		}
		return params.Exposure
	}
	s.onReload = func() { s.ring.Set([]feed.SigningKey{signingKey(1), signingKey(2)}) }
	report := func(key uint32) *recov1.ReportResponse {
		t.Helper()
		got, err := c.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: param(key)}}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := report(2); got.Accepted != 1 || s.reloads != 1 {
		t.Errorf("%v after %d reloads", got, s.reloads)
	}
	for range 5 {
		wantRows(t, report(9).Rejected, map[int32]string{0: "unknown key"})
	}
	if s.reloads != 1 {
		t.Errorf("%d reloads within a second", s.reloads)
	}
	s.now += feed.Second
	report(9)
	if s.reloads != 2 {
		t.Errorf("%d reloads after a second", s.reloads)
	}
}

// TestPageOfNewKey gives a page that another replica signed with its new key.
func TestPageOfNewKey(t *testing.T) {
	s := newSite(t)
	c := recov1.NewUserRecommendProtobufClient(s.URL, s.Client())
	p := page("u", 1)
	p.KeyID = 2
	s.answer.Page = p
	s.onReload = func() { s.ring.Set([]feed.SigningKey{signingKey(1), signingKey(2)}) }
	if _, err := c.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u"}); err != nil {
		t.Error(err)
	}
}

func TestRecord(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		got, err := c.Record(t.Context(), &recov1.RecordRequest{Events: []*recov1.Event{
			{UserId: "u", ArticleId: 1, Action: recov1.Event_CLICK, Time: 5, ChannelId: 2, EventId: "e1"},
			{UserId: "u", ArticleId: 0, Action: recov1.Event_CLICK},
			{UserId: "u", ArticleId: 1},
			{UserId: "u", ArticleId: 1, Action: 257},
			{UserId: "u", ArticleId: 1, Action: recov1.Event_READ, EventId: strings.Repeat("e", 129)},
			{UserId: "v", ArticleId: 2, Action: recov1.Event_DISLIKE},
			{UserId: "u", ArticleId: 1, Action: recov1.Event_CLICK, Time: int64(now + feed.Day + 1)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Accepted != 2 || got.Duplicate != 0 {
			t.Errorf("%d accepted, %d duplicate", got.Accepted, got.Duplicate)
		}
		wantRows(t, got.Rejected, map[int32]string{
			1: "article_id is 0", 2: "action is missing", 3: "action is missing", 4: "event_id is 129 bytes", 6: "time is",
		})
		a, b := s.signals[0], s.signals[1]
		if a.User != "u" || a.Key == (feed.Key{}) || a.Events[0].Time != 5 || a.Events[0].Channel != 2 {
			t.Errorf("first: %+v", a)
		}
		if b.User != "v" || b.Key != (feed.Key{}) || b.Events[0].Time != now || b.Events[0].Action != feed.Dislike {
			t.Errorf("second: %+v", b)
		}
	})
}

func TestForget(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		if _, err := c.Forget(t.Context(), &recov1.ForgetRequest{UserId: "u"}); err != nil || s.forgotten != "u" {
			t.Errorf("forgot %q: %v", s.forgotten, err)
		}
		_, err := c.Forget(t.Context(), &recov1.ForgetRequest{})
		wantCode(t, err, twirp.InvalidArgument, "user_id is empty")
	})
}

// TestRowsAreCountedBeforeTheyAreDecoded sends as many empty rows as a body
// holds, without a key: what that costs in memory is the body, not the rows.
func TestRowsAreCountedBeforeTheyAreDecoded(t *testing.T) {
	for kind, body := range map[string]string{
		"application/protobuf": strings.Repeat("\n\x00", 1<<19),
		"application/json":     `{"events":[],"signals":[` + strings.Repeat(`{},`, 300_000) + `{"param":"\"{{{"}]}`,
	} {
		s := newSite(t)
		send := func() (string, error) {
			resp, err := http.Post(s.URL+"/twirp/reco.v1.Behavior/Report", kind, strings.NewReader(body))
			if err != nil {
				return "", err
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			return string(b), err
		}
		want := "signals holds 524288 rows"
		if kind == "application/json" {
			want = "signals holds 300001 rows"
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := send()
		runtime.ReadMemStats(&after)
		if err != nil || !strings.Contains(got, want) || !strings.Contains(got, "invalid_argument") {
			t.Errorf("%s: %s (%v)", kind, got, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s: a body of %d bytes took %d bytes of memory", kind, len(body), took)
		}
	}
}

func TestBatchLimits(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		n := server.MaxRows + 1
		var err error
		_, err = c.Report(t.Context(), &recov1.ReportRequest{Signals: repeated(&recov1.Signal{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "signals holds 10001 rows")
		_, err = c.Record(t.Context(), &recov1.RecordRequest{Events: repeated(&recov1.Event{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "events holds 10001 rows")
		_, err = c.PutArticles(t.Context(), &recov1.PutArticlesRequest{Articles: repeated(&recov1.CatalogArticle{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "articles holds 10001 rows")
		_, err = c.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: repeated(int64(1), n)})
		wantCode(t, err, twirp.InvalidArgument, "article_ids holds 10001 rows")
		_, err = c.GetArticles(t.Context(), &recov1.GetArticlesRequest{ArticleIds: repeated(int64(1), 1001)})
		wantCode(t, err, twirp.InvalidArgument, "article_ids holds 1001 rows")

		report, err := c.Report(t.Context(), &recov1.ReportRequest{})
		wantMessage(t, report, &recov1.ReportResponse{})
		if err != nil {
			t.Error(err)
		}
		put, err := c.PutArticles(t.Context(), &recov1.PutArticlesRequest{})
		wantMessage(t, put, &recov1.PutArticlesResponse{})
		if err != nil {
			t.Error(err)
		}
		if s.signals != nil || s.put != nil {
			t.Error("empty batches reached the learner")
		}
	})
}

func repeated[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}
