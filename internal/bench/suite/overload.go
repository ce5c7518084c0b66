package suite

import (
	"context"
	"fmt"

	"readnext/internal/bench"
)

const (
	// overloadConns are the connections of an overload.
	overloadConns = 512
	// overloadTimes is how many times what a server can do it is asked for.
	overloadTimes = 2
)

// overload asks the live targets for twice of what they can do. The server has
// a processor of its own meanwhile, and so has the generator: its requests cost
// about what a refusal costs, and on shared processors they would be what
// crowds out the good answers. A peak is measured likewise, before each
// overload.
func (s *run) overload(ctx context.Context) error {
	for _, t := range s.targets {
		if !t.live {
			continue
		}
		t.process.Stop()
		release, err := apart(func() error {
			_, err := t.process.Start(ctx)
			return err
		})
		if err == nil {
			err = s.warm(ctx, "overload", t)
		}
		if err == nil {
			err = s.overloadOne(ctx, t)
		}
		if release != nil {
			release()
		}
		if err != nil {
			return err
		}
		t.process.Stop()
		if _, err := t.process.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *run) overloadOne(ctx context.Context, t *target) error {
	o := Overload{Target: t.name, Times: overloadTimes}
	var peak, good, of, p50, p99 []float64
	for round := range s.cfg.Rounds + 1 {
		load := s.load(t, false)
		most, err := load.Run(ctx)
		if err != nil {
			return err
		}
		load = s.load(t, false)
		load.Conns, load.Rate = overloadConns, overloadTimes*most.PerSecond()
		r, _, err := s.measured(ctx, t, load)
		if err != nil {
			return err
		}
		s.say(fmt.Sprintf("overload, round %d of %d: %s %.0f good/s of %.0f/s, p99 %v, peak %.0f/s",
			round, s.cfg.Rounds, t.name, r.PerSecond(), load.Rate, r.Quantile(.99), most.PerSecond()))
		if round == 0 {
			continue
		}
		o.Requests += r.Requests
		o.Answered += r.Good
		o.Bad.add(r)
		peak, good, of = append(peak, most.PerSecond()), append(good, r.PerSecond()), append(of, r.PerSecond()/most.PerSecond())
		p50, p99 = append(p50, ms(r.Quantile(.5))), append(p99, ms(r.Quantile(.99)))
	}
	o.Peak, o.Good, o.OfPeak = bench.Median(peak), bench.Median(good), bench.Median(of)
	o.P50, o.P99 = bench.Median(p50), bench.Median(p99)
	s.result.Overloads = append(s.result.Overloads, o)
	return nil
}
