package app

import (
	"context"
	"log/slog"

	"readnext/internal/feed"
	"readnext/internal/sim"
)

// demo fills an empty store with an invented newsroom, whose readers ask this
// process itself, without the way over HTTP. It tells that there is a
// feed to look at, and lets readers read until ctx ends or they have had
// enough. A store with articles in it is left alone.
func (a *App) demo(ctx context.Context) {
	defer a.inventing.Store(false)
	stats, err := a.invent(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.log.LogAttrs(ctx, slog.LevelError, "the invented newsroom", slog.String("err", err.Error()))
	case stats.Refreshes > 0:
		a.log.LogAttrs(ctx, slog.LevelInfo, "the invented readers have gone home",
			slog.Int("pages", stats.Refreshes), slog.Int("signals", stats.Accepted))
	}
}

func (a *App) invent(ctx context.Context) (sim.Stats, error) {
	there, err := a.live.store.ListArticles(ctx, 0, 1)
	if err != nil {
		return sim.Stats{}, err
	}
	if len(there) > 0 {
		a.log.Info("the store has articles already: they are served, none are invented")
		return sim.Stats{}, nil
	}
	world, err := sim.New(sim.WorldConfig{Seed: 1, Born: feed.MillisOf(a.cfg.Now())})
	if err != nil {
		return sim.Stats{}, err
	}
	clock := sim.ClockOf(func() feed.Millis { return feed.MillisOf(a.cfg.Now()) })
	if _, err := sim.Warm(ctx, sim.Demo(), world, a.live, clock); err != nil {
		return sim.Stats{}, err
	}
	a.inventing.Store(false)
	a.cfg.Demo()
	return sim.Live(ctx, sim.Demo(), world, a.live, clock)
}
