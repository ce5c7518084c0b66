package server

import (
	"context"
	"sync"

	"readnext/internal/feed"
)

// reloadEvery is how far apart reloads are at least, so that params of keys
// that never were cannot make the store work.
const reloadEvery = feed.Second

// reloader loads signing keys again, now and then.
type reloader struct {
	reload func(ctx context.Context) error

	mu   sync.Mutex
	next feed.Millis // not before
}

// try reloads unless it did lately, and reports whether keys may have changed.
// A caller that comes while another one reloads does not wait.
func (r *reloader) try(ctx context.Context, now feed.Millis) bool {
	if r.reload == nil || !r.due(now) {
		return false
	}
	return r.reload(ctx) == nil
}

func (r *reloader) due(now feed.Millis) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now < r.next && r.next <= now+reloadEvery { // a clock set back does not block
		return false
	}
	r.next = now + reloadEvery
	return true
}
