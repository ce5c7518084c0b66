package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

const (
	// fillBatch is how many rows a request of the filling has.
	fillBatch = 2000
	// fillers is how many send them at a time.
	fillers = 4
)

// inBatches calls send for each batch of n rows, from several goroutines; each
// has random numbers of its own.
func inBatches(ctx context.Context, n int, send func(ctx context.Context, rng *rand.Rand, from, to int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range fillers {
		wg.Go(func() {
			for ctx.Err() == nil {
				from := int(next.Add(fillBatch)) - fillBatch
				if from >= n {
					return
				}
				if err := send(ctx, rand.New(rand.NewPCG(uint64(from), 0xf111)), from, min(n, from+fillBatch)); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// fillArticles puts the catalogue and withdraws some of it.
func (w World) fillArticles(ctx context.Context, c proof.Clients) error {
	now := time.Now().UnixMilli()
	err := inBatches(ctx, w.Articles, func(ctx context.Context, _ *rand.Rand, from, to int) error {
		req := &recov1.PutArticlesRequest{}
		for i := from; i < to; i++ {
			req.Articles = append(req.Articles, w.article(int64(i+1), now))
		}
		ans, err := c.Catalog.PutArticles(ctx, req)
		if err == nil && int(ans.Created) != to-from {
			err = fmt.Errorf("of %d new articles %d were created; rejected: %v", to-from, ans.Created, ans.Rejected)
		}
		return err
	})
	if err != nil {
		return err
	}
	req := &recov1.WithdrawArticlesRequest{}
	for id := int64(withdrawnEvery); id <= int64(w.Articles); id += withdrawnEvery {
		req.ArticleIds = append(req.ArticleIds, id)
		if len(req.ArticleIds) < fillBatch && id+withdrawnEvery <= int64(w.Articles) {
			continue
		}
		if _, err := c.Catalog.WithdrawArticles(ctx, req); err != nil {
			return err
		}
		req.ArticleIds = req.ArticleIds[:0]
	}
	return nil
}

// fillEvents records the readers' past.
func (w World) fillEvents(ctx context.Context, c proof.Clients) error {
	now := time.Now().UnixMilli()
	return inBatches(ctx, w.Events, func(ctx context.Context, rng *rand.Rand, from, to int) error {
		draw := w.events(rng)
		req := &recov1.RecordRequest{}
		for i := from; i < to; i++ {
			req.Events = append(req.Events, draw.past(i, now))
		}
		ans, err := c.Behavior.Record(ctx, req)
		if err == nil && int(ans.Accepted) != to-from {
			err = fmt.Errorf("of %d events %d were accepted; rejected: %v", to-from, ans.Accepted, ans.Rejected)
		}
		return err
	})
}
