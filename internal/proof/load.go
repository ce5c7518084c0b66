package proof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	recov1 "readnext/rpc/reco/v1"
)

// Clients are the generated clients of one server or load balancer.
type Clients struct {
	Recommend recov1.UserRecommend
	Behavior  recov1.Behavior
	Catalog   recov1.Catalog
	Insight   recov1.Insight
}

// NewClients makes clients that keep connections alive and send the API key,
// if there is one.
func NewClients(url, apiKey string) Clients {
	hc := &http.Client{
		Timeout:   10 * time.Second,
		Transport: keyed{apiKey, &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}},
	}
	return Clients{
		Recommend: recov1.NewUserRecommendProtobufClient(url, hc),
		Behavior:  recov1.NewBehaviorProtobufClient(url, hc),
		Catalog:   recov1.NewCatalogProtobufClient(url, hc),
		Insight:   recov1.NewInsightProtobufClient(url, hc),
	}
}

// keyed adds the key to every request.
type keyed struct {
	key  string
	next http.RoundTripper
}

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.key != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+k.key)
	}
	return k.next.RoundTrip(r)
}

// Load is refreshes, reports, records and new articles from several workers,
// each with readers of its own. Names of readers, events and articles are
// unique over the Load's life.
type Load struct {
	Clients Clients
	Ledger  *Ledger
	Workers int
	Seed    uint64

	round  int
	nextID atomic.Int64 // of articles
	// Violations are promises broken within answers.
	mu         sync.Mutex
	violations []string
}

// Violations returns what answers broke so far.
func (l *Load) Violations() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.violations...)
}

func (l *Load) violated(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violations = append(l.violations, fmt.Sprintf(format, args...))
}

// Fill puts n articles in channel 1 before the load begins.
func (l *Load) Fill(ctx context.Context, n int) error {
	req := &recov1.PutArticlesRequest{}
	for range n {
		req.Articles = append(req.Articles, l.newArticle())
	}
	if _, err := l.Clients.Catalog.PutArticles(ctx, req); err != nil {
		return err
	}
	for _, a := range req.Articles {
		l.Ledger.article(a.ArticleId)
	}
	return nil
}

func (l *Load) newArticle() *recov1.CatalogArticle {
	id := l.nextID.Add(1)
	return &recov1.CatalogArticle{
		ArticleId: id, ChannelIds: []int32{1}, PublishTime: 1_700_000_000_000 + id,
		Title: fmt.Sprint("Article ", id), Tags: []string{fmt.Sprint("tag", id%17)},
	}
}

// Run loads until ctx ends. Errors are expected: a server dies.
func (l *Load) Run(ctx context.Context) {
	l.round++
	var wg sync.WaitGroup
	for w := range l.Workers {
		wg.Go(func() {
			worker := &worker{
				Load: l, id: w,
				rng:   rand.New(rand.NewPCG(l.Seed, uint64(l.round*1000+w))),
				pages: map[string][]*recov1.ArticleResponse{},
				seen:  map[string]map[int64]bool{},
			}
			for ctx.Err() == nil {
				worker.step(ctx)
			}
		})
	}
	wg.Wait()
}

// worker acts for three readers of its own.
type worker struct {
	*Load
	id    int
	rng   *rand.Rand
	pages map[string][]*recov1.ArticleResponse
	seen  map[string]map[int64]bool
	n     int
}

func (w *worker) step(ctx context.Context) {
	w.n++
	user := fmt.Sprintf("r%d-w%d-%d", w.round, w.id, w.rng.IntN(3))
	switch p := w.rng.IntN(10); {
	case p < 5:
		w.refresh(ctx, user)
	case p < 7:
		w.report(ctx, user)
	case p < 9:
		w.record(ctx, user)
	case w.rng.IntN(4) > 0:
		w.put(ctx)
	case w.rng.IntN(2) > 0:
		w.withdraw(ctx)
	default:
		w.forget(ctx)
	}
}

// withdraw takes out an article of this worker's own, so that it knows which.
func (w *worker) withdraw(ctx context.Context) {
	a := w.newArticle()
	if _, err := w.Clients.Catalog.PutArticles(ctx, &recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{a}}); err != nil {
		return
	}
	w.Ledger.withdrawn(a.ArticleId, false)
	ans, err := w.Clients.Catalog.WithdrawArticles(ctx, &recov1.WithdrawArticlesRequest{ArticleIds: []int64{a.ArticleId}})
	if err != nil {
		return
	}
	if ans.Updated != 1 {
		w.violated("a withdrawal was answered %v", ans)
		return
	}
	w.Ledger.withdrawn(a.ArticleId, true)
}

// forget erases a reader who does nothing afterwards.
func (w *worker) forget(ctx context.Context) {
	user := fmt.Sprintf("r%d-w%d-forgotten-%d", w.round, w.id, w.n)
	ev := &recov1.Event{UserId: user, ArticleId: 1, Action: recov1.Event_READ, EventId: "1"}
	if _, err := w.Clients.Behavior.Record(ctx, &recov1.RecordRequest{Events: []*recov1.Event{ev}}); err != nil {
		return
	}
	if _, err := w.Clients.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: user, ChannelId: 1}); err != nil {
		return
	}
	if _, err := w.Clients.Behavior.Forget(ctx, &recov1.ForgetRequest{UserId: user}); err != nil {
		return
	}
	w.Ledger.forgotten(user)
}

func (w *worker) refresh(ctx context.Context, user string) {
	ans, err := w.Clients.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: user, ChannelId: 1, ArticleNum: 5})
	if err != nil || ans.TimeStamp == 0 {
		return
	}
	w.Ledger.page(Served{user, 1, ans})
	w.pages[user] = append(w.pages[user], ans)
	if w.seen[user] == nil {
		w.seen[user] = map[int64]bool{}
	}
	for _, a := range ans.Recommends {
		if w.seen[user][a.ArticleId] {
			w.violated("article %d was served to %s twice", a.ArticleId, user)
		}
		w.seen[user][a.ArticleId] = true
	}
}

func (w *worker) report(ctx context.Context, user string) {
	pages := w.pages[user]
	if len(pages) == 0 {
		return
	}
	page := pages[w.rng.IntN(len(pages))]
	param := page.Exposure
	if len(page.Recommends) > 0 && w.rng.IntN(3) > 0 {
		tr := page.Recommends[w.rng.IntN(len(page.Recommends))].Track
		param = []string{tr.Click, tr.Read, tr.Collect, tr.Share}[w.rng.IntN(4)]
	}
	sig := &recov1.Signal{Param: param}
	ans, err := w.Clients.Behavior.Report(ctx, &recov1.ReportRequest{Signals: []*recov1.Signal{sig}})
	if err != nil {
		return
	}
	if len(ans.Rejected) > 0 {
		w.violated("a served param was rejected: %s", ans.Rejected[0].Reason)
		return
	}
	w.Ledger.signal(sig)
}

func (w *worker) record(ctx context.Context, user string) {
	ev := &recov1.Event{
		UserId: user, ArticleId: 1 + w.rng.Int64N(w.nextID.Load()), Action: recov1.Event_CLICK,
		Time: time.Now().UnixMilli(), ChannelId: 1, EventId: fmt.Sprintf("%d-%d-%d", w.round, w.id, w.n),
	}
	ans, err := w.Clients.Behavior.Record(ctx, &recov1.RecordRequest{Events: []*recov1.Event{ev}})
	if err != nil {
		return
	}
	if ans.Accepted != 1 {
		w.violated("a new event was answered %v", ans)
		return
	}
	if w.seen[user] == nil {
		w.seen[user] = map[int64]bool{}
	}
	w.seen[user][ev.ArticleId] = true
	w.Ledger.event(ev)
}

func (w *worker) put(ctx context.Context) {
	a := w.newArticle()
	ans, err := w.Clients.Catalog.PutArticles(ctx, &recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{a}})
	if err != nil {
		return
	}
	if ans.Created != 1 {
		w.violated("a new article was answered %v", ans)
		return
	}
	w.Ledger.article(a.ArticleId)
}
