package simulate

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"readnext/internal/engine"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

// Config sets a simulation; zero fields take their defaults.
type Config struct {
	// World is the world; its Born may be left out.
	World truth.Config
	// Engine is the engine that is simulated, by default as it serves.
	Engine engine.Config
	// Explore are the ways of exploring that Engine's is compared with; nil:
	// temperatures 0.1 and 0.3 and a share of 0.1 of places for fresh articles.
	// Empty: none.
	Explore []explore.Policy
	// ExploreDays is how many days each of them serves. Default a third of
	// the world's.
	ExploreDays int
	// Workers is how many policies serve at the same time, which changes no
	// result. Default: as many as there are processors.
	Workers int
}

// born is a midnight UTC; which one means nothing.
const born = 23000 * feed.Day

// EnsureDefaults replaces zero fields by their defaults.
func (c *Config) EnsureDefaults() {
	if c.World.Born == 0 {
		c.World.Born = born
	}
	c.World.EnsureDefaults()
	if c.Explore == nil {
		c.Explore = []explore.Policy{{Temperature: 0.1}, {Temperature: 0.3}, {FreshShare: 0.1}}
	}
	if c.ExploreDays == 0 {
		c.ExploreDays = max(1, c.World.Days/3)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
}

// Validate reports the first thing out of range.
func (c *Config) Validate() error {
	if err := c.World.Validate(); err != nil {
		return err
	}
	if c.ExploreDays < 1 || c.ExploreDays > c.World.Days {
		return fmt.Errorf("simulate: ExploreDays is %d of %d days", c.ExploreDays, c.World.Days)
	}
	if c.Workers < 1 {
		return fmt.Errorf("simulate: Workers is %d; somebody must serve", c.Workers)
	}
	for _, p := range c.Explore {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// halfLives are those of the popular policies; the best one is the popular of
// the report.
func halfLives() []feed.Millis {
	return []feed.Millis{feed.Hour / 4, feed.Hour / 2, feed.Hour, 3 * feed.Hour, 8 * feed.Hour, feed.Day}
}

// act is a play with its name.
type act struct {
	*play
	name    string
	explore *explore.Policy // of those compared by Explore
	begin   func(ctx context.Context) (Policy, error)
}

// Run simulates. progress is told what is done, in no particular order.
func Run(ctx context.Context, cfg Config, progress func(line string)) (*Report, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	world, err := truth.New(cfg.World)
	if err != nil {
		return nil, err
	}
	acts := programme(&cfg, world)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex // guards progress
		free = make(chan struct{}, cfg.Workers)
	)
	for _, a := range acts {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			if err := a.perform(ctx); err != nil {
				stop(fmt.Errorf("%s: %w", a.name, err))
				return
			}
			mu.Lock()
			defer mu.Unlock()
			progress(fmt.Sprintf("%s: %d pages", a.name, len(a.pages)))
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return report(&cfg, world, acts), nil
}

// perform plays from begin to end.
func (a *act) perform(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	policy, err := a.begin(ctx)
	if err != nil {
		return err
	}
	if c, ok := policy.(io.Closer); ok {
		defer c.Close() //nolint:errcheck // in memory
	}
	a.policy = policy
	return a.run(ctx)
}

// programme lists all plays of a simulation, the slowest ones first.
func programme(cfg *Config, world *truth.World) []*act {
	var acts []*act
	add := func(name string, until feed.Millis, begin func(*play) func(context.Context) (Policy, error)) *act {
		p := newPlay(world, until)
		a := &act{play: p, name: name, begin: begin(p)}
		acts = append(acts, a)
		return a
	}
	plain := func(p Policy) func(*play) func(context.Context) (Policy, error) {
		return func(*play) func(context.Context) (Policy, error) {
			return func(context.Context) (Policy, error) { return p, nil }
		}
	}
	live := func(cfg engine.Config) func(*play) func(context.Context) (Policy, error) {
		return func(*play) func(context.Context) (Policy, error) {
			return func(ctx context.Context) (Policy, error) { return openLive(ctx, cfg) }
		}
	}
	add(nameEngine, world.End(), live(cfg.Engine)).probe = true
	for _, e := range cfg.Explore {
		with := cfg.Engine
		with.Recommend.Explore = e
		a := add(exploreName(e), world.Begin()+feed.Millis(cfg.ExploreDays)*feed.Day, live(with))
		a.explore = &e
	}
	add(nameOracle, world.End(), func(p *play) func(context.Context) (Policy, error) {
		return func(context.Context) (Policy, error) { return newOracle(world, p.minds), nil }
	}).probe = true
	add(nameConfidant, world.End(), func(p *play) func(context.Context) (Policy, error) {
		return func(context.Context) (Policy, error) { return newConfidant(world, p.minds), nil }
	})
	for _, h := range halfLives() {
		add(popularName(h), world.End(), plain(popular(h))).probe = true
	}
	add(nameNewest, world.End(), plain(newest()))
	add(nameRandom, world.End(), plain(random(cfg.World.Seed)))
	return acts
}

const (
	nameEngine    = "readnext"
	nameOracle    = "oracle"
	nameConfidant = "knows all but quality"
	namePopular   = "popular" // and its half-life
	nameNewest    = "newest"
	nameRandom    = "random"
)

func popularName(halfLife feed.Millis) string {
	return fmt.Sprintf(namePopular+", %g h", float64(halfLife)/float64(feed.Hour))
}

// exploreName names a way of exploring.
func exploreName(p explore.Policy) string {
	switch {
	case p == explore.Policy{}:
		return "greedy"
	case p.FreshShare == 0:
		return fmt.Sprintf("temperature %g", p.Temperature)
	case p.Temperature == 0:
		return fmt.Sprintf("fresh %g", p.FreshShare)
	}
	return fmt.Sprintf("temperature %g, fresh %g", p.Temperature, p.FreshShare)
}
