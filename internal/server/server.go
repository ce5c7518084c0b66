package server

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/twitchtv/twirp"
)

// Parts is what a public handler is put together from.
type Parts struct {
	Services Services
	Metrics  *Metrics
	Logger   *slog.Logger
	// Keys guard everything but Report and the health routes; nil leaves all
	// open.
	Keys *APIKeys
	// Ready reports whether answers can be good; see [Health].
	Ready func() bool
}

// New makes the public handler: the contract's routes, /healthz and /readyz.
// It refuses what is too much for less if connections come in by its
// [Edge.Door].
func New(cfg Config, parts Parts) (*Edge, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	hooks := twirp.WithServerHooks(&twirp.ServerHooks{Error: failed})
	e := &Edge{
		log:     parts.Logger,
		access:  cfg.AccessLog,
		metrics: parts.Metrics,
		bodies:  newBodies(cfg.MaxBody),
		keys:    parts.Keys,
		gate:    newGate(&cfg),
		ready:   parts.Ready,
		routes:  make(map[string]*route),
		other:   &route{name: "other"},
	}
	parts.Metrics.bind(e.other)
	mux := chi.NewRouter()
	mux.NotFound(noRoute)
	mux.MethodNotAllowed(noMethod)
	routes, err := twirpRoutes(parts.Services, hooks)
	if err != nil {
		return nil, err
	}
	for _, rt := range routes {
		parts.Metrics.bind(rt)
		for _, path := range rt.paths {
			e.routes[path] = rt
			mux.Post(path, e.twirp(rt))
		}
	}
	health := Health(parts.Ready)
	for _, path := range []string{"/healthz", "/readyz"} {
		rt := &route{name: path, open: true, handler: health}
		parts.Metrics.bind(rt)
		e.routes[path] = rt
		mux.Get(path, health.ServeHTTP)
		mux.Head(path, health.ServeHTTP)
	}
	e.mux = mux
	return e, nil
}

func noRoute(w http.ResponseWriter, r *http.Request) {
	refuseRoute(w, r, fmt.Sprintf("no handler for path %.200q", r.URL.Path))
}

func noMethod(w http.ResponseWriter, r *http.Request) {
	allowed := "POST"
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		allowed = "GET"
	}
	refuseRoute(w, r, fmt.Sprintf("unsupported method %.20q (only %s is allowed)", r.Method, allowed))
}

func refuseRoute(w http.ResponseWriter, r *http.Request, msg string) {
	refuse(w, twirp.NewError(twirp.BadRoute, msg).
		WithMeta("twirp_invalid_route", fmt.Sprintf("%.20s %.200s", r.Method, r.URL.EscapedPath())))
}
