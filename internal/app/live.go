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
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/redisstore"
)

// live is the live engine with what surrounds it.
type live struct {
	engines
	store    store.Store
	embedded *pebblestore.Store // nil: the store is another
	signer   *signer
	services server.Services
}

// newLive opens the store and puts the engine together.
// Requests are answered while ready says so.
func newLive(ctx context.Context, cfg *Config, metrics *server.Metrics, ready func() bool) (_ *live, err error) {
	st, err := openStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	l := &live{store: st}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.store.Close())
		}
	}()
	safe, err := guarded(st, cfg)
	if err != nil {
		return nil, err
	}
	l.store = safe
	if l.signer, err = newSigner(ctx, safe, func() feed.Millis { return feed.MillisOf(cfg.Now()) }, cfg.Logger); err != nil {
		return nil, err
	}
	l.engines.log, l.engines.fits = cfg.Logger, newCourtesy()
	cfg.LiveEngine.Models.Factor.GiveWay = l.engines.fits.giveWay
	l.engines.open = func(ctx context.Context) (*engine.Engine, error) {
		if err := l.signer.reload(ctx); err != nil { // what lost the log's end may have lost keys
			return nil, err
		}
		return engine.Open(ctx, cfg.LiveEngine, withSharing(safe, st), l.signer.ring.Current, nonce)
	}
	if err := l.engines.start(ctx); err != nil {
		return nil, err
	}
	metrics.Register(server.ModelSizes(l.Sizes))
	if embedded, ok := st.(*pebblestore.Store); ok {
		l.embedded = embedded
		metrics.Register(storeMetrics{embedded})
	}
	if shared, ok := st.(*redisstore.Store); ok {
		metrics.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "readnext", Name: "store_clock_ahead_seconds", Help: "By how much the clock of the process was ahead of that of Redis when they were last compared.",
		}, func() float64 { return shared.ClockAhead().Seconds() }))
	}
	metrics.Register(guardMetrics{safe})
	metrics.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "readnext", Name: "models_rebuilt_total", Help: "How often the models were rebuilt because the log had lost what they were folded up to.",
	}, func() float64 { return float64(l.rebuilt.Load()) }))
	metrics.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "readnext", Name: "log_entries_folded_total", Help: "Log entries folded into the models since the start.",
	}, func() float64 { return float64(l.Folded()) }))
	l.services = server.NewLive(server.LiveParts{
		Recommender: l,
		Inspector:   l,
		Learner:     l,
		Articles:    safe,
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
