package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/prometheus/client_golang/prometheus"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/store"
)

// engine is the live engine.
type engine struct {
	store    store.Store
	signer   *signer
	learner  *learn.Learner
	rec      *recommend.Recommender
	services server.Services
}

// newEngine opens the store, loads the models and puts the engine together.
func newEngine(ctx context.Context, cfg *Config, metrics *server.Metrics) (_ *engine, err error) {
	st, err := openStore(cfg.Store, cfg.Logger)
	if err != nil {
		return nil, err
	}
	e := &engine{store: st}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	if e.signer, err = newSigner(ctx, st, feed.MillisOf(cfg.Now())); err != nil {
		return nil, err
	}
	m, err := e.learn(ctx, cfg)
	if err != nil {
		return nil, err
	}
	rec, err := recommend.New(cfg.Recommend, m.parts(recommend.Parts{
		Readers:    st,
		Values:     cfg.Learn.Values,
		SigningKey: e.signer.ring.Current,
		Nonce:      nonce,
	}))
	if err != nil {
		return nil, err
	}
	e.rec = rec
	metrics.Register(server.ModelSizes(m.sizes))
	metrics.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "readnext", Name: "log_entries_folded_total", Help: "Log entries folded into the models since the start.",
	}, func() float64 { return float64(e.learner.Folded()) }))
	e.services = server.NewLive(server.LiveParts{
		Recommender: rec,
		Inspector:   rec,
		Learner:     e.learner,
		Articles:    st,
		Params:      &e.signer.ring,
		ReloadKeys:  e.signer.reload,
		Ready:       e.learner.Ready,
		Now:         cfg.Now,
		Metrics:     metrics,
	})
	return e, nil
}

// learn opens the learner and returns the models it filled.
func (e *engine) learn(ctx context.Context, cfg *Config) (*models, error) {
	var m *models
	var buildErr error
	build := func() learn.Models {
		m, buildErr = newModels(&cfg.Models)
		if buildErr != nil {
			return learn.Models{}
		}
		return m.forLearner()
	}
	if build(); buildErr != nil { // then it fails never
		return nil, buildErr
	}
	var err error
	if e.learner, err = learn.Open(ctx, cfg.Learn, e.store, build); err != nil {
		return nil, fmt.Errorf("loading the models: %w", err)
	}
	return m, nil
}

// nonce tells anonymous pages apart; it is never 0, which means none.
func nonce() uint64 { return rand.Uint64() | 1 }
