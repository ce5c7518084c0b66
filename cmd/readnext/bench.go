package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"readnext/internal/bench"
	"readnext/internal/bench/suite"
)

type benchCmd struct {
	Targets  []string      `arg:"" optional:"" name:"name=url" help:"Running servers, measured in turn; the first is what the others are compared to. Without any, servers are started, filled and measured."`
	Conns    int           `default:"32" help:"Keep-alive connections (${default})."`
	Duration time.Duration `default:"1500ms" help:"Of one server in one round (${default})."`
	Rounds   int           `default:"3" help:"Rounds that count, after one that does not (${default})."`
	Readers  int           `help:"Requests come from so many readers (100,000; 200,000 on servers that are started)."`
	Num      int32         `default:"10" help:"Articles a page (${default})."`
	Seed     uint64        `default:"1" help:"Of the random numbers (${default})."`

	Channels []int32 `group:"On running servers" default:"1" help:"Channels asked for at random (${default})."`
	JSON     bool    `group:"On running servers" help:"JSON instead of protobuf."`
	APIKey   string  `group:"On running servers" env:"READNEXT_API_KEY" placeholder:"KEY" help:"Sent as a bearer token."`

	Articles int      `group:"On servers that are started" default:"100000" help:"Articles, 2,000 a channel up to 50 of them (${default})."`
	Events   int      `group:"On servers that are started" help:"Events recorded before (five a reader)."`
	Out      string   `group:"On servers that are started" type:"path" default:"bench" help:"The directory for bench.md, bench.json and plots (${default})."`
	Serve    []string `group:"On servers that are started" placeholder:"FLAG" sep:"none" help:"Another flag of the live servers, as in --serve=--max-in-flight=64."`
	Growth   []string `group:"On servers that are started" placeholder:"OF" help:"Measure only how latency and memory grow, from a tenth of the articles and a twentieth of the readers up to ten times of both: articles, readers, channels, article_num, both, or all. All of it takes an hour or more."`
}

// Run measures servers and prints markdown tables.
func (c *benchCmd) Run(ctx context.Context, s *streams) error {
	say := func(line string) { fmt.Fprintln(s.err, line) }
	if len(c.Targets) == 0 {
		return c.suite(ctx, s, say)
	}
	cfg := bench.Config{
		Conns: c.Conns, Duration: c.Duration, Rounds: c.Rounds, Readers: c.Readers,
		Channels: c.Channels, Num: c.Num, JSON: c.JSON, APIKey: c.APIKey, Seed: c.Seed,
	}
	for _, t := range c.Targets {
		name, url, ok := strings.Cut(t, "=")
		if !ok {
			return fmt.Errorf("%q is no name=url", t)
		}
		if err := checkAddress("target", url); err != nil {
			return err
		}
		cfg.Targets = append(cfg.Targets, bench.Target{Name: name, URL: url})
	}
	rounds, err := bench.Run(ctx, cfg, say)
	if err != nil {
		return err
	}
	return bench.Report(s.out, cfg, rounds)
}

// suite measures servers that it starts.
func (c *benchCmd) suite(ctx context.Context, s *streams, say func(string)) (err error) {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "readnext-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := suite.Config{
		Binary: binary, Dir: dir, World: suite.World{Articles: c.Articles, Readers: c.Readers, Events: c.Events},
		Num: c.Num, Conns: c.Conns, Rounds: c.Rounds, Duration: c.Duration, Serve: c.Serve, Seed: c.Seed,
	}
	measure := suite.Run
	if len(c.Growth) > 0 {
		measure = suite.Grow
		if !slices.Contains(c.Growth, "all") {
			cfg.Axes = c.Growth
		}
	}
	result, err := measure(ctx, cfg, say)
	if result == nil {
		return err
	}
	names, writing := result.WriteFiles(c.Out) // what was measured, also if the rest failed
	for _, name := range names {
		say(filepath.Join(c.Out, name))
	}
	return errors.Join(err, writing, result.WriteMarkdown(s.out))
}
