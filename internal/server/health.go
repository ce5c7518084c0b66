package server

import (
	"net/http"

	"github.com/twitchtv/twirp"
)

// Health answers /healthz, which says that the process lives, and /readyz,
// which says whether to send it requests: not before the models hold what the
// log held at the start, and not once a shutdown began.
func Health(ready func() bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" && !ready() {
			refuse(w, twirp.NewError(twirp.Unavailable, "not ready: starting or stopping"))
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte("ok\n")) //nolint:errcheck // nobody is left to tell
	})
}
