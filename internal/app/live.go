package app

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/prometheus/client_golang/prometheus"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/server"
	"readnext/internal/store"
)

// live is the live engine with what surrounds it.
type live struct {
	*engine.Engine
	store    store.Store
	signer   *signer
	services server.Services
}

// newLive opens the store and puts the engine together.
// Requests are answered while ready says so.
func newLive(ctx context.Context, cfg *Config, metrics *server.Metrics, ready func() bool) (_ *live, err error) {
	st, err := openStore(cfg.Store, cfg.Logger)
	if err != nil {
		return nil, err
	}
	l := &live{store: st}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	if l.signer, err = newSigner(ctx, st, feed.MillisOf(cfg.Now())); err != nil {
		return nil, err
	}
	if l.Engine, err = engine.Open(ctx, cfg.LiveEngine, st, l.signer.ring.Current, nonce); err != nil {
		return nil, err
	}
	metrics.Register(server.ModelSizes(l.Sizes))
	metrics.Register(storeMetrics{st})
	metrics.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "readnext", Name: "log_entries_folded_total", Help: "Log entries folded into the models since the start.",
	}, func() float64 { return float64(l.Folded()) }))
	l.services = server.NewLive(server.LiveParts{
		Recommender: l.Recommender,
		Inspector:   l.Recommender,
		Learner:     l.Learner,
		Articles:    st,
		Params:      &l.signer.ring,
		ReloadKeys:  l.signer.reload,
		Ready:       ready,
		Now:         cfg.Now,
		Metrics:     metrics,
	})
	return l, nil
}

// nonce tells anonymous pages apart; it is never 0, which means none.
func nonce() uint64 { return rand.Uint64() | 1 }
