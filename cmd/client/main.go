// Command client asks a readnext server for a page and prints it, as the
// client of the tutorial does. It is an example to copy from: the call with its
// connection, timeouts and retries is in call.go.
//
// It exits with 0, with 1 when there is no page to print, and with 2 when its
// flags are wrong.
package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"readnext/rpc/reco/v1"
)

type flags struct {
	Server    string        `default:"http://127.0.0.1:8888" help:"The server's address."`
	User      string        `default:"1" help:"Who reads; empty is an anonymous reader."`
	Channel   int32         `default:"1" help:"Which channel; 0 mixes all."`
	Num       int32         `default:"10" help:"How many articles."`
	TimeStamp *int64        `help:"Unix milliseconds: a page's own stamp for that page again, an older_time_stamp for the page before, 0 for a new one. Default: now." placeholder:"MS"`
	JSON      bool          `name:"json" help:"Print JSON."`
	Timeout   time.Duration `default:"5s" help:"How long one attempt may take."`
	Retries   int           `default:"3" help:"How often an attempt that failed in passing is repeated."`
	Backoff   time.Duration `default:"100ms" help:"Wait before the first retry; doubles with each, up to 2s."`
	APIKey    string        `name:"api-key" env:"READNEXT_API_KEY" help:"Sent as a bearer token."`
}

// Validate is called by kong.
func (f *flags) Validate() error {
	u, err := url.Parse(f.Server)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return fmt.Errorf("--server %q is no address like http://127.0.0.1:8888", f.Server)
	case f.Timeout <= 0:
		return fmt.Errorf("--timeout is %v; it is above 0", f.Timeout)
	case f.Retries < 0:
		return fmt.Errorf("--retries is %d; it is not negative", f.Retries)
	case f.Backoff <= 0:
		return fmt.Errorf("--backoff is %v; it is above 0", f.Backoff)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := exec(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exec is the whole command; it returns the exit code.
func exec(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var f flags
	exited := -1
	parser, err := kong.New(&f,
		kong.Name("client"),
		kong.Description("Asks a readnext server which articles a reader should see next."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		return fail(stderr, err, 2)
	}
	_, err = parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		return fail(stderr, err, 2)
	}

	request := &recov1.UserRequest{UserId: f.User, ChannelId: f.Channel, ArticleNum: f.Num}
	if f.TimeStamp != nil {
		request.TimeStamp = *f.TimeStamp
	} else {
		request.TimeStamp = time.Now().UnixMilli()
	}
	answer, err := newClient(&f).recommend(ctx, request)
	if err != nil {
		return fail(stderr, err, 1)
	}
	print := printText
	if f.JSON {
		print = printJSON
	}
	if err := print(stdout, answer); err != nil {
		return fail(stderr, err, 1)
	}
	return 0
}

func fail(stderr io.Writer, err error, code int) int {
	fmt.Fprintf(stderr, "client: %v\n", err)
	return code
}
