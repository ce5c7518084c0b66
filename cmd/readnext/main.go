// Command readnext serves article feeds that learn from what readers do, and
// holds the tools around them. `readnext --help` lists the verbs.
//
// It exits with 0 when all went well, 1 when something failed, and 2 when it
// was called wrongly.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(exec(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
