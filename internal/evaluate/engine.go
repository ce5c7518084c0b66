package evaluate

import (
	"context"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
)

// Engine is the live engine on a store in memory, as a ranker.
type Engine struct {
	name   string
	store  *pebblestore.Store
	engine *engine.Engine
}

// NewEngine starts an engine with nothing in it; Close ends it.
func NewEngine(ctx context.Context, name string, cfg engine.Config) (*Engine, error) {
	st, err := pebblestore.Open("store", pebblestore.Config{FS: vfs.NewMem()})
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, cfg, st, func() uint32 { return 1 }, func() uint64 { return 1 })
	if err != nil {
		st.Close() //nolint:errcheck // the first error is the one that matters
		return nil, err
	}
	return &Engine{name: name, store: st, engine: e}, nil
}

// Close ends the engine.
func (e *Engine) Close() error {
	e.engine.Close()
	return e.store.Close()
}

// Name names the engine in tables.
func (e *Engine) Name() string { return e.name }

// Put puts articles.
func (e *Engine) Put(ctx context.Context, articles []feed.Article) error {
	if _, _, err := e.store.PutArticles(ctx, articles); err != nil {
		return err
	}
	return e.engine.CatchUp(ctx)
}

// Settle is called when the log has ended.
func (e *Engine) Settle() { e.engine.Settle() }

// Rank asks for a preview, from models as a server's would be by then.
func (e *Engine) Rank(ctx context.Context, user feed.UserID, channel feed.ChannelID, now feed.Millis, n int) ([]feed.ArticleID, error) {
	e.engine.Rest()
	scored, err := e.engine.Preview(ctx, user, channel, n, now)
	if err != nil {
		return nil, err
	}
	ids := make([]feed.ArticleID, len(scored))
	for i := range scored {
		ids[i] = scored[i].Article
	}
	return ids, nil
}

// Learn records an event and folds it.
func (e *Engine) Learn(ctx context.Context, ev feed.Event) error {
	sig := feed.Signal{User: ev.User, Events: []feed.Event{ev}}
	if _, _, err := e.store.AppendSignals(ctx, []feed.Signal{sig}, ev.Time); err != nil {
		return err
	}
	return e.engine.CatchUp(ctx)
}
