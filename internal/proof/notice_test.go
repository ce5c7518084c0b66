package proof_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

// TestEmptyServerIsNoticed loads one server and checks the ledger against
// another, which has none of it.
func TestEmptyServerIsNoticed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := func() proof.Clients {
		p, err := proof.NewProcess(binary, "pebble:"+t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		return proof.NewClients(p.URL(), "")
	}
	loaded, empty := start(), start()
	ledger := &proof.Ledger{}
	load := &proof.Load{Clients: loaded, Ledger: ledger, Workers: 4, Seed: 2}
	if err := load.Fill(ctx, 500); err != nil {
		t.Fatal(err)
	}
	loading, stop := context.WithTimeout(ctx, 500*time.Millisecond)
	defer stop()
	load.Run(loading)
	if wrong, err := ledger.Check(ctx, loaded); err != nil || len(wrong)+len(load.Violations()) > 0 {
		t.Fatalf("the loaded server: %v, %v, %v", err, wrong, load.Violations())
	}
	wrong, err := ledger.Check(ctx, empty)
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Counts()
	for kind, want := range map[proof.Kind]int{
		proof.LostArticle: c.Articles, proof.LostEvent: c.Events, proof.LostAct: c.Events, proof.LostSignal: c.Signals, proof.LostPage: c.Pages, proof.Repeat: 0,
	} {
		if got := wrong.Count(kind); got != want {
			t.Errorf("%d of %q, want %d", got, kind, want)
		}
	}

	// And readers who refresh find all in order on the loaded one.
	readers := []proof.Reader{{User: "fresh-1", Channel: 1}, {User: "fresh-2", Channel: 0}}
	r, err := proof.Refreshes(ctx, loaded, readers, 3, 5)
	if err != nil || !r.OK() || r.Articles != 30 {
		t.Errorf("refreshes: %+v, %v", r, err)
	}
	f, err := proof.Freshness(ctx, loaded, readers, 5)
	if err != nil || f.Reflected != 5 {
		t.Errorf("freshness: %+v, %v", f, err)
	}
}

// liar breaks promises on purpose: it serves the same two articles for ever,
// one of them withdrawn, changes what it served, and learns nothing.
type liar struct {
	recov1.Behavior
	recov1.Catalog
	recov1.Insight
	served   atomic.Int64
	wavering bool // previews change
}

func (l *liar) UserRecommend(_ context.Context, req *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	served := l.served.Add(1)
	return &recov1.ArticleResponse{
		Exposure: "e", TimeStamp: max(req.TimeStamp, served), OlderTimeStamp: served % 3,
		Recommends: []*recov1.Article{{ArticleId: 1, Track: &recov1.Track{Click: "c"}}, {ArticleId: 2}},
	}, nil
}

func (l *liar) GetArticles(context.Context, *recov1.GetArticlesRequest) (*recov1.GetArticlesResponse, error) {
	return &recov1.GetArticlesResponse{Articles: []*recov1.CatalogArticle{
		{ArticleId: 1, ChannelIds: []int32{1}}, {ArticleId: 2, ChannelIds: []int32{1}, Withdrawn: true},
	}}, nil
}

func (l *liar) Profile(context.Context, *recov1.ProfileRequest) (*recov1.ProfileResponse, error) {
	return &recov1.ProfileResponse{}, nil
}

func (l *liar) Preview(context.Context, *recov1.PreviewRequest) (*recov1.PreviewResponse, error) {
	a := &recov1.ScoredArticle{ArticleId: 1}
	if l.wavering {
		a.Score = float64(l.served.Add(1))
	}
	return &recov1.PreviewResponse{Articles: []*recov1.ScoredArticle{a}}, nil
}

func (l *liar) Report(context.Context, *recov1.ReportRequest) (*recov1.ReportResponse, error) {
	return &recov1.ReportResponse{Accepted: 1}, nil
}

func TestLiarIsNoticed(t *testing.T) {
	l := &liar{}
	mux := http.NewServeMux()
	for prefix, h := range map[string]http.Handler{
		recov1.UserRecommendPathPrefix: recov1.NewUserRecommendServer(l),
		recov1.BehaviorPathPrefix:      recov1.NewBehaviorServer(l),
		recov1.CatalogPathPrefix:       recov1.NewCatalogServer(l),
		recov1.InsightPathPrefix:       recov1.NewInsightServer(l),
	} {
		mux.Handle(prefix, h)
	}
	srv := httptest.NewServer(mux)
	defer srv.Close()
	c := proof.NewClients(srv.URL, "")
	readers := []proof.Reader{{User: "u", Channel: 1}}
	r, err := proof.Refreshes(t.Context(), c, readers, 3, 5)
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() || r.Repeats != 4 || r.Ineligible != 3 || r.Short != 3 || r.Changed == 0 {
		t.Errorf("%+v", r)
	}
	f, err := proof.Freshness(t.Context(), c, readers, 3)
	if err != nil || f.Reports != 3 || f.Reflected != 0 || len(f.Wrong) != 3 {
		t.Errorf("%+v, %v", f, err)
	}
	three := []proof.Clients{c, c, c}
	wrong, pages, _, err := proof.Races(t.Context(), three, func(int) proof.Reader { return readers[0] }, 4)
	if err != nil || wrong.Count(proof.Repeat) != 2*(pages-1) || pages < 6 {
		t.Errorf("%d pages of races, %v: %v", pages, err, wrong)
	}
	differ, _, err := proof.Twins(t.Context(), three, readers, time.Now())
	if err != nil || differ != 0 {
		t.Errorf("%d previews of one server differ from themselves: %v", differ, err)
	}
	l.wavering = true
	if differ, _, err = proof.Twins(t.Context(), three, readers, time.Now()); err != nil || differ != 1 {
		t.Errorf("%d previews differ: %v", differ, err)
	}
}
