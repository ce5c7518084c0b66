package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"readnext/internal/bench"
	"readnext/internal/proof"
)

// What grows.
const (
	axisArticles = "articles"
	axisReaders  = "readers"
	axisChannels = "channels"
	axisNum      = "article_num"
	axisBoth     = "both"
)

func axes() []string {
	return []string{axisArticles, axisReaders, axisChannels, axisNum, axisBoth}
}

// step is one server of the growth run.
type step struct {
	axis  string
	world World
	num   int32
}

// steps go from the smallest to base and ten times beyond it: base is 100,000
// articles and 200,000 readers unless it is a rehearsal.
func steps(base World) []step {
	with := func(articles, readers, channels int) World {
		w := base
		w.Articles, w.Readers, w.Channels = articles, readers, channels
		w.Events = 5 * readers
		return w
	}
	a, r, c := base.Articles, base.Readers, base.Channels
	return []step{
		{axisBoth, with(a/10, r/20, c), 10}, // the least of each
		{axisBoth, with(a*10, r*10, c), 10},
		{axisArticles, with(a/10, r, c), 10},
		{axisArticles, with(a*10, r, c), 10},
		{axisReaders, with(a, r/20, c), 10},
		{axisReaders, with(a, r*10, c), 10},
		{axisChannels, with(a, r, 1), 10},
		{axisChannels, with(a, r, c*10), 10},
		{axisArticles, with(a, r, c), 10},
		{axisReaders, with(a, r, c), 10},
		{axisChannels, with(a, r, c), 10},
		{axisNum, with(a, r, c), 10},
		{axisNum, with(a, r, c), 20},
		{axisNum, with(a, r, c), 50},
		{axisNum, with(a, r, c), 100},
	}
}

// grown is a filled server that steps with the same world share.
type grown struct {
	*target
	world   World
	seconds float64
}

// Grow measures how latency and memory grow with articles, readers, channels
// and articles a page. Servers are filled one after the other; the two ends of
// what grows together are measured side by side, in turns.
func Grow(ctx context.Context, cfg Config, say func(string)) (*Result, error) {
	setDefault(&cfg.Settle, 3*time.Minute)
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if w := cfg.World; w.Articles/10/w.Channels < 20*int(cfg.Num) {
		return nil, errors.New("bench: at its smallest a channel holds 20 pages of articles at least")
	}
	s := newRun(cfg, say)
	begin := time.Now()
	all := slices.DeleteFunc(steps(cfg.World), func(st step) bool {
		return len(cfg.Axes) > 0 && !slices.Contains(cfg.Axes, st.axis)
	})
	for len(all) > 0 {
		n := 1
		for n < len(all) && (all[n].axis == axisBoth || all[n].world == all[0].world) {
			n++
		}
		if err := s.grow(ctx, all[:n]); err != nil {
			return s.result, err
		}
		all = all[n:]
	}
	s.result.Took = append(s.result.Took, Part{"growth", time.Since(begin).Seconds()})
	s.result.show()
	return s.result, nil
}

// grow measures steps in turns, on one server for each world.
func (s *run) grow(ctx context.Context, steps []step) (err error) {
	var servers []*grown
	defer func() {
		for _, g := range servers {
			g.stop()
			err = errors.Join(err, os.RemoveAll(g.disk))
		}
	}()
	on := make([]*grown, len(steps))
	for i, st := range steps {
		if i > 0 && on[i-1].world == st.world {
			on[i] = on[i-1]
			continue
		}
		g, err := s.growOne(ctx, st.world)
		if g != nil {
			servers = append(servers, g)
		}
		if err != nil {
			return err
		}
		on[i] = g
	}
	p50, p99, rate := make([][]float64, len(steps)), make([][]float64, len(steps)), make([][]float64, len(steps))
	for round := range s.cfg.Rounds + 1 {
		for i, st := range steps {
			one, many, err := s.growRound(ctx, on[i], st)
			if err != nil {
				return err
			}
			if round > 0 {
				p50[i], p99[i] = append(p50[i], us(one.Quantile(.5))), append(p99[i], us(one.Quantile(.99)))
				rate[i] = append(rate[i], many.PerSecond())
			}
		}
	}
	for i, st := range steps {
		_, peak, err := memoryOf(on[i].process.PID())
		if err != nil {
			return err
		}
		g := Growth{
			Axis: st.axis, World: st.world, Num: st.num, P50: bench.Median(p50[i]), P99: bench.Median(p99[i]),
			Rate: bench.Median(rate[i]), Resident: peak, Seconds: on[i].seconds,
		}
		s.result.Growth = append(s.result.Growth, g)
		s.say(fmt.Sprintf("growth of %s: %d articles, %d readers, %d channels, %d a page: p50 %.0f µs, %.0f/s, %d MiB",
			g.Axis, g.World.Articles, g.World.Readers, g.World.Channels, g.Num, g.P50, g.Rate, g.Resident>>20))
	}
	return nil
}

// growOne starts and fills a server. It returns one that runs beside an error.
func (s *run) growOne(ctx context.Context, w World) (*grown, error) {
	dir, err := os.MkdirTemp(s.dir, "growth")
	if err != nil {
		return nil, err
	}
	g := &grown{target: &target{name: livePebble, live: true, disk: dir}, world: w}
	g.process, err = proof.NewProcess(s.cfg.Binary, "pebble:"+filepath.Join(dir, "store"), s.cfg.Serve...)
	if err != nil {
		return nil, err
	}
	if _, err := g.process.Start(ctx); err != nil {
		return nil, err
	}
	begin := time.Now()
	if _, err := w.fill(ctx, g.target); err != nil {
		return g, err
	}
	g.seconds = time.Since(begin).Seconds()
	return g, s.warm(ctx, fmt.Sprintf("%d articles, %d readers", w.Articles, w.Readers), g.target)
}

// growRound asks for pages one at a time, then as fast as it goes.
func (s *run) growRound(ctx context.Context, g *grown, st step) (one, many *bench.Round, err error) {
	pages := bench.Pages{Reader: st.world.Reader, Num: st.num, Eligible: st.world.Eligible}
	load := s.load(g.target, false)
	load.Script = pages.Script
	load.Duration /= 2
	load.Conns = 1
	if one, err = load.Run(ctx); err != nil {
		return nil, nil, err
	}
	load.Conns, load.Seed = s.cfg.Conns, load.Seed+1<<40
	if many, err = load.Run(ctx); err != nil {
		return nil, nil, err
	}
	if n := one.Failed + one.Wrong + many.Failed + many.Wrong; n > 0 {
		return nil, nil, fmt.Errorf("%d bad answers: %s%s", n, one.FirstBad, many.FirstBad)
	}
	return one, many, nil
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
