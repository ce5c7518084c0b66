// Package app puts readnext together: configuration in, a running service out.
// It holds constructors and the order of starting and stopping, nothing that
// decides about feeds.
//
// A service made by [New] holds its addresses and its store at once, so that
// what is wrong is known before anything is served; [App.Run] serves. Stopping
// takes nothing back: /readyz says no, requests under way are answered, the
// models are written, then the store closes.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"readnext/internal/feed"
	"readnext/internal/server"
)

// App is a service. It is made by [New].
type App struct {
	cfg      Config
	log      *slog.Logger
	metrics  *server.Metrics
	apiKeys  *server.APIKeys // nil: none
	live     *live           // nil: pseudo
	stopping atomic.Bool
	// inventing is set until the demo has filled the store.
	inventing atomic.Bool

	edge                    *server.Edge
	public, admin           *http.Server // admin may be nil
	publicListen, adminLstn net.Listener
}

// New makes a service that listens but does not answer yet. Run or Close must
// be called.
func New(ctx context.Context, cfg Config) (_ *App, err error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: cfg.Logger, metrics: server.NewMetrics(cfg.Version)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if cfg.APIKeysFile != "" {
		if a.apiKeys, err = server.LoadAPIKeys(cfg.APIKeysFile); err != nil {
			return nil, err
		}
	}
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	services := server.NewPseudo(cfg.Now)
	if cfg.Engine == Live {
		if a.live, err = newLive(ctx, &cfg, a.metrics, a.answering); err != nil {
			return nil, err
		}
		services = a.live.services
	}
	a.inventing.Store(cfg.Demo != nil)
	return a, a.handlers(services)
}

func (a *App) listen(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if a.publicListen, err = lc.Listen(ctx, "tcp", a.cfg.Listen); err != nil {
		return fmt.Errorf("%w; --listen names another address", err)
	}
	if a.cfg.AdminListen == adminOff {
		return nil
	}
	if a.adminLstn, err = lc.Listen(ctx, "tcp", a.cfg.AdminListen); err != nil {
		return fmt.Errorf("%w; --admin-listen names another address, or off", err)
	}
	return nil
}

// handlers makes the servers.
func (a *App) handlers(services server.Services) error {
	public, err := server.New(a.cfg.Server, server.Parts{
		Services: services, Metrics: a.metrics, Logger: a.log, Keys: a.apiKeys, Ready: a.Ready,
	})
	if err != nil {
		return err
	}
	a.public = a.cfg.Server.HTTPServer(a.leaving(public))
	a.edge = public
	a.publicListen = public.Door(a.public, a.publicListen)
	a.public.ErrorLog = slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)
	if a.adminLstn == nil {
		return nil
	}
	admin := server.Admin{Metrics: a.metrics, Logger: a.log, Ready: a.Ready}
	if e := a.live; e != nil {
		admin.Keys = e.store.SigningKeys
		admin.Rotate = func(ctx context.Context) (feed.SigningKey, error) {
			return e.signer.rotate(ctx)
		}
	}
	a.admin = a.cfg.Server.HTTPServer(server.NewAdmin(admin))
	a.admin.WriteTimeout = server.AdminWriteTimeout
	a.admin.ErrorLog = a.public.ErrorLog
	return nil
}

// leaving lets clients leave while the service is stopping: each answer then
// closes its connection, and idle ones stay open for one request more, so that
// none is cut off in the middle.
func (a *App) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// Ready reports whether requests should be sent here.
func (a *App) Ready() bool {
	return !a.stopping.Load() && !a.inventing.Load() && (a.live == nil || a.live.Ready())
}

// answering reports whether the models hold what they should: until then a
// page could show what was withdrawn before the start.
func (a *App) answering() bool {
	return !a.inventing.Load() && a.live.Ready()
}

// Addr is the address of the public listener.
func (a *App) Addr() string { return a.publicListen.Addr().String() }

// AdminAddr is the address of the operator's listener, "" without one.
func (a *App) AdminAddr() string {
	if a.adminLstn == nil {
		return ""
	}
	return a.adminLstn.Addr().String()
}

// ReloadAPIKeys reads the API keys file again. On error the keys stay what they
// were.
func (a *App) ReloadAPIKeys() error {
	if a.apiKeys == nil {
		return errors.New("there is no API keys file")
	}
	return a.apiKeys.Reload()
}

// Close releases a service that does not run.
func (a *App) Close() error {
	var errs []error
	for _, l := range []net.Listener{a.publicListen, a.adminLstn} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if a.live != nil {
		if err := a.live.store.Close(); err != nil {
			errs = append(errs, fmt.Errorf("closing the store: %w", err))
		}
	}
	return errors.Join(errs...)
}
