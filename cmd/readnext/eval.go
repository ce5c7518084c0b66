package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/importer"
	"readnext/internal/recommend"
	"readnext/internal/server"
)

type evalCmd struct {
	Files     []string `arg:"" name:"file" help:"Files of JSON lines, articles and events, as for import; - is the standard input."`
	Split     string   `default:"time" enum:"time,all-but-one,random" help:"time: each event is asked about before it is learned. all-but-one and random hold articles of each reader back, for logs whose times mean nothing (${default})."`
	Share     float64  `default:"0.25" help:"With --split random: the share of a reader's articles that is held back (${default})."`
	Readers   float64  `default:"1" help:"With the other splits than time: the share of readers who are tested (${default})."`
	Skip      int      `help:"With --split time: how many events at the beginning are learned but not asked about."`
	Num       int      `default:"10" help:"Articles in a ranking (${default})."`
	Without   []string `placeholder:"SOURCE" help:"Also evaluate the engine without each of these sources."`
	Sources   bool     `help:"Also evaluate the engine with each of its sources alone."`
	Diversity []string `sep:"none" placeholder:"WINDOWS" help:"Also evaluate the engine with these windows, as serve takes them; may be given again."`
	Baselines bool     `default:"true" negatable:"" help:"Also evaluate textbook methods."`
	EASE      int      `default:"1000" help:"How many articles the baseline EASE takes, at most; 0 leaves it out (${default})."`
	Seed      uint64   `default:"1" help:"Of all that is random (${default})."`
	JSON      string   `placeholder:"FILE" help:"Also write the table as JSON."`
}

// Run evaluates and prints a markdown table.
func (c *evalCmd) Run(ctx context.Context, s *streams) error {
	if err := c.validate(); err != nil {
		return err
	}
	log, err := c.read(s)
	if err != nil {
		return err
	}
	rankers, closeAll, err := c.rankers(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	progress, done := evalBar(s.err)
	cfg := evaluate.Config{N: c.Num, Skip: c.Skip}
	var result *evaluate.Result
	if c.Split == "time" {
		result, err = evaluate.Replay(ctx, cfg, log, rankers, progress)
	} else {
		split := evaluate.Split{Readers: c.Readers, Seed: c.Seed}
		if c.Split == "random" {
			split.Share = c.Share
		}
		result, err = evaluate.Static(ctx, cfg, split, log, rankers, progress)
	}
	done()
	if err != nil {
		return err
	}
	rows := result.Rows(len(log.Articles))
	if c.JSON != "" {
		var b bytes.Buffer
		if err := evaluate.WriteJSON(&b, rows); err != nil {
			return err
		}
		if err := os.WriteFile(c.JSON, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return evaluate.WriteMarkdown(s.out, c.Num, rows)
}

// validate reports what would make a table that says less than it seems to: the
// engine answers no more than a page.
func (c *evalCmd) validate() error {
	switch {
	case c.Num < 1 || c.Num > recommend.MaxNum:
		return fmt.Errorf("--num is %d; a ranking has at least 1 and at most %d articles", c.Num, recommend.MaxNum)
	case c.Split == "random" && !(c.Share > 0 && c.Share <= 1):
		return fmt.Errorf("--share is %v; it lies above 0 and at most 1", c.Share)
	case c.Split != "time" && !(c.Readers > 0 && c.Readers <= 1):
		return fmt.Errorf("--readers is %v; it lies above 0 and at most 1", c.Readers)
	}
	return nil
}

// rankers are the engine, the engine with parts left out, and baselines.
func (c *evalCmd) rankers(ctx context.Context) (_ []evaluate.Ranker, closeAll func(), err error) {
	var engines []*evaluate.Engine
	closeAll = func() {
		for _, e := range engines {
			e.Close() //nolint:errcheck // in memory
		}
	}
	var rankers []evaluate.Ranker
	add := func(name string, cfg engine.Config) error {
		e, err := evaluate.NewEngine(ctx, name, cfg)
		if err != nil {
			return err
		}
		engines, rankers = append(engines, e), append(rankers, e)
		return nil
	}
	if err := add("readnext", engine.Config{}); err != nil {
		return nil, nil, err
	}
	all := engine.SourceNames()
	for _, part := range c.Without {
		sources := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == part })
		if len(sources) == len(all) {
			closeAll()
			return nil, nil, fmt.Errorf("--without %s leaves nothing out; there are the sources %s", part, strings.Join(all, ", "))
		}
		if err := add("without "+part, engine.Config{Sources: sources}); err != nil {
			closeAll()
			return nil, nil, err
		}
	}
	if c.Sources {
		for _, name := range all {
			if err := add("only "+name, engine.Config{Sources: []string{name}}); err != nil {
				closeAll()
				return nil, nil, err
			}
		}
	}
	for _, text := range c.Diversity {
		var w explore.Windows
		err := w.UnmarshalText([]byte(text))
		if err == nil {
			err = add("diversity "+text, engine.Config{Recommend: recommend.Config{Diversity: w}})
		}
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("--diversity: %w", err)
		}
	}
	if c.Baselines {
		rankers = append(rankers, evaluate.Random(c.Seed), evaluate.Newest(),
			evaluate.Popular("1 hour", feed.Hour), evaluate.Popular("1 day", feed.Day), evaluate.Popular("30 days", 30*feed.Day),
			evaluate.ItemKNN(), evaluate.SequentialRules(), evaluate.VSkNN())
		if c.EASE > 0 {
			rankers = append(rankers, evaluate.EASE(250, c.EASE))
		}
	}
	return rankers, closeAll, nil
}

// read reads the rows; bad ones are an error, since a figure should be of the
// whole log. Of an article that comes more than once the last row counts.
func (c *evalCmd) read(s *streams) (evaluate.Log, error) {
	var log evaluate.Log
	for _, name := range c.Files {
		if err := c.readFile(name, s.in, &log); err != nil {
			return log, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(log.Articles) == 0 || len(log.Events) == 0 {
		return log, errors.New("there must be articles and events")
	}
	at := make(map[feed.ArticleID]int)
	once := log.Articles[:0]
	for _, a := range log.Articles {
		if i, ok := at[a.ID]; ok {
			once[i] = a
			continue
		}
		at[a.ID] = len(once)
		once = append(once, a)
	}
	log.Articles = once
	return log, nil
}

func (c *evalCmd) readFile(name string, in io.Reader, log *evaluate.Log) error {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	now := feed.MillisOf(time.Now())
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		row, err := importer.DecodeRow(slices.Clone(line))
		if err == nil && row.Event != nil {
			ev := server.EventOf(row.Event)
			err = ev.Validate(now)
			log.Events = append(log.Events, ev)
		} else if err == nil {
			a := server.ArticleOf(row.Article)
			a.Normalize(now)
			err = a.Validate()
			log.Articles = append(log.Articles, a)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// evalBar shows progress on a terminal.
func evalBar(w io.Writer) (progress func(done, total int), end func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int) {}, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(),
		progressbar.OptionSetDescription("replaying"), progressbar.OptionClearOnFinish())
	return func(done, total int) {
		bar.ChangeMax(total)
		bar.Set(done) //nolint:errcheck // only the looks
	}, func() { bar.Finish() } //nolint:errcheck // only the looks
}
