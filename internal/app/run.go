package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"readnext/internal/feed"
)

// Run serves until ctx ends or something fails, then stops in order and closes
// the service. It returns nil when ctx ended and all was stopped well. It is
// called once.
func (a *App) Run(ctx context.Context) error {
	failed := make(chan error, 3) // one for each goroutine below
	var serving, working sync.WaitGroup
	a.serve(&serving, failed, "public", a.public, a.publicListen)
	a.serve(&serving, failed, "admin", a.admin, a.adminLstn)

	// The learner goes on while requests under way wait for what they wrote.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	if a.live != nil {
		working.Go(func() {
			if err := a.live.run(work); err != nil {
				failed <- fmt.Errorf("learning: %w", err)
			}
		})
		working.Go(func() { a.housekeeping(work) })
		working.Go(func() { a.warm(work) })
		if a.cfg.Demo != nil {
			working.Go(func() { a.demo(work) })
		}
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("addr", a.Addr()),
		slog.String("admin", a.AdminAddr()), slog.String("engine", string(a.cfg.Engine)),
		slog.String("version", a.cfg.Version))

	var errs []error
	select {
	case <-ctx.Done():
	case err := <-failed:
		errs = append(errs, err)
	}
	a.log.Info("stopping")
	a.stopping.Store(true)
	if len(errs) == 0 && a.cfg.DrainDelay > 0 {
		drain := time.NewTimer(a.cfg.DrainDelay)
		select {
		case <-drain.C:
		case err := <-failed:
			errs = append(errs, err)
		}
		drain.Stop()
	}
	errs = append(errs, a.shutdown(a.public))
	stopWork()
	working.Wait()
	errs = append(errs, a.shutdown(a.admin))
	serving.Wait()
	errs = append(errs, a.Close())
	close(failed)
	for err := range failed {
		errs = append(errs, err)
	}
	a.log.Info("stopped")
	return errors.Join(errs...)
}

// serve answers on a listener until the server is shut down.
func (a *App) serve(wg *sync.WaitGroup, failed chan<- error, name string, s *http.Server, l net.Listener) {
	if s == nil {
		return
	}
	wg.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serving the %s listener: %w", name, err)
		}
	})
}

// shutdown stops listening and waits for requests under way, up to
// ShutdownTimeout; then it cuts them off.
func (a *App) shutdown(s *http.Server) error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	err := s.Shutdown(ctx)
	if s == a.public {
		err = errors.Join(err, a.edge.Rest(ctx))
	}
	if err != nil {
		s.Close() //nolint:errcheck // the error that matters is that of Shutdown
		return fmt.Errorf("requests under way were cut off: %w", err)
	}
	return nil
}

// housekeeping removes what is past its life, now and then, until ctx ends.
func (a *App) housekeeping(ctx context.Context) {
	tick := time.NewTicker(a.cfg.HousekeepingEvery)
	defer tick.Stop()
	for {
		if err := a.keepHouse(ctx); err != nil && ctx.Err() == nil {
			a.log.LogAttrs(ctx, slog.LevelError, "housekeeping", slog.String("err", err.Error()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// lookForReady is how often it is looked whether the models are ready.
const lookForReady = 100 * time.Millisecond

// warm has an embedded store read profiles once the models are ready: readers
// come after a start as they did before it.
func (a *App) warm(ctx context.Context) {
	if a.live.embedded == nil {
		return
	}
	tick := time.NewTicker(lookForReady)
	defer tick.Stop()
	for !a.live.Ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	if err := a.live.embedded.Warm(ctx, feed.MillisOf(a.cfg.Now())); err != nil && ctx.Err() == nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, "reading profiles", slog.String("err", err.Error()))
	}
}

func (a *App) keepHouse(ctx context.Context) error {
	now := feed.MillisOf(a.cfg.Now())
	n, err := a.live.store.Prune(ctx, now-feed.PageLife)
	if err == nil && n > 0 {
		a.log.LogAttrs(ctx, slog.LevelInfo, "pruned", slog.Int("pages_and_marks", n))
	}
	a.live.Retire(now)
	return errors.Join(err, a.live.signer.reload(ctx), a.live.signer.retire(ctx, now))
}
