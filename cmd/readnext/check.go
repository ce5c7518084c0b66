package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"readnext/internal/importer"
	"readnext/internal/proof"
)

type checkCmd struct {
	Events  string `arg:"" help:"A file of events, as for import: readers and their channels are drawn from it; - is the standard input."`
	Server  string `default:"http://127.0.0.1:8888" env:"READNEXT_SERVER" placeholder:"URL" help:"The server to check (${default})."`
	APIKey  string `env:"READNEXT_API_KEY" placeholder:"KEY" help:"Sent as a bearer token."`
	Readers int    `default:"200" help:"How many readers (${default})."`
	Pages   int    `default:"5" help:"How often each refreshes (${default})."`
	Num     int32  `default:"10" help:"Articles a page (${default})."`
	Signals int    `default:"1000" help:"How many reports to look for in the next preview (${default})."`
	Seed    uint64 `default:"1" help:"Of the draw (${default})."`
}

// Validate is called by kong.
func (c *checkCmd) Validate() error { return checkAddress("--server", c.Server) }

// Run refreshes for readers of a running server, which counts as served, and
// says what was wrong.
func (c *checkCmd) Run(ctx context.Context, s *streams) error {
	readers, err := c.draw(s.in)
	if err != nil {
		return err
	}
	clients := proof.NewClients(c.Server, c.APIKey)
	r, err := proof.Refreshes(ctx, clients, readers, c.Pages, c.Num)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d readers, %d pages, %d articles: %d repeats, %d ineligible, %d short pages, %d changed pages\n",
		r.Readers, r.Pages, r.Articles, r.Repeats, r.Ineligible, r.Short, r.Changed)
	f, err := proof.Freshness(ctx, clients, readers, c.Signals)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d reports: %d in the next preview; report answered in %v (median), %v (99th percentile)\n",
		f.Reports, f.Reflected, f.Median, f.P99)
	for _, w := range append(r.Wrong, f.Wrong...) {
		fmt.Fprintln(s.out, w)
	}
	if !r.OK() || f.Reflected != f.Reports {
		return errors.New("promises were broken")
	}
	return nil
}

// draw picks different readers, each with the channel of one of their events.
func (c *checkCmd) draw(stdin io.Reader) ([]proof.Reader, error) {
	in := stdin
	if c.Events != "-" {
		f, err := os.Open(c.Events)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	channels := map[string]int32{}
	var users []string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		row, err := importer.DecodeRow(lines.Bytes())
		if err != nil || row.Event == nil || row.Event.UserId == "" {
			continue
		}
		if _, ok := channels[row.Event.UserId]; !ok {
			users = append(users, row.Event.UserId)
		}
		channels[row.Event.UserId] = row.Event.ChannelId
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("%s names no reader", c.Events)
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	rng.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	var out []proof.Reader
	for _, u := range users[:min(c.Readers, len(users))] {
		out = append(out, proof.Reader{User: u, Channel: channels[u]})
	}
	return out, nil
}
