package suite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"readnext/internal/bench"
	"readnext/internal/proof"
)

// starts stops and starts the live servers: from a snapshot of their own and from
// the copy that the store shares if it does, one after the other, and from the
// log alone, side by side. Their models are warm in the end.
func (s *run) starts(ctx context.Context) error {
	for _, t := range s.targets {
		for _, from := range []struct {
			name   string
			forget func(context.Context) error // what a start must not find
		}{
			{"snapshot", func(context.Context) error { return nil }},
			{"shared snapshot", t.forgetOwn},
		} {
			if from.name == "shared snapshot" && t.shared == "" {
				continue
			}
			start := Start{Target: t.name, From: from.name}
			for range s.cfg.Rounds {
				t.process.Stop() // writes a snapshot
				if err := from.forget(ctx); err != nil {
					return err
				}
				took, err := t.process.Start(ctx)
				if err != nil {
					return err
				}
				s.say(fmt.Sprintf("start from the %s: %s %.2f s", from.name, t.name, took.Seconds()))
				start.Seconds = append(start.Seconds, took.Seconds())
			}
			s.result.Starts = append(s.result.Starts, start)
		}
	}
	fromLog := make([]Start, len(s.targets))
	err := atOnce(ctx, s.targets, func(ctx context.Context, i int, t *target) error {
		t.process.Stop()
		if err := t.forgetModels(ctx); err != nil {
			return err
		}
		took, err := t.process.Start(ctx)
		fromLog[i] = Start{Target: t.name, From: "log", Seconds: []float64{took.Seconds()}}
		return err
	})
	if err != nil {
		return err
	}
	for _, start := range fromLog {
		s.say(fmt.Sprintf("start from the log: %s %.2f s", start.Target, start.Seconds[0]))
	}
	s.result.Starts = append(s.result.Starts, fromLog...)
	return s.warm(ctx, "saturation", s.targets...)
}

// encodings are what pages are asked for in.
func encodings() []string { return []string{"protobuf", "JSON"} }

// saturation finds how many pages each target serves in a closed loop. A round
// that does not count comes first.
func (s *run) saturation(ctx context.Context) error {
	for _, encoding := range encodings() {
		pages := make([]Pages, len(s.targets))
		var ratio, p50, p99, cpu, allocs, bytes, own = table(s.targets), table(s.targets), table(s.targets), table(s.targets), table(s.targets), table(s.targets), table(s.targets)
		for round := range s.cfg.Rounds + 1 {
			for i, t := range s.targets {
				r, u, err := s.measured(ctx, t, s.load(t, encoding == "JSON"))
				if err != nil {
					return err
				}
				p := &pages[i]
				p.Target, p.Encoding = t.name, encoding
				p.Bad.add(r)
				s.say(fmt.Sprintf("saturation, %s, round %d of %d: %s %.0f/s", encoding, round, s.cfg.Rounds, t.name, r.PerSecond()))
				if round == 0 {
					continue
				}
				n := float64(r.Requests)
				p.Rates = append(p.Rates, r.PerSecond())
				ratio[i] = append(ratio[i], r.PerSecond()/pages[0].Rates[round-1])
				p50[i], p99[i] = append(p50[i], ms(r.Quantile(.5))), append(p99[i], ms(r.Quantile(.99)))
				cpu[i] = append(cpu[i], float64(u.cpu.Microseconds())/n)
				allocs[i], bytes[i] = append(allocs[i], u.mallocs/n), append(bytes[i], u.bytes/n)
				own[i] = append(own[i], float64(r.OwnCPU.Microseconds())/n)
			}
		}
		for i := range pages {
			p := &pages[i]
			p.Rate, p.ToBare = bench.Median(p.Rates), bench.Median(ratio[i])
			p.P50, p.P99 = bench.Median(p50[i]), bench.Median(p99[i])
			p.CPU, p.Allocs, p.Bytes, p.OwnCPU = bench.Median(cpu[i]), bench.Median(allocs[i]), bench.Median(bytes[i]), bench.Median(own[i])
		}
		s.result.Pages = append(s.result.Pages, pages...)
	}
	return nil
}

func table(targets []*target) [][]float64 { return make([][]float64, len(targets)) }

// openConns are the connections of open loops: more than are ever busy below
// saturation, so that requests wait for the server and not for each other.
const openConns = 128

// open measures latency at shares of each target's own saturation.
func (s *run) open(ctx context.Context) error {
	for _, share := range []float64{.5, .8} {
		p50, p99, p999 := make([][]float64, len(s.result.Pages)), make([][]float64, len(s.result.Pages)), make([][]float64, len(s.result.Pages))
		opens := make([]Open, len(s.result.Pages))
		for range s.cfg.Rounds {
			for i := range s.result.Pages {
				p := &s.result.Pages[i]
				t := s.target(p.Target)
				load := s.load(t, p.Encoding == "JSON")
				load.Conns, load.Rate = openConns, share*p.Rate
				r, _, err := s.measured(ctx, t, load)
				if err != nil {
					return err
				}
				opens[i].Share, opens[i].Rate = share, load.Rate
				opens[i].Requests += r.Requests
				opens[i].Answered += r.Good
				opens[i].Bad.add(r)
				p50[i], p99[i], p999[i] = append(p50[i], ms(r.Quantile(.5))), append(p99[i], ms(r.Quantile(.99))), append(p999[i], ms(r.Quantile(.999)))
			}
		}
		for i := range opens {
			opens[i].P50, opens[i].P99, opens[i].P999 = bench.Median(p50[i]), bench.Median(p99[i]), bench.Median(p999[i])
			s.result.Pages[i].Open = append(s.result.Pages[i].Open, opens[i])
			s.say(fmt.Sprintf("at %.0f%%: %s, %s: p50 %.2f ms, p99 %.2f ms", 100*share, s.result.Pages[i].Target, s.result.Pages[i].Encoding, opens[i].P50, opens[i].P99))
		}
	}
	return nil
}

func (s *run) target(name string) *target {
	for _, t := range s.targets {
		if t.name == name {
			return t
		}
	}
	return nil
}

// writes measures Report and Record, with a round of the bare server beside
// each.
func (s *run) writes(ctx context.Context) error {
	kinds := []write{
		{"Report", 1, 60_000, reportScript(1)},
		{"Report", 100, 240_000, reportScript(100)},
		{"Record", 1, 0, recordScript(1)},
		{"Record", 100, 0, recordScript(100)},
	}
	for _, t := range s.targets {
		if !t.live {
			continue
		}
		if err := t.syncs(ctx, forWrites); err != nil {
			return err
		}
		for _, k := range kinds {
			out := Write{Target: t.name, Name: k.name, Batch: k.batch}
			var rate, ratio, p50, p99, cpu []float64
			for round := range s.cfg.Rounds {
				limit, err := s.beside(ctx)
				if err != nil {
					return err
				}
				var params []string
				if k.params > 0 {
					want := int(float64(k.params) * s.cfg.Duration.Seconds() / 3)
					if params, err = harvest(ctx, t.clients(), s.cfg.World, max(want, 2*k.batch)); err != nil {
						return err
					}
				}
				load := s.load(t, false)
				load.Script = k.script(s.cfg.World, params, round)
				r, u, err := s.measured(ctx, t, load)
				if err != nil {
					return fmt.Errorf("%s: %w", k.name, err)
				}
				out.Bad.add(r)
				rate, ratio = append(rate, r.PerSecond()*float64(k.batch)), append(ratio, r.PerSecond()/limit)
				p50, p99 = append(p50, ms(r.Quantile(.5))), append(p99, ms(r.Quantile(.99)))
				cpu = append(cpu, float64(u.cpu.Microseconds())/float64(r.Requests*k.batch))
			}
			out.Rate, out.ToBare, out.CPU = bench.Median(rate), bench.Median(ratio), bench.Median(cpu)
			out.P50, out.P99 = bench.Median(p50), bench.Median(p99)
			s.result.Writes = append(s.result.Writes, out)
			s.say(fmt.Sprintf("%s: %s in batches of %d: %.0f rows/s", t.name, k.name, k.batch, out.Rate))
		}
		if err := t.syncs(ctx, forPages); err != nil {
			return err
		}
	}
	return nil
}

// beside is the bare server's rate now.
func (s *run) beside(ctx context.Context) (float64, error) {
	load := s.load(s.targets[0], false)
	load.Duration /= 3
	r, err := load.Run(ctx)
	if err != nil {
		return 0, err
	}
	return r.PerSecond(), nil
}

// effect reports clicks while pages are asked for at half of saturation, as it is
// just before.
func (s *run) effect(ctx context.Context) error {
	t := s.target(livePebble)
	load := s.load(t, false)
	saturated, err := load.Run(ctx)
	if err != nil {
		return err
	}
	loading, stop := context.WithCancel(ctx)
	defer stop()
	load = s.load(t, false)
	load.Conns, load.Rate, load.Duration = openConns, saturated.PerSecond()/2, time.Minute
	ended := make(chan error, 1)
	go func() {
		_, err := load.Run(loading)
		ended <- err
	}()
	var readers []proof.Reader
	rng := s.rng()
	for range 4 * s.cfg.Effects {
		id, channel := s.cfg.World.Reader(rng, nil)
		readers = append(readers, proof.Reader{User: string(id), Channel: channel})
	}
	fresh, err := proof.Freshness(ctx, t.clients(), readers, s.cfg.Effects)
	stop()
	if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	s.result.Effect = Effect{fresh.Reports, fresh.Reflected, ms(fresh.Median), ms(fresh.P99)}
	return nil
}

// pagesOnDisk says what the live targets take once pages were served for a
// while.
func (s *run) pagesOnDisk(ctx context.Context) error {
	for _, t := range s.targets {
		if !t.live {
			continue
		}
		now, err := t.onDisk(ctx)
		if err != nil {
			return err
		}
		size := Size{Target: t.name, BytesPerPage: float64(now.bytes-t.before.bytes) / (now.pages - t.before.pages)}
		if size.Resident, size.Peak, err = memoryOf(t.process.PID()); err != nil {
			return err
		}
		s.result.Sizes = append(s.result.Sizes, size)
	}
	return nil
}

// sizes looks again in the end, after restarts and writes.
func (s *run) sizes(context.Context) error {
	for i := range s.result.Sizes {
		size := &s.result.Sizes[i]
		t := s.target(size.Target)
		_, peak, err := memoryOf(t.process.PID())
		if err != nil {
			return err
		}
		size.Peak = max(size.Peak, peak)
		if size.Disk, err = diskOf(t.disk); err != nil {
			return err
		}
	}
	return nil
}
