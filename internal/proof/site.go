package proof

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Site is three replicas on one shared store behind HAProxy, on loopback.
type Site struct {
	Replicas [3]*Process
	Balancer *HAProxy
}

// StartSite starts the replicas at once, so that they race for what only one of
// them makes, with their folders below dir, and returns when the load balancer
// found all of them ready.
func StartSite(ctx context.Context, binary, store, haproxyConfig, dir string, args ...string) (_ *Site, err error) {
	s := &Site{}
	defer func() {
		if err != nil {
			s.Kill()
		}
	}()
	started := make(chan error, len(s.Replicas))
	for i := range s.Replicas {
		more := append([]string{"--snapshot-dir", filepath.Join(dir, fmt.Sprint("replica-", i+1))}, args...)
		if s.Replicas[i], err = NewProcess(binary, store, more...); err != nil {
			return nil, err
		}
	}
	for _, p := range s.Replicas {
		go func() {
			_, err := p.Start(ctx)
			started <- err
		}()
	}
	for range s.Replicas {
		if e := <-started; e != nil {
			err = e
		}
	}
	if err != nil {
		return nil, err
	}
	if s.Balancer, err = StartHAProxy(ctx, haproxyConfig, s.Replicas); err != nil {
		return nil, err
	}
	return s, s.Balancer.WaitUp(ctx, len(s.Replicas))
}

// Kill ends all processes at once.
func (s *Site) Kill() {
	if s.Balancer != nil {
		s.Balancer.Stop()
	}
	for _, p := range s.Replicas {
		if p != nil {
			p.Kill()
		}
	}
}

// Direct are clients of each replica, past the load balancer.
func (s *Site) Direct(r Retry) []Clients {
	var cs []Clients
	for _, p := range s.Replicas {
		cs = append(cs, r.Clients(p.URL()))
	}
	return cs
}

// RollingRestart stops and starts one replica after the other, each when the
// load balancer has the one before back. It is an error if one does not stop
// well.
func (s *Site) RollingRestart(ctx context.Context) error {
	for i, p := range s.Replicas {
		if err := p.Stop(); err != nil {
			return fmt.Errorf("replica %d was not stopped well: %w\n%s", i+1, err, p.Output())
		}
		if err := s.Restart(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// Restart starts a replica that ended, and waits for the load balancer to have
// all of them.
func (s *Site) Restart(ctx context.Context, i int) error {
	if _, err := s.Replicas[i].Start(ctx); err != nil {
		return fmt.Errorf("replica %d: %w", i+1, err)
	}
	return s.Balancer.WaitUp(ctx, len(s.Replicas))
}

// wait waits for a time or for ctx's end, which it returns the error of.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
