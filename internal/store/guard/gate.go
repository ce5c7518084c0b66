package guard

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"readnext/internal/feed"
)

// window is how far back a breaker counts.
const (
	window = time.Second
	bucket = 100 * time.Millisecond
)

// gate is what a class of calls passes.
type gate struct {
	name    string
	bound   Bound
	row     time.Duration
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}] // nil: none

	busy atomic.Int64          // calls under way
	last atomic.Pointer[error] // of the last call that failed

	full, open, late atomic.Uint64 // calls refused for one or the other, and timed out
}

// errGaveUp tells a breaker of a caller that gave up.
var errGaveUp = errors.New("the caller gave up")

func (g *gate) init(name string, bound Bound, cfg *Config) {
	g.name, g.bound, g.row = name, bound, cfg.Row
	if cfg.Trip < 0 {
		return
	}
	trip := uint32(cfg.Trip)
	g.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         name,
		MaxRequests:  1,
		Interval:     window,
		BucketPeriod: bucket,
		Timeout:      cfg.Rest,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= trip || c.TotalFailures >= 2*trip && c.TotalFailures >= c.TotalSuccesses
		},
		IsExcluded: func(err error) bool { return err == errGaveUp },
		OnStateChange: func(name string, from, to gobreaker.State) {
			switch {
			case from == gobreaker.StateClosed:
				attrs := []slog.Attr{slog.String("calls", name)}
				if err := g.last.Load(); err != nil {
					attrs = append(attrs, slog.String("err", (*err).Error()))
				}
				cfg.Logger.LogAttrs(context.Background(), slog.LevelError, "the store fails; it is given a rest", attrs...)
			case to == gobreaker.StateClosed:
				cfg.Logger.LogAttrs(context.Background(), slog.LevelInfo, "the store answers again", slog.String("calls", name))
			}
		},
	})
}

// call is a call under way.
type call struct {
	gate        *gate // nil: a call that only has a time-out
	caller, ctx context.Context
	stop        context.CancelFunc // nil: no time-out
	time        time.Duration
	done        func(error) // nil: no breaker
}

// enter begins a call about so many rows, or says why it must not be made. The
// call uses the context returned and then leaves.
func (g *gate) enter(ctx context.Context, rows int) (context.Context, call, error) {
	if n := g.busy.Add(1); g.bound.Calls >= 0 && n > int64(g.bound.Calls) {
		g.busy.Add(-1)
		g.full.Add(1)
		return ctx, call{}, feed.Errorf(feed.Unavailable, "the store has %d calls for %s to answer", g.bound.Calls, g.name)
	}
	c := call{gate: g}
	if g.breaker != nil {
		var err error
		if c.done, err = g.breaker.Allow(); err != nil {
			g.busy.Add(-1)
			g.open.Add(1)
			return ctx, call{}, feed.Errorf(feed.Unavailable, "the store fails %s; it is given a rest", g.name)
		}
	}
	d := g.bound.Time
	if d >= 0 {
		d += time.Duration(rows) * g.row
	}
	return c.timed(ctx, d), c, nil
}

// timed gives the call so much time, for ever if that is below 0.
func (c *call) timed(ctx context.Context, d time.Duration) context.Context {
	c.caller, c.ctx, c.time = ctx, ctx, d
	if d >= 0 {
		c.ctx, c.stop = context.WithTimeout(ctx, d)
	}
	return c.ctx
}

// leave ends a call: it tells the breaker how the call went, and returns what
// the caller is told of it.
func (c *call) leave(err error) error {
	if c.gate != nil {
		c.gate.busy.Add(-1)
	}
	late := err != nil && c.ctx.Err() != nil && c.caller.Err() == nil &&
		(feed.KindOf(err) == feed.Unavailable || errors.Is(err, context.DeadlineExceeded))
	if c.stop != nil {
		c.stop()
	}
	if late {
		// The caller's own time was not up, so the context's error is not told.
		err = feed.Errorf(feed.Unavailable, "the store did not answer within %v: %v", c.time, err)
		if c.gate != nil {
			c.gate.late.Add(1)
		}
	}
	if c.done == nil {
		return err
	}
	switch {
	case err == nil, feed.KindOf(err) != feed.Unavailable && !errors.Is(err, context.Canceled):
		c.done(nil)
	case c.caller.Err() != nil:
		c.done(errGaveUp)
	default:
		last := err
		c.gate.last.Store(&last)
		c.done(err)
	}
	return err
}
