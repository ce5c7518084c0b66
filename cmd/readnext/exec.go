package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// commands are the verbs, one file each.
type commands struct {
	Serve    serveCmd    `cmd:"" help:"Serve feeds."`
	Import   importCmd   `cmd:"" help:"Send articles and events from files of JSON lines to a running server."`
	Copy     copyCmd     `cmd:"" help:"Copy an installation's whole state from one store to another."`
	Keys     keysCmd     `cmd:"" help:"List or rotate the keys that sign params."`
	Check    checkCmd    `cmd:"" help:"Hold a running server against its promises, as readers would see it."`
	Bench    benchCmd    `cmd:"" help:"Measure what servers do a second, how fast, and what it costs."`
	Bare     bareCmd     `cmd:"" hidden:"" help:"Serve one page and nothing else: what bench compares with."`
	Eval     evalCmd     `cmd:"" help:"Replay a log through the engine and say how good its rankings are."`
	Simulate simulateCmd `cmd:"" help:"Let the engine serve an invented world whose truth is known, and plot how far it is from the best."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// streams is what a verb reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exited is how kong's wish to exit, after it printed help, gets out of it.
type exited int

// exec runs a command line and returns the exit code.
func exec(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exited:
			code = int(e)
		default:
			panic(e)
		}
	}()
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("readnext"),
		kong.Description("Which articles should this reader see next?"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&streams{in: stdin, out: stdout, err: stderr}),
	)
	if err != nil { // a mistake in the structs above
		fmt.Fprintln(stderr, "readnext:", err)
		return exitFailure
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "readnext: %v\nRun readnext --help for the verbs and their flags.\n", err)
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(stderr, "readnext:", err)
		return exitFailure
	}
	return exitOK
}
