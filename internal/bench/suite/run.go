package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"readnext/internal/bench"
)

// run is a measurement under way.
type run struct {
	cfg    Config
	dir    string
	say    func(string)
	result *Result
	rounds uint64 // so far, for seeds

	targets []*target
}

func (s *run) rng() *rand.Rand { s.rounds++; return rand.New(rand.NewPCG(s.cfg.Seed, s.rounds)) }

func newRun(cfg Config, say func(string)) *run {
	return &run{cfg: cfg, dir: cfg.Dir, say: say, result: &Result{
		Started: time.Now().UTC().Truncate(time.Second), CPUs: runtime.NumCPU(), Go: runtime.Version(),
		World: cfg.World, Num: cfg.Num, Conns: cfg.Conns, Rounds: cfg.Rounds, Seconds: cfg.Duration.Seconds(),
	}}
}

// Run measures everything but growth. It stops the servers that it started.
func Run(ctx context.Context, cfg Config, say func(string)) (*Result, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := newRun(cfg, say)
	defer s.result.show()
	defer func() {
		for _, t := range s.targets {
			t.stop()
		}
	}()
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"filling", s.fill},
		{"starts", s.starts},
		{"bare and pseudo", s.limits},
		{"saturation", s.saturation},
		{"open loops", s.open},
		{"disk", s.pagesOnDisk},
		{"overload", s.overload},
		{"writes", s.writes},
		{"event to effect", s.effect},
		{"sizes", s.sizes},
	} {
		begin := time.Now()
		if err := part.do(ctx); err != nil {
			return s.result, fmt.Errorf("%s: %w", part.name, err)
		}
		took := time.Since(begin).Seconds()
		s.result.Took = append(s.result.Took, Part{part.name, took})
		say(fmt.Sprintf("%s: %.0f s", part.name, took))
	}
	return s.result, nil
}

// fill starts the live targets and fills them.
func (s *run) fill(ctx context.Context) error {
	for _, st := range lives() {
		t, err := s.startLive(ctx, st)
		if err != nil {
			return err
		}
		if t.why != "" {
			s.say(t.name + " is " + t.why)
			s.result.Left = append(s.result.Left, Left{t.name, t.why})
			continue
		}
		s.targets = append(s.targets, t)
		f, err := s.cfg.World.fill(ctx, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		s.result.Fills = append(s.result.Fills, f)
		s.say(fmt.Sprintf("%s: %.0f articles/s, %.0f events/s", t.name, f.ArticlesPerSecond, f.EventsPerSecond))
	}
	return nil
}

func (w World) fill(ctx context.Context, t *target) (Fill, error) {
	f := Fill{Target: t.name}
	clients := t.clients()
	empty, err := diskOf(t.disk)
	begin := time.Now()
	if err == nil {
		err = w.fillArticles(ctx, clients)
	}
	if err != nil {
		return f, err
	}
	f.ArticlesPerSecond = float64(w.Articles) / time.Since(begin).Seconds()
	with, err := diskOf(t.disk)
	if err != nil {
		return f, err
	}
	f.BytesPerArticle = float64(with-empty) / float64(w.Articles)
	begin = time.Now()
	if err := w.fillEvents(ctx, clients); err != nil {
		return f, err
	}
	// What is durable is answered after 2 s, folded or not.
	if err := t.folded(ctx, w.Articles+w.Events); err != nil {
		return f, err
	}
	f.EventsPerSecond = float64(w.Events) / time.Since(begin).Seconds()
	all, err := diskOf(t.disk)
	f.BytesPerReader = float64(all-with) / float64(w.Readers)
	return f, err
}

// limits starts the servers that the live ones are compared to.
func (s *run) limits(ctx context.Context) error {
	b, err := s.startBare(ctx, s.targets[0])
	if err != nil {
		return err
	}
	p, err := s.startPseudo(ctx)
	if err != nil {
		b.stop()
		return err
	}
	for _, t := range s.targets {
		if t.before, err = t.onDisk(ctx); err != nil {
			return err
		}
	}
	s.targets = append([]*target{b, p}, s.targets...)
	return nil
}

// load is a load of pages.
func (s *run) load(t *target, json bool) bench.Load {
	s.rounds++
	return bench.Load{
		URL: t.process.URL(), JSON: json, Conns: s.cfg.Conns, Duration: s.cfg.Duration,
		Seed: s.cfg.Seed<<20 + s.rounds, Script: s.pages(t, json).Script,
	}
}

// measured runs a load and says what the target used for it. The server must
// have counted as many requests.
func (s *run) measured(ctx context.Context, t *target, load bench.Load) (*bench.Round, usage, error) {
	before, err := t.usage(ctx)
	if err != nil {
		return nil, usage{}, err
	}
	r, err := load.Run(ctx)
	if err != nil {
		return nil, usage{}, fmt.Errorf("%s: %w", t.name, err)
	}
	if err := r.Check(); err != nil {
		return nil, usage{}, fmt.Errorf("%s: %w", t.name, err)
	}
	used, err := t.usage(ctx)
	if err != nil {
		return nil, usage{}, err
	}
	used = used.minus(before)
	if t.name == bare {
		return r, used, nil
	}
	// A large answer may arrive a moment before the server counts it.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for try := 0; ; try++ {
		now, err := t.usage(ctx)
		if err != nil {
			return nil, usage{}, err
		}
		if err = now.minus(before).check(r); err == nil {
			return r, used, nil
		} else if try == 20 {
			return nil, usage{}, fmt.Errorf("%s: %w", t.name, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, usage{}, ctx.Err()
		}
	}
}
