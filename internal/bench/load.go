package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Script is what one connection asks, one request after the other.
type Script interface {
	// Ask returns the path and body of the next request, valid until the next
	// call; ok is false when there is nothing left to ask.
	Ask() (path string, body []byte, ok bool)
	// Check says what is wrong with the body of the answer to it.
	Check(answer []byte) error
}

// Load is requests to one server for a while.
type Load struct {
	URL      string // http://host:port
	APIKey   string
	JSON     bool // else protobuf
	Conns    int  // keep-alive connections, each with one request at a time
	Duration time.Duration
	// Rate is how many requests are due a second, at random times, on connections
	// that were made before; 0 is a closed loop.
	Rate float64
	Seed uint64
	// Script makes the script of a connection.
	Script func(rng *rand.Rand) Script
}

// patience is how long a request may take.
const patience = 10 * time.Second

// Run loads the server. It is an error if no request was answered well.
func (l *Load) Run(ctx context.Context) (*Round, error) {
	client := &fasthttp.Client{MaxConnsPerHost: l.Conns, ReadTimeout: patience, WriteTimeout: patience}
	defer client.CloseIdleConnections()
	sum := &tally{Round: Round{Latency: newHistogram(), Refusal: newHistogram()}}
	var due <-chan time.Time
	if l.Rate > 0 {
		dial, closeRest, err := connect(ctx, l.URL, l.Conns)
		if err != nil {
			return nil, err
		}
		defer closeRest()
		client.Dial = dial
		pace := newPace(l.Rate, l.Duration, l.Seed)
		defer pace.wait()
		sum.Requests = len(pace.offsets)
		due = pace.run(ctx)
	}
	ending, cancel := context.WithTimeout(ctx, l.Duration)
	defer cancel()
	cpu, begin := ownCPU(), time.Now()
	var wg sync.WaitGroup
	for i := range l.Conns {
		wg.Go(func() {
			c := &connection{load: l, client: client, sum: sum}
			c.script = l.Script(rand.New(rand.NewPCG(l.Seed, uint64(i))))
			if due != nil {
				c.open(due, begin.Add(2*l.Duration))
			} else {
				c.closed(ending)
			}
		})
	}
	wg.Wait()
	sum.Elapsed, sum.OwnCPU = time.Since(begin), ownCPU()-cpu
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if sum.Good == 0 {
		return nil, fmt.Errorf("of %d requests none was answered well: %s", sum.Requests, sum.FirstBad)
	}
	return &sum.Round, nil
}

// connection asks one request at a time.
type connection struct {
	load   *Load
	client *fasthttp.Client
	script Script
	sum    *tally
}

// closed asks until ctx ends or the script does, but once at least: a busy
// machine may let a short load begin late.
func (c *connection) closed(ctx context.Context) {
	c.with(func(req *fasthttp.Request, resp *fasthttp.Response) {
		for first := true; first || ctx.Err() == nil; first = false {
			path, body, ok := c.script.Ask()
			if !ok {
				return
			}
			c.sum.mu.Lock()
			c.sum.Requests++
			c.sum.mu.Unlock()
			c.exchange(req, resp, path, body, time.Now())
		}
	})
}

// open asks whenever a request is due. Requests that were not sent at the
// deadline have failed.
func (c *connection) open(due <-chan time.Time, deadline time.Time) {
	c.with(func(req *fasthttp.Request, resp *fasthttp.Response) {
		for at := range due {
			if time.Now().After(deadline) {
				c.sum.bad(&c.sum.Failed, "no connection was free in time")
				continue
			}
			path, body, ok := c.script.Ask()
			if !ok {
				c.sum.bad(&c.sum.Failed, "nothing was left to ask")
				continue
			}
			c.exchange(req, resp, path, body, at)
		}
	})
}

func (c *connection) with(f func(*fasthttp.Request, *fasthttp.Response)) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(fasthttp.MethodPost)
	req.Header.SetContentType("application/protobuf")
	if c.load.JSON {
		req.Header.SetContentType("application/json")
	}
	if c.load.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+c.load.APIKey)
	}
	f(req, resp)
}

func (c *connection) exchange(req *fasthttp.Request, resp *fasthttp.Response, path string, body []byte, since time.Time) {
	req.SetRequestURI(c.load.URL + path)
	req.SetBodyRaw(body)
	err := c.client.Do(req, resp)
	took := time.Since(since)
	switch {
	case err != nil:
		c.sum.bad(&c.sum.Failed, "%v", err)
	case resp.StatusCode() == fasthttp.StatusTooManyRequests:
		c.sum.shed(took)
	case resp.StatusCode() != fasthttp.StatusOK:
		c.sum.bad(&c.sum.Failed, "status %d: %.200s", resp.StatusCode(), resp.Body())
	default:
		if err := c.script.Check(resp.Body()); err != nil {
			c.sum.bad(&c.sum.Wrong, "%v", err)
			return
		}
		c.sum.good(took)
	}
}
