package suite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

const (
	// fillBatch is how many rows a request of the filling has: all that are under
	// way are written within Redis' time for one exchange, on a busy machine too.
	fillBatch = 1000
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
				err := patiently(ctx, func() error {
					return send(ctx, rand.New(rand.NewPCG(uint64(from), 0xf111)), from, min(n, from+fillBatch))
				})
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// patiently sends again what a server was too busy for, as it may be on a
// machine that has much else to do. What was written in spite of that is there
// twice then.
func patiently(ctx context.Context, send func() error) error {
	const tries = 30
	for try := 1; ; try++ {
		err := send()
		var e twirp.Error
		if try == tries || !errors.As(err, &e) || !slices.Contains(busy(), e.Code()) {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// busy are the codes of a server, or its store, that had too much to do.
func busy() []twirp.ErrorCode {
	return []twirp.ErrorCode{twirp.Unavailable, twirp.ResourceExhausted, twirp.DeadlineExceeded}
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
		if err == nil && int(ans.Created+ans.Updated) != to-from {
			err = fmt.Errorf("of %d articles %d were taken; rejected: %v", to-from, ans.Created+ans.Updated, ans.Rejected)
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
		err := patiently(ctx, func() error {
			_, err := c.Catalog.WithdrawArticles(ctx, req)
			return err
		})
		if err != nil {
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
