package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/outage"
	"readnext/internal/recommend"
	"readnext/internal/store"
)

// engines is the engine in use, which another takes the place of when the log
// has lost what it was folded up to: models are rebuilt from a snapshot and the
// log. Who holds on to the old one meanwhile gets its answers.
type engines struct {
	open    func(ctx context.Context) (*engine.Engine, error)
	log     *slog.Logger
	fits    *courtesy // of which requests are told
	inUse   atomic.Pointer[engine.Engine]
	rebuilt atomic.Uint64 // how often it was replaced
	folded  atomic.Uint64 // by engines that were replaced
}

func (e *engines) get() *engine.Engine { return e.inUse.Load() }

// start opens the first engine.
func (e *engines) start(ctx context.Context) error {
	first, err := e.open(ctx)
	if err == nil {
		e.inUse.Store(first)
	}
	return err
}

// retryOpening is how long a failed opening rests before the next.
const retryOpening = time.Second

// run learns until ctx ends.
func (e *engines) run(ctx context.Context) error {
	for {
		err := e.get().Run(ctx)
		if !errors.Is(err, learn.ErrLost) {
			return err
		}
		e.log.LogAttrs(ctx, slog.LevelWarn, "the models are rebuilt from a snapshot and the log", slog.String("err", err.Error()))
		next := e.reopen(ctx)
		if next == nil {
			return nil // ctx ended; there is nothing to save
		}
		e.folded.Add(e.get().Folded())
		e.inUse.Store(next)
		e.rebuilt.Add(1)
	}
}

// reopen opens an engine, however long that takes; nil when ctx ends.
func (e *engines) reopen(ctx context.Context) *engine.Engine {
	opening := outage.New(e.log, slog.LevelError, "rebuilding the models")
	for ctx.Err() == nil {
		next, err := e.open(ctx)
		if err == nil {
			opening.Done()
			return next
		}
		if ctx.Err() == nil {
			opening.Failed(err)
		}
		rest := time.NewTimer(retryOpening)
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
		rest.Stop()
	}
	return nil
}

// Ready reports whether the engine in use has folded the log.
func (e *engines) Ready() bool { return e.get().Ready() }

// Folded is how many log entries were folded since the start.
func (e *engines) Folded() uint64 { return e.folded.Load() + e.get().Folded() }

// Retire and the rest are those of the engine in use.
func (e *engines) Retire(now feed.Millis) { e.get().Retire(now) }

func (e *engines) Sizes(yield func(model, name string, n int)) { e.get().Sizes(yield) }

func (e *engines) Recommend(ctx context.Context, r recommend.Request, now feed.Millis) (recommend.Answer, error) {
	e.fits.came()
	return e.get().Recommend(ctx, r, now)
}

func (e *engines) Preview(ctx context.Context, user feed.UserID, channel feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	e.fits.came()
	return e.get().Preview(ctx, user, channel, num, asOf)
}

func (e *engines) Similar(ctx context.Context, article feed.ArticleID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	e.fits.came()
	return e.get().Similar(ctx, article, num, asOf)
}

func (e *engines) Trending(ctx context.Context, channel feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error) {
	e.fits.came()
	return e.get().Trending(ctx, channel, num, asOf)
}

func (e *engines) Reader(ctx context.Context, user feed.UserID, now feed.Millis) (recommend.Reader, error) {
	return e.get().Reader(ctx, user, now)
}

func (e *engines) Submit(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error) {
	e.fits.write(len(signals))
	defer e.fits.written(len(signals))
	return e.get().Submit(ctx, signals, now)
}

func (e *engines) PutArticles(ctx context.Context, articles []feed.Article) ([]bool, error) {
	return e.get().PutArticles(ctx, articles)
}

func (e *engines) WithdrawArticles(ctx context.Context, ids []feed.ArticleID) ([]bool, error) {
	return e.get().WithdrawArticles(ctx, ids)
}

func (e *engines) Forget(ctx context.Context, user feed.UserID) error {
	return e.get().Forget(ctx, user)
}
