package importer

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"readnext/rpc/reco/v1"
)

// Config says where to and how to import. The zero value imports to a server on
// this machine.
type Config struct {
	Server     string        // base URL; default http://127.0.0.1:8888
	APIKey     string        // sent as a bearer token unless empty
	Batch      int           // rows in a call; default 500
	BatchBytes int           // encoded bytes in a call; default 900 KiB, below the server's limit
	InFlight   int           // calls at a time, each of other readers; default 4
	Timeout    time.Duration // of one attempt; default 30 s
	GiveUp     time.Duration // how long one call is retried; default 2 min

	// HTTP carries the calls; default is a client that keeps InFlight
	// connections open.
	HTTP recov1.HTTPClient
	// Now and Wait are the clock that retries go by; default is the system's.
	// Wait returns ctx's error if it ends before the time is over.
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
}

// Bounds of a Config.
const (
	maxBatch    = 10_000
	maxInFlight = 64
	maxBody     = 1 << 20 // the server's limit on a body
)

// EnsureDefaults sets what is zero.
func (c *Config) EnsureDefaults() {
	if c.Server == "" {
		c.Server = "http://127.0.0.1:8888"
	}
	if c.Batch == 0 {
		c.Batch = 500
	}
	if c.BatchBytes == 0 {
		c.BatchBytes = 900 << 10
	}
	if c.InFlight == 0 {
		c.InFlight = 4
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.GiveUp == 0 {
		c.GiveUp = 2 * time.Minute
	}
	if c.HTTP == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = c.InFlight + 1
		c.HTTP = &http.Client{Transport: t}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = wait
	}
}

// Validate reports the first setting that is out of range.
func (c *Config) Validate() error {
	u, err := url.Parse(c.Server)
	switch {
	case err != nil:
		return fmt.Errorf("server: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("server %q is no http or https address", c.Server)
	case c.Batch < 1 || c.Batch > maxBatch:
		return fmt.Errorf("batch is %d rows; it lies between 1 and %d", c.Batch, maxBatch)
	case c.BatchBytes < 1 || c.BatchBytes > maxBody:
		return fmt.Errorf("batch is %d bytes; it lies between 1 and %d", c.BatchBytes, maxBody)
	case c.InFlight < 1 || c.InFlight > maxInFlight:
		return fmt.Errorf("%d calls at a time; it lies between 1 and %d", c.InFlight, maxInFlight)
	case c.Timeout < 0:
		return fmt.Errorf("timeout is %v; it is not negative", c.Timeout)
	case c.GiveUp < 0:
		return fmt.Errorf("giving up after %v; it is not negative", c.GiveUp)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
