package simulate

import (
	"context"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// live is the engine on a store in memory. It folds what it is told before it
// answers, as a server does before it acknowledges, and rests as one does, but
// less often.
type live struct {
	store   *pebblestore.Store
	engine  *engine.Engine
	retired feed.Millis
	rested  feed.Millis
}

// restEvery is how often the engine rests. A server does so about once a second,
// and fits as often as its processors allow. Here a fit is waited for, which would
// take longer than all the rest, and of articles that live for hours fits know
// little, however many there are.
const restEvery = feed.Day

func openLive(ctx context.Context, cfg engine.Config) (*live, error) {
	st, err := pebblestore.Open("store", pebblestore.Config{FS: vfs.NewMem()})
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, cfg, st, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		st.Close() //nolint:errcheck // the first error is the one that matters
		return nil, err
	}
	return &live{store: st, engine: e}, nil
}

// Close ends the engine.
func (l *live) Close() error {
	l.engine.Close()
	return l.store.Close()
}

// PutArticles stores articles and folds them.
func (l *live) PutArticles(ctx context.Context, articles []feed.Article) ([]bool, error) {
	created, _, err := l.store.PutArticles(ctx, articles)
	if err != nil {
		return nil, err
	}
	return created, l.engine.CatchUp(ctx)
}

// Submit stores signals and folds them.
func (l *live) Submit(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error) {
	outcomes, _, err := l.store.AppendSignals(ctx, signals, now)
	if err != nil {
		return nil, err
	}
	return outcomes, l.engine.CatchUp(ctx)
}

// Recommend serves a page.
func (l *live) Recommend(ctx context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error) {
	l.rest(now)
	return l.engine.Recommend(ctx, req, now)
}

// rest does what a server does when nothing else is to be done.
func (l *live) rest(now feed.Millis) {
	if now >= l.retired+feed.Minute {
		l.engine.Retire(now)
		l.retired = now
	}
	if now >= l.rested+restEvery {
		l.engine.Rest()
		l.rested = now
	}
}

// Next is what a refresh would serve on all channels.
func (l *live) Next(ctx context.Context, user feed.UserID, now feed.Millis) ([]feed.ArticleID, error) {
	l.rest(now)
	scored, err := l.engine.Preview(ctx, user, feed.AllChannels, recommend.DefaultNum, now)
	if err != nil {
		return nil, err
	}
	ids := make([]feed.ArticleID, len(scored))
	for i := range scored {
		ids[i] = scored[i].Article
	}
	return ids, nil
}
