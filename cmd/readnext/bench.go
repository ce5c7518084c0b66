package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"readnext/internal/bench"
)

type benchCmd struct {
	Targets  []string      `arg:"" name:"name=url" help:"Running servers, measured in turn; the first is what the others are compared to."`
	Conns    int           `default:"32" help:"Keep-alive connections (${default})."`
	Duration time.Duration `default:"5s" help:"Of one server in one round (${default})."`
	Rounds   int           `default:"3" help:"Rounds that count, after one that does not (${default})."`
	Readers  int           `default:"100000" help:"Requests come from so many readers (${default})."`
	Channels []int32       `default:"1" help:"Channels asked for at random (${default})."`
	Num      int32         `default:"10" help:"Articles a page (${default})."`
	JSON     bool          `help:"JSON instead of protobuf."`
	APIKey   string        `env:"READNEXT_API_KEY" placeholder:"KEY" help:"Sent as a bearer token."`
	Seed     uint64        `default:"1" help:"Of the random numbers (${default})."`
}

// Run measures the servers and prints a markdown table.
func (c *benchCmd) Run(ctx context.Context, s *streams) error {
	cfg := bench.Config{
		Conns: c.Conns, Duration: c.Duration, Rounds: c.Rounds, Readers: c.Readers,
		Channels: c.Channels, Num: c.Num, JSON: c.JSON, APIKey: c.APIKey, Seed: c.Seed,
	}
	for _, t := range c.Targets {
		name, url, ok := strings.Cut(t, "=")
		if !ok {
			return fmt.Errorf("%q is no name=url", t)
		}
		cfg.Targets = append(cfg.Targets, bench.Target{Name: name, URL: url})
	}
	rounds, err := bench.Run(ctx, cfg, func(line string) { fmt.Fprintln(s.err, line) })
	if err != nil {
		return err
	}
	return bench.Report(s.out, cfg, rounds)
}
