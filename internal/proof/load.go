package proof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	recov1 "readnext/rpc/reco/v1"
)

// Load is refreshes, reports, records and new articles from several workers,
// each with readers of its own. Names of readers, events and articles are
// unique over the Load's life, and refreshes are stamped, so that repeating a
// call changes nothing.
type Load struct {
	Clients Clients
	Ledger  *Ledger
	Workers int
	Seed    uint64
	// Name tells the readers of this Load from those of another.
	Name string
	// OnlyRefresh leaves out everything but refreshes.
	OnlyRefresh bool
	// KeepReaders forgets no reader: replicas of which one folded what was then
	// erased and another did not are not the same bit for bit.
	KeepReaders bool
	// Pause is how long a worker waits after each of its acts.
	Pause time.Duration
	// Repeated says that calls may be made twice on their way, so that what is
	// new may be answered as known.
	Repeated bool
	// Lag is how long after its withdrawal was acknowledged an article may still
	// be served, by replicas other than the one that acknowledged it.
	Lag time.Duration

	round  int
	nextID atomic.Int64 // of articles

	mu         sync.Mutex
	violations Findings      // promises broken within answers
	lagged     time.Duration // the longest time after its withdrawal that an article was served
}

// Lagged is the longest time after the acknowledgement of its withdrawal that a
// request began which an article was served to.
func (l *Load) Lagged() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lagged
}

func (l *Load) servedAfter(gone time.Duration, article int64) {
	l.mu.Lock()
	l.lagged = max(l.lagged, gone)
	l.mu.Unlock()
	if gone > l.Lag {
		l.violated(Back, "article %d was served %v after it was withdrawn", article, gone)
	}
}

// Violations returns what answers broke so far.
func (l *Load) Violations() Findings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(Findings(nil), l.violations...)
}

func (l *Load) violated(kind Kind, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violations.add(kind, time.Now(), format, args...)
}

// Fill puts n articles in channel 1 before the load begins.
func (l *Load) Fill(ctx context.Context, n int) error {
	for n > 0 {
		req := &recov1.PutArticlesRequest{}
		for range min(n, 1000) {
			req.Articles = append(req.Articles, l.newArticle())
		}
		n -= len(req.Articles)
		if _, err := l.Clients.Catalog.PutArticles(ctx, req); err != nil {
			return err
		}
		for _, a := range req.Articles {
			l.Ledger.article(a.ArticleId)
		}
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
			worker := &worker{Load: l, id: w, rng: rand.New(rand.NewPCG(l.Seed, uint64(l.round*1000+w)))}
			for ctx.Err() == nil {
				worker.step(ctx)
				worker.pause(ctx)
			}
		})
	}
	wg.Wait()
}

// generation is after how many acts a worker's readers are followed by others,
// so that none has read everything.
const generation = 200

// worker acts for three readers of its own at a time.
type worker struct {
	*Load
	id    int
	rng   *rand.Rand
	pages map[string][]*recov1.ArticleResponse
	acted map[string]map[int64]bool
	n     int
	stamp int64 // of the last refresh
}

func (w *worker) pause(ctx context.Context) {
	if w.Pause == 0 {
		return
	}
	timer := time.NewTimer(w.Pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (w *worker) step(ctx context.Context) {
	if w.n%generation == 0 {
		w.pages = map[string][]*recov1.ArticleResponse{}
		w.acted = map[string]map[int64]bool{}
	}
	user := fmt.Sprintf("%sr%d-w%d-%d", w.Name, w.round, w.id, 3*(w.n/generation)+w.rng.IntN(3))
	w.n++
	switch p := w.rng.IntN(10); {
	case p < 5 || w.OnlyRefresh:
		w.refresh(ctx, user)
	case p < 7:
		w.report(ctx, user)
	case p < 9:
		w.record(ctx, user)
	case w.rng.IntN(4) > 0:
		w.put(ctx)
	case w.rng.IntN(2) > 0:
		w.withdraw(ctx)
	case w.KeepReaders:
		w.put(ctx)
	default:
		w.forget(ctx)
	}
}

// new reports whether an answer counted one new thing.
func (w *worker) new(fresh, known int32) bool {
	return fresh == 1 || w.Repeated && known == 1
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
		w.violated(Answer, "a withdrawal was answered %v", ans)
		return
	}
	w.Ledger.withdrawn(a.ArticleId, true)
}

// forget erases a reader who does nothing afterwards.
func (w *worker) forget(ctx context.Context) {
	user := fmt.Sprintf("%sr%d-w%d-forgotten-%d", w.Name, w.round, w.id, w.n)
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
	begin := time.Now()
	w.stamp = max(w.stamp+1, begin.UnixMilli())
	ctx, note := noted(ctx)
	ans, err := w.Clients.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: user, ChannelId: 1, ArticleNum: 5, TimeStamp: w.stamp})
	if err != nil || ans.TimeStamp == 0 {
		return
	}
	for _, a := range ans.Recommends {
		if gone := w.Ledger.goneFor(a.ArticleId, begin); gone > 0 {
			w.servedAfter(gone, a.ArticleId)
		}
	}
	w.pages[user] = append(w.pages[user], ans)
	if note.degraded {
		return // such a page is not kept, and may repeat
	}
	w.Ledger.page(Served{User: user, Channel: 1, Answer: ans})
	for _, a := range ans.Recommends {
		if w.acted[user][a.ArticleId] {
			w.violated(Repeat, "article %d was served to %s, who had acted on it", a.ArticleId, user)
		}
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
		w.violated(Answer, "a served param was rejected: %s", ans.Rejected[0].Reason)
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
	if !w.new(ans.Accepted, ans.Duplicate) {
		w.violated(Answer, "a new event was answered %v", ans)
		return
	}
	if w.acted[user] == nil {
		w.acted[user] = map[int64]bool{}
	}
	w.acted[user][ev.ArticleId] = true
	w.Ledger.event(ev)
}

func (w *worker) put(ctx context.Context) {
	a := w.newArticle()
	ans, err := w.Clients.Catalog.PutArticles(ctx, &recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{a}})
	if err != nil {
		return
	}
	if !w.new(ans.Created, ans.Updated) {
		w.violated(Answer, "a new article was answered %v", ans)
		return
	}
	w.Ledger.article(a.ArticleId)
}
