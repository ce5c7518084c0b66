package bench_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"readnext/internal/bench"
	recov1 "readnext/rpc/reco/v1"
)

// pages serves pages that are right but for every fourth, which spoil changes.
type pages struct {
	served int
	spoil  func(*recov1.ArticleResponse)
}

func (p *pages) UserRecommend(_ context.Context, req *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	out := &recov1.ArticleResponse{Exposure: "e", TimeStamp: 1}
	for i := range req.ArticleNum {
		out.Recommends = append(out.Recommends, &recov1.Article{
			ArticleId: int64(i + 1), Track: &recov1.Track{Click: "c", Collect: "o", Share: "s", Read: "r"},
		})
	}
	if p.served++; p.served%4 == 0 {
		p.spoil(out)
	}
	return out, nil
}

// TestEveryAnswerIsChecked serves one bad page in four and wants it counted.
func TestEveryAnswerIsChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		json  bool
		spoil func(*recov1.ArticleResponse)
		want  string
	}{
		"short":            {false, func(r *recov1.ArticleResponse) { r.Recommends = r.Recommends[1:] }, "a page of 9 articles"},
		"twice":            {false, func(r *recov1.ArticleResponse) { r.Recommends[1].ArticleId = 1 }, "article 1 is on the page twice"},
		"no track":         {false, func(r *recov1.ArticleResponse) { r.Recommends[3].Track.Share = "" }, "article 4 has 3 tracks"},
		"no stamp":         {false, func(r *recov1.ArticleResponse) { r.TimeStamp = 0 }, "stamp false"},
		"no exposure":      {false, func(r *recov1.ArticleResponse) { r.Exposure = "" }, "exposure false"},
		"short, JSON":      {true, func(r *recov1.ArticleResponse) { r.Recommends = r.Recommends[1:] }, "9 times"},
		"no tracks, JSON":  {true, func(r *recov1.ArticleResponse) { r.Recommends[0].Track = nil }, "9 times"},
		"right, only JSON": {true, func(*recov1.ArticleResponse) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(recov1.NewUserRecommendServer(&pages{spoil: tc.spoil}))
			defer srv.Close()
			cfg := bench.Config{
				Targets: []bench.Target{{Name: "it", URL: srv.URL}}, Conns: 1, Rounds: 1,
				Duration: 100 * time.Millisecond, JSON: tc.json,
			}
			rounds, err := bench.Run(t.Context(), cfg, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			r := rounds["it"][0]
			if err := r.Check(); err != nil {
				t.Fatal(err)
			}
			if tc.want == "" {
				if r.Wrong != 0 {
					t.Fatalf("%d right answers counted as wrong: %s", r.Wrong, r.FirstBad)
				}
				return
			}
			if !strings.Contains(r.FirstBad, tc.want) {
				t.Fatalf("first bad answer: %q, want %q in it", r.FirstBad, tc.want)
			}
			if r.Wrong < r.Requests/4-1 || r.Wrong > r.Requests/4+1 {
				t.Fatalf("%d of %d answers counted as wrong, want a quarter", r.Wrong, r.Requests)
			}
			var table strings.Builder
			if err := bench.Report(&table, cfg, rounds); err != nil || !strings.Contains(table.String(), tc.want) {
				t.Fatalf("report: %v\n%s", err, table.String())
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	cfg := bench.Config{Targets: []bench.Target{{Name: "it", URL: srv.URL}}, Rounds: 1, Duration: 20 * time.Millisecond}
	if _, err := bench.Run(t.Context(), cfg, func(string) {}); err == nil || !strings.Contains(err.Error(), "status 404") {
		t.Fatalf("error %v", err)
	}
	if _, err := bench.Run(t.Context(), bench.Config{}, func(string) {}); err == nil {
		t.Fatal("no target, no error")
	}
}
