package importer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/rpc/reco/v1"
)

// The wait before a retry: doubled each time up to the last, and shortened by
// up to half at random so that clients do not return all at once.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
)

// caller makes calls and repeats those that failed in passing. Repeating is
// safe: articles are replaced by themselves, events have names.
type caller struct {
	cfg      *Config
	header   http.Header
	catalog  recov1.Catalog
	behavior recov1.Behavior
	answered atomic.Bool // by anything, even an error
}

// strangerWait is how long nobody has to listen at an address that never
// answered before it counts as the wrong one.
const strangerWait = 3 * time.Second

func newCaller(cfg *Config) *caller {
	c := &caller{
		cfg:      cfg,
		header:   http.Header{},
		catalog:  recov1.NewCatalogProtobufClient(cfg.Server, cfg.HTTP),
		behavior: recov1.NewBehaviorProtobufClient(cfg.Server, cfg.HTTP),
	}
	if cfg.APIKey != "" {
		c.header.Set("Authorization", "Bearer "+cfg.APIKey)
	}
	return c
}

// retry calls until it succeeds, fails for good, or has failed in passing for
// longer than the configuration allows.
func (c *caller) retry(ctx context.Context, call func(context.Context) error) error {
	ctx, err := twirp.WithHTTPRequestHeaders(ctx, c.header)
	if err != nil {
		return err
	}
	start := c.cfg.Now()
	pause := firstWait
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		once, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
		err := call(once)
		cancel()
		if err == nil {
			c.answered.Store(true)
			return nil
		}
		if done := ctx.Err(); done != nil {
			return done
		}
		giveUp := c.cfg.GiveUp
		if !errors.Is(err, syscall.ECONNREFUSED) {
			c.answered.Store(true)
		} else if !c.answered.Load() {
			giveUp = min(giveUp, strangerWait)
			err = fmt.Errorf("%w; is a server running there?", err)
		}
		if !transient(err) {
			return err
		}
		d := pause - rand.N(pause/2)
		if c.cfg.Now().Add(d).Sub(start) > giveUp {
			return fmt.Errorf("gave up after %d attempts in %v: %w",
				attempt, c.cfg.Now().Sub(start).Round(time.Millisecond), err)
		}
		if err := c.cfg.Wait(ctx, d); err != nil {
			return err
		}
		pause = min(2*pause, lastWait)
	}
}

// transient reports whether the same call may succeed later. Twirp reports a
// connection that failed as an internal error, like a server's own.
func transient(err error) bool {
	var e twirp.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code() {
	case twirp.Unavailable, twirp.ResourceExhausted, twirp.DeadlineExceeded, twirp.Internal,
		twirp.Unknown, twirp.Aborted, twirp.Canceled, twirp.DataLoss:
		return true
	}
	return false
}
