package main

import (
	"context"
	"fmt"
	"strings"

	"readnext/internal/explore"
	"readnext/internal/sim/truth"
	"readnext/internal/simulate"
)

type simulateCmd struct {
	Out                string    `placeholder:"DIR" help:"Write the plots (SVG) and report.json there."`
	Seed               uint64    `default:"1" help:"Of the world and all chance in it (${default})."`
	Readers            int       `default:"1500" help:"Readers on the first day; as many as 5% of them come new each day (${default})."`
	Days               int       `default:"14" help:"How long readers come (${default})."`
	Articles           int       `default:"720" help:"Articles published a day (${default})."`
	Drift              float64   `default:"0.01" help:"Chance a day that a reader's love for a topic gives way to another (${default})."`
	Named              float64   `default:"0.8" help:"Share of articles whose tags name their sub-topic (${default})."`
	ExploreTemperature []float64 `default:"0.1,0.3" placeholder:"T" help:"Also let the engine explore at these temperatures, each for itself (${default})."`
	ExploreFresh       []float64 `default:"0.1" placeholder:"SHARE" help:"Also let the engine give fresh articles these shares of places, each for itself (${default})."`
	Explore            bool      `default:"true" negatable:"" help:"Compare ways of exploring."`
	Workers            int       `placeholder:"N" help:"Policies that serve at the same time; as many as there are processors if not given. It changes no result."`
}

// orNone is a share as a configuration takes it, in which 0 is the default.
func orNone(share float64) float64 {
	if share == 0 {
		return -1
	}
	return share
}

// Run simulates and prints markdown tables.
func (c *simulateCmd) Run(ctx context.Context, s *streams) error {
	cfg := simulate.Config{
		World: truth.Config{
			Seed: c.Seed, Readers: c.Readers, Days: c.Days, Articles: c.Articles, Drift: orNone(c.Drift), Named: orNone(c.Named),
		},
		Explore: []explore.Policy{},
		Workers: c.Workers,
	}
	if c.Explore {
		for _, t := range c.ExploreTemperature {
			cfg.Explore = append(cfg.Explore, explore.Policy{Temperature: t})
		}
		for _, share := range c.ExploreFresh {
			cfg.Explore = append(cfg.Explore, explore.Policy{FreshShare: share})
		}
	}
	report, err := simulate.Run(ctx, cfg, func(line string) { fmt.Fprintln(s.err, line) })
	if err != nil {
		return err
	}
	if c.Out != "" {
		names, err := report.WriteFiles(c.Out)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "%s: %s\n", c.Out, strings.Join(names, ", "))
	}
	return report.WriteMarkdown(s.out)
}
