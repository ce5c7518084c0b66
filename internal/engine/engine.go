// Package engine puts the live engine together: models, the learner that folds
// the log into them, the ranker and its trainer, and the recommender that
// serves from them. It decides which models there are and in which order they
// count, nothing else, so that what is evaluated and simulated is what serves.
package engine

import (
	"context"
	"fmt"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/recommend"
)

// Config sets every room of the engine; zero fields take their defaults.
type Config struct {
	Recommend recommend.Config
	Learn     learn.Config
	Models    ModelsConfig
	// Sources are the names of the sources to use, nil for all; see
	// [SourceNames].
	Sources []string
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	c.Recommend.EnsureDefaults()
	c.Learn.EnsureDefaults()
	c.Models.EnsureDefaults()
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if err := c.Recommend.Validate(); err != nil {
		return err
	}
	if err := c.Learn.Validate(); err != nil {
		return err
	}
	return c.Models.Validate()
}

// Store is what the engine needs of a store.
type Store interface {
	learn.Store
	recommend.Readers
}

// Engine is a live engine. It is made by [Open]; its Learner's Run must be
// running, or its Fold be called, for it to learn.
type Engine struct {
	*learn.Learner
	*recommend.Recommender
	models *models
	rested uint64 // by Rest: how much was folded at the last one
}

// Open loads the models from the store's newest snapshot and puts the engine
// together. signingKey names the key to sign new pages with; nonce returns
// random numbers, never 0, that tell anonymous pages apart.
func Open(ctx context.Context, cfg Config, st Store, signingKey func() uint32, nonce func() uint64) (*Engine, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	outside := recommend.Parts{Readers: st, Values: cfg.Learn.Values, SigningKey: signingKey, Nonce: nonce}
	e := &Engine{}
	var err error
	if e.models, err = newModels(&cfg, outside); err != nil { // else it never fails below
		return nil, err
	}
	build := func() learn.Models {
		e.Close() // of models that a snapshot did not fit
		e.models, _ = newModels(&cfg, outside)
		return e.models.forLearner()
	}
	if e.Learner, err = learn.Open(ctx, cfg.Learn, st, build); err != nil {
		e.Close()
		return nil, fmt.Errorf("loading the models: %w", err)
	}
	e.Recommender = e.models.recommender
	return e, nil
}

// Run learns until ctx ends; see [learn.Learner.Run].
func (e *Engine) Run(ctx context.Context) error {
	defer e.models.factor.Close()
	return e.Learner.Run(ctx)
}

// CatchUp folds the log as far as it goes. It is for those who do not Run.
func (e *Engine) CatchUp(ctx context.Context) error {
	for {
		if n, err := e.Fold(ctx); n == 0 || err != nil {
			return err
		}
	}
}

// Rest does what the learner does when it has reached the log's end, and waits
// for what comes of it: requests are answered as the log says, whatever the
// machine's speed. It is for those who do not Run, before each request. It does
// so once a fiftieth was folded since the last time, which is what a long replay
// can afford; a server's requests are nearer to the log's end. Pages that do
// without what is fitted do not wait for it.
func (e *Engine) Rest() {
	folded := e.Folded()
	if folded-e.rested <= e.rested/50 || !slices.Contains(e.Sources, recommend.Source(e.models.factor)) {
		return
	}
	e.rested = folded
	e.models.factor.Wait() // a fit under way would be another reason not to begin one
	e.models.factor.Refit()
	e.models.factor.Wait()
}

// Close ends what runs in the background. It is for those who do not Run.
func (e *Engine) Close() { e.models.factor.Close() }

// Settle fits what is fitted in the background to the log as it is, before it
// returns: for those who ask questions about a log that has ended.
func (e *Engine) Settle() {
	e.models.factor.Wait()
	e.models.factor.Fit()
}

// Retire moves expired articles out of the way of requests.
func (e *Engine) Retire(now feed.Millis) { e.models.catalog.Retire(now) }

// Sizes reports how much each model holds.
func (e *Engine) Sizes(yield func(model, name string, n int)) { e.models.sizes(yield) }
