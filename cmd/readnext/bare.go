package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/protobuf/proto"

	"readnext/internal/bench"
	recov1 "readnext/rpc/reco/v1"
)

type bareCmd struct {
	Listen      string `required:"" placeholder:"HOST:PORT" help:"Where pages are answered."`
	AdminListen string `required:"" placeholder:"HOST:PORT" help:"Where /metrics answers, for Go's own figures."`
	Answer      string `required:"" type:"existingfile" placeholder:"FILE" help:"The page, an encoded ArticleResponse."`
}

// Run serves the page until ctx ends.
func (c *bareCmd) Run(ctx context.Context) error {
	b, err := os.ReadFile(c.Answer)
	if err != nil {
		return err
	}
	var answer recov1.ArticleResponse
	if err := proto.Unmarshal(b, &answer); err != nil {
		return fmt.Errorf("%s holds no page: %w", c.Answer, err)
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector())
	failed := make(chan error, 2) // one for each goroutine below
	serve := func(addr string, h http.Handler) (*http.Server, error) {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		s := &http.Server{Handler: h}
		go func() { failed <- s.Serve(l) }()
		return s, nil
	}
	admin, err := serve(c.AdminListen, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	if err != nil {
		return err
	}
	defer admin.Close()
	public, err := serve(c.Listen, bench.Bare(&answer))
	if err != nil {
		return err
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	if e := public.Close(); err == nil || errors.Is(err, http.ErrServerClosed) {
		err = e
	}
	return err
}
