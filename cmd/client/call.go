package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/rpc/reco/v1"
)

// client is the generated client with what a production caller adds to it. A
// backend makes one and keeps it: the connections in its transport are what
// makes calls cheap.
type client struct {
	stub    recov1.UserRecommend
	header  http.Header
	timeout time.Duration
	retries int
	backoff time.Duration
}

// maxBackoff is the longest wait between two attempts.
const maxBackoff = 2 * time.Second

func newClient(f *flags) *client {
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		// Go keeps two idle connections a host by default: under load, all
		// others are closed after each call and opened anew for the next.
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 2 * time.Second,
		// Pages are small and params do not compress.
		DisableCompression: true,
	}
	c := &client{
		stub:    recov1.NewUserRecommendProtobufClient(f.Server, &http.Client{Transport: transport}),
		header:  http.Header{},
		timeout: f.Timeout,
		retries: f.Retries,
		backoff: f.Backoff,
	}
	if f.APIKey != "" {
		c.header.Set("Authorization", "Bearer "+f.APIKey)
	}
	return c
}

// recommend asks for a page, and asks again when an attempt failed in passing.
//
// Asking again is safe although a refresh changes what the reader is served
// next, because each attempt carries the same time_stamp. It becomes the stamp
// of the page that it creates, and a request that carries the stamp of a page
// is answered with that page, byte for byte: an attempt whose answer was lost
// cost nothing. (With a time_stamp of 0, or one ahead of the server's clock,
// an attempt that got through unnoticed costs the reader one page unseen.)
func (c *client) recommend(ctx context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	ctx, err := twirp.WithHTTPRequestHeaders(ctx, c.header)
	if err != nil {
		return nil, err
	}
	pause := min(c.backoff, maxBackoff)
	for attempt := 0; ; attempt++ {
		once, cancel := context.WithTimeout(ctx, c.timeout)
		out, err := c.stub.UserRecommend(once, in)
		cancel()
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil || !transient(err) {
			return nil, err
		}
		if attempt == c.retries {
			return nil, fmt.Errorf("no answer in %d attempts: %w", attempt+1, err)
		}
		// Jitter: clients that failed together shall not return together.
		select {
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		pause = min(2*pause, maxBackoff)
	}
}

// transient reports whether the same request may succeed later. Twirp turns
// connection errors and timeouts into internal errors, 502 to 504 into
// unavailable and 429 into resource_exhausted.
func transient(err error) bool {
	var e twirp.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code() {
	case twirp.Internal, twirp.Unknown, twirp.Unavailable, twirp.DeadlineExceeded, twirp.Canceled,
		twirp.Aborted, twirp.DataLoss, twirp.ResourceExhausted:
		return true
	}
	return false
}
