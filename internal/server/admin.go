package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"readnext/internal/feed"
)

// KeyInfo is what is told of a signing key; the secret is not.
type KeyInfo struct {
	ID      uint32    `json:"id"`
	Created time.Time `json:"created"`
}

// KeyList is the answer to GET /keys.
type KeyList struct {
	Keys []KeyInfo `json:"keys"`
}

// KeyInfoOf leaves the secret out.
func KeyInfoOf(k feed.SigningKey) KeyInfo {
	return KeyInfo{ID: k.ID, Created: k.Created.Time().UTC()}
}

// Admin is what the operator's handler is put together from.
type Admin struct {
	Metrics *Metrics
	Logger  *slog.Logger
	Ready   func() bool
	// Keys lists the signing keys, ascending by id; nil if there are none.
	Keys func(ctx context.Context) ([]feed.SigningKey, error)
	// Rotate adds a signing key, which signs from now on.
	Rotate func(ctx context.Context) (feed.SigningKey, error)
}

// AdminWriteTimeout leaves room for a CPU profile of the default length.
const AdminWriteTimeout = 5 * time.Minute

// NewAdmin makes the operator's handler: /metrics, /debug/pprof, the health
// routes, GET /keys and POST /keys/rotate. It asks for no key: it belongs on an
// address that only operators reach. Requests that a browser makes for another
// site are refused.
func NewAdmin(a Admin) http.Handler {
	mux := chi.NewRouter()
	mux.NotFound(noRoute)
	mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		refuseRoute(w, r, "unsupported method")
	})
	mux.Get("/metrics", promhttp.HandlerFor(a.Metrics.registry, promhttp.HandlerOpts{Registry: a.Metrics.registry}).ServeHTTP)
	health := Health(a.Ready)
	mux.Get("/healthz", health.ServeHTTP)
	mux.Get("/readyz", health.ServeHTTP)
	mux.Get("/debug/pprof/cmdline", pprof.Cmdline)
	mux.Get("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.Get("/debug/pprof/trace", pprof.Trace)
	mux.Get("/debug/pprof/*", pprof.Index)
	if a.Keys != nil {
		mux.Get("/keys", a.listKeys)
		mux.Post("/keys/rotate", a.rotateKeys)
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

func (a Admin) listKeys(w http.ResponseWriter, r *http.Request) {
	keys, err := a.Keys(r.Context())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	list := KeyList{Keys: make([]KeyInfo, len(keys))}
	for i, k := range keys {
		list.Keys[i] = KeyInfoOf(k)
	}
	answer(w, list)
}

func (a Admin) rotateKeys(w http.ResponseWriter, r *http.Request) {
	key, err := a.Rotate(r.Context())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.Logger.LogAttrs(r.Context(), slog.LevelInfo, "signing key rotated", slog.Uint64("key", uint64(key.ID)))
	answer(w, KeyInfoOf(key))
}

func (a Admin) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.Logger.LogAttrs(r.Context(), slog.LevelError, "admin request", slog.String("path", r.URL.Path),
		slog.String("err", err.Error()))
	refuse(w, twirpError(err))
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // nobody is left to tell
}
