package suite

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Warm is how long a target's models were waited for before it was asked for
// pages, and whether they came to rest.
type Warm struct {
	Target  string  `json:"target"`
	Before  string  `json:"before"`
	Seconds float64 `json:"seconds"`
	AtRest  bool    `json:"at_rest"`
}

// warm waits for targets' models, side by side.
func (s *run) warm(ctx context.Context, before string, targets ...*target) error {
	waited := make([]Warm, len(targets))
	err := atOnce(ctx, targets, func(ctx context.Context, i int, t *target) error {
		begin := time.Now()
		rest, err := t.warm(ctx, s.cfg.Settle)
		waited[i] = Warm{t.name, before, time.Since(begin).Seconds(), rest}
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range waited {
		s.say(fmt.Sprintf("%s: %s waited %.0f s for its models, at rest: %v", w.Before, w.Target, w.Seconds, w.AtRest))
	}
	s.result.Warms = append(s.result.Warms, waited...)
	return nil
}

// warm waits until requests see all that the models hold and the target has
// used little processor time for a moment: after a start, and after many events,
// models fit and profiles of readers are read in the background. It returns
// false when patience ends before.
func (t *target) warm(ctx context.Context, patience time.Duration) (rest bool, err error) {
	look := min(500*time.Millisecond, patience/10)
	quiet := max(tick, look/10)
	begin := time.Now()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var before time.Duration
	for calm := 0; calm < 3; {
		if time.Since(begin) > patience {
			return false, nil
		}
		m, err := scrape(ctx, t.process.Admin)
		if err != nil {
			return false, err
		}
		now, err := cpuOf(t.process.PID())
		if err != nil {
			return false, err
		}
		if calm++; now-before > quiet || m[`readnext_model_size{model="factor",name="behind"}`] > 0 {
			calm = 0
		}
		before = now
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return true, nil
}

// atOnce does something with each target, side by side. The first error ends
// the others.
func atOnce(ctx context.Context, targets []*target, do func(ctx context.Context, i int, t *target) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() {
			if err := do(ctx, i, t); err != nil {
				cancel(fmt.Errorf("%s: %w", t.name, err))
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
