package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store"
)

// Backend is what readers and the newsroom use of a running recommender.
type Backend interface {
	Recommend(ctx context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error)
	PutArticles(ctx context.Context, articles []feed.Article) (created []bool, err error)
	Submit(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error)
}

// Clock is time as a run lives through it. One that jumps instead of waiting
// makes a day pass in seconds.
type Clock interface {
	Now() feed.Millis
	// Wait returns after a span, or with ctx's error.
	Wait(ctx context.Context, span feed.Millis) error
}

// ClockOf makes the clock of real time from a function that reads it.
func ClockOf(now func() feed.Millis) Clock { return realClock{now} }

type realClock struct{ now func() feed.Millis }

func (c realClock) Now() feed.Millis { return c.now() }

func (c realClock) Wait(ctx context.Context, span feed.Millis) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if span <= 0 {
		return nil
	}
	t := time.NewTimer(time.Duration(span) * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Stats counts what happened in a run.
type Stats struct {
	Articles  int // handed in
	Refreshes int // pages asked for and got
	Places    int // articles on them
	Accepted  int // signals
	Duplicate int
	Failed    int // requests that failed in passing
	// Events by action, sent and answered, of the past and of pages.
	Past, Live [feed.Dislike + 1]int
	// Expected is the clicks that the truth expects of the pages shown; with
	// Places it is the click rate without the luck.
	Expected float64
}

// Run hands in the newsroom's articles, sends the invented past, and then lets
// readers read for as long as cfg says. It returns early without an error when
// ctx ends, and with one when the backend fails for good. Everything happens in
// the calling goroutine.
func Run(ctx context.Context, cfg Config, world *World, backend Backend, clock Clock) (Stats, error) {
	r, err := newRun(cfg, world, backend, clock)
	if err != nil {
		return Stats{}, err
	}
	for _, phase := range []func(context.Context) error{r.handIn, r.warm, r.live} {
		if err := phase(ctx); err != nil {
			return r.stats, r.ended(ctx, err)
		}
	}
	return r.stats, nil
}

// Warm is the part of Run before readers ask for pages: it takes seconds.
func Warm(ctx context.Context, cfg Config, world *World, backend Backend, clock Clock) (Stats, error) {
	cfg.For = -1
	return Run(ctx, cfg, world, backend, clock)
}

// Live is the part of Run in which readers ask for pages, for a backend that
// has the articles.
func Live(ctx context.Context, cfg Config, world *World, backend Backend, clock Clock) (Stats, error) {
	r, err := newRun(cfg, world, backend, clock)
	if err != nil {
		return Stats{}, err
	}
	return r.stats, r.ended(ctx, r.live(ctx))
}

type run struct {
	cfg     Config
	world   *World
	backend Backend
	clock   Clock
	rng     *rand.Rand
	stats   Stats
	handed  feed.Millis // until when articles have been handed in
}

func newRun(cfg Config, world *World, backend Backend, clock Clock) (*run, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Spare >= len(world.readers) {
		return nil, fmt.Errorf("sim: Spare is %d of %d readers; nobody is left", cfg.Spare, len(world.readers))
	}
	return &run{
		cfg: cfg, world: world, backend: backend, clock: clock,
		rng: rand.New(rand.NewPCG(cfg.Seed, 3)), handed: clock.Now(),
	}, nil
}

// ended drops the error of being stopped: that is how a run is meant to end.
func (r *run) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// handIn puts all articles that there are by now.
func (r *run) handIn(ctx context.Context) error {
	r.handed = r.clock.Now()
	return r.put(ctx, r.world.Articles(r.handed))
}

func (r *run) put(ctx context.Context, articles []feed.Article) error {
	const batch = 200
	for len(articles) > 0 {
		n := min(batch, len(articles))
		if _, err := r.backend.PutArticles(ctx, articles[:n:n]); err != nil {
			return fmt.Errorf("sim: handing in articles: %w", err)
		}
		r.stats.Articles += n
		articles = articles[n:]
	}
	return nil
}

// submit sends signals and counts them in by.
func (r *run) submit(ctx context.Context, signals []feed.Signal, by *[feed.Dislike + 1]int) error {
	outcomes, err := r.backend.Submit(ctx, signals, r.clock.Now())
	if err != nil {
		return fmt.Errorf("sim: reporting: %w", err)
	}
	if len(outcomes) != len(signals) {
		return fmt.Errorf("sim: reporting: %d outcomes of %d signals", len(outcomes), len(signals))
	}
	for i, o := range outcomes {
		if o == store.Duplicate {
			r.stats.Duplicate++
			continue
		}
		r.stats.Accepted++
		for j := range signals[i].Events {
			by[signals[i].Events[j].Action]++
		}
	}
	return nil
}

// passing reports whether a failure may be gone at the next try.
func passing(err error) bool {
	switch feed.KindOf(err) {
	case feed.Unavailable, feed.Conflict, feed.Exhausted:
		return true
	}
	return false
}
