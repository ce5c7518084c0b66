package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/twitchtv/twirp"

	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

// echo answers what it was asked, in the fields of answers.
type echo struct{ recov1.Behavior }

func (echo) UserRecommend(ctx context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	switch in.ChannelId {
	case 400:
		return nil, twirp.InvalidArgumentError("channel_id", in.UserId)
	case 500:
		return nil, twirp.InternalError(in.UserId)
	case 501:
		return &recov1.ArticleResponse{Exposure: "not \xff UTF-8"}, nil
	case 502:
		return nil, nil
	case 503:
		panic(in.UserId)
	}
	if err := twirp.SetHTTPResponseHeader(ctx, "Told", "yes"); err != nil {
		return nil, err
	}
	out := &recov1.ArticleResponse{Exposure: in.UserId, TimeStamp: in.TimeStamp, OlderTimeStamp: int64(in.ChannelId)}
	for i := range min(max(in.ArticleNum, 0), 20) {
		a := &recov1.Article{ArticleId: int64(i)}
		if i > 0 {
			a.Track = &recov1.Track{Click: in.UserId, Read: strconv.Itoa(int(i))}
		}
		out.Recommends = append(out.Recommends, a)
	}
	return out, nil
}

func (echo) Report(_ context.Context, in *recov1.ReportRequest) (*recov1.ReportResponse, error) {
	out := &recov1.ReportResponse{Accepted: int32(len(in.Signals))}
	for _, s := range in.Signals {
		out.Rejected = append(out.Rejected, &recov1.RejectedRow{Index: int32(s.ActionTime + s.ReadTime), Reason: s.Param})
	}
	return out, nil
}

func (echo) Record(_ context.Context, in *recov1.RecordRequest) (*recov1.RecordResponse, error) {
	out := &recov1.RecordResponse{Duplicate: int32(len(in.Events))}
	for _, e := range in.Events {
		out.Rejected = append(out.Rejected, &recov1.RejectedRow{Index: e.ChannelId, Reason: e.String()})
	}
	return out, nil
}

// generated is the generated handlers alone.
func generated() http.Handler {
	mux := http.NewServeMux()
	user, behavior := recov1.NewUserRecommendServer(echo{}), recov1.NewBehaviorServer(echo{})
	mux.Handle(user.PathPrefix(), user)
	mux.Handle(behavior.PathPrefix(), behavior)
	return mux
}

// guarded is the same handlers as the server has them.
func guarded(tb testing.TB) http.Handler {
	tb.Helper()
	live := server.NewLive(server.LiveParts{Metrics: server.NewMetrics("fuzz")})
	live.UserRecommend, live.Behavior = echo{}, echo{}
	h, err := server.New(server.Config{}, server.Parts{
		Services: live, Metrics: server.NewMetrics("fuzz"), Logger: slog.New(slog.DiscardHandler), Ready: func() bool { return true },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// ask posts JSON. A handler that panics answers what it did before.
func ask(h http.Handler, path string, body []byte) (answer *httptest.ResponseRecorder) {
	answer = httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	defer func() { _ = recover() }()
	h.ServeHTTP(answer, r)
	return answer
}

// checkSame holds the server's answer to a body against that of the generated
// handler alone: the same status, and the same JSON unless the text of an error
// is what the server says better.
func checkSame(t *testing.T, alone, behind http.Handler, path string, body []byte) {
	t.Helper()
	want, got := ask(alone, path, body), ask(behind, path, body)
	if !json.Valid(body) { // Twirp takes garbage behind a message
		if got.Code != http.StatusBadRequest {
			t.Fatalf("%s %q: %d %s", path, body, got.Code, got.Body)
		}
		return
	}
	if got.Code != want.Code {
		t.Fatalf("%s %q: %d %s, alone %d %s", path, body, got.Code, got.Body, want.Code, want.Body)
	}
	if n := got.Header().Get("Content-Length"); n != strconv.Itoa(got.Body.Len()) {
		t.Fatalf("%s %q: Content-Length %s of %d bytes", path, body, n, got.Body.Len())
	}
	for _, name := range []string{"Content-Type", "Told"} {
		if got.Header().Get(name) != want.Header().Get(name) {
			t.Fatalf("%s %q: %s is %q, alone %q", path, body, name, got.Header().Get(name), want.Header().Get(name))
		}
	}
	var gotValue, wantValue map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &gotValue); err != nil {
		t.Fatalf("%s %q: %s: %v", path, body, got.Body, err)
	}
	if err := json.Unmarshal(want.Body.Bytes(), &wantValue); err != nil {
		t.Fatal(err)
	}
	switch wantValue["code"] {
	case string(twirp.Malformed), string(twirp.Internal):
		if gotValue["code"] != wantValue["code"] {
			t.Fatalf("%s %q: %s, alone %s", path, body, got.Body, want.Body)
		}
	default:
		if !reflect.DeepEqual(gotValue, wantValue) {
			t.Fatalf("%s %q: %s, alone %s", path, body, got.Body, want.Body)
		}
	}
}

const (
	reportPath = "/twirp/reco.v1.Behavior/Report"
	recordPath = "/twirp/reco.v1.Behavior/Record"
)

func jsonBodies() map[string][]string {
	return map[string][]string{
		recommendPath: {
			`{}`, `{"user_id":"reader-1","channel_id":1,"article_num":3,"time_stamp":"1795392000123"}`,
			`{"userId":"a\u0062","channelId":-1.0e0,"articleNum":null}`, `{"article_num":20,"user_id":"quo\"te","userid":1}`,
			`{"user_id":"why","channel_id":400}`, `{"user_id":"secret","channel_id":500}`, `{"channel_id":501}`, `{"channel_id":502}`,
			`{"user_id":"secret","channel_id":503}`, `{"user_id":7}`, `{"user_id":"a"} x`, `{"user_id":"a","userId":"b"}`, `null`, `[]`, ``,
		},
		reportPath: {
			`{"signals":[{"param":"AQHL","action_time":1,"read_time":"45000"},{}]}`, `{"signals":[]}`, `{"signals":null}`, `{"signals":[null]}`,
		},
		recordPath: {
			`{"events":[{"user_id":"u","article_id":9,"action":"CLICK","time":0},{"action":3,"event_id":"x"}]}`, `{"events":[{"action":"NONE"}]}`,
		},
	}
}

func TestJSONIsAnsweredAsByTheHandlerAlone(t *testing.T) {
	alone, behind := generated(), guarded(t)
	for path, bodies := range jsonBodies() {
		for _, body := range bodies {
			checkSame(t, alone, behind, path, []byte(body))
		}
	}
}

func FuzzJSON(f *testing.F) {
	for path, bodies := range jsonBodies() {
		for _, body := range bodies {
			f.Add(path == recommendPath, []byte(body))
		}
	}
	alone, behind := generated(), guarded(f)
	f.Fuzz(func(t *testing.T, page bool, body []byte) {
		if page {
			checkSame(t, alone, behind, recommendPath, body)
			return
		}
		checkSame(t, alone, behind, reportPath, body)
		checkSame(t, alone, behind, recordPath, body)
	})
}

// TestTooManyRowsInJSON wants batches refused that a codec takes, too.
func TestTooManyRowsInJSON(t *testing.T) {
	h := guarded(t)
	for n, status := range map[int]int{server.MaxRows: http.StatusOK, server.MaxRows + 1: http.StatusBadRequest} {
		body := `{"signals":[{}` + strings.Repeat(`,{}`, n-1) + `]}`
		got := ask(h, reportPath, []byte(body))
		if got.Code != status {
			t.Errorf("%d rows: %d %.200s", n, got.Code, got.Body)
		}
	}
}
