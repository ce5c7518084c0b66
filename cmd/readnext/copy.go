package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/term"

	"readnext/internal/app"
	"readnext/internal/move"
)

type copyCmd struct {
	From string `required:"" placeholder:"URL" help:"The store to copy, as for serve; no server may run on it."`
	To   string `required:"" placeholder:"URL" help:"An empty store to copy it to, or one that holds a copy that broke off; no server may run on it."`
}

// Run copies, and compares the copy with its source.
func (c *copyCmd) Run(ctx context.Context, s *streams) (err error) {
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	from, err := app.OpenSource(ctx, c.From, log)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := from.Close(); err == nil {
			err = closeErr
		}
	}()
	to, err := app.OpenTarget(ctx, c.To, log)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := to.Close(); err == nil {
			err = closeErr
		}
	}()
	show, done := move.Lines(s.err), func() {}
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		show, done = move.Bar(f)
	}
	r, err := move.Run(ctx, from, to, show)
	done()
	if r == nil {
		return err
	}
	if printErr := r.Print(s.out); err == nil {
		err = printErr
	}
	if err == nil && r.Snapshot > 0 {
		_, err = fmt.Fprintf(s.out, "a snapshot of the models came along, %d bytes\n", r.Snapshot)
	}
	return err
}
