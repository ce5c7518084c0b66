package store

import (
	"context"
	"io"

	"readnext/internal/feed"
)

// Sharing is kept by stores that several processes share: one copy of the
// models, for processes that have no snapshot of their own, or an older one.
type Sharing interface {
	// PublishSnapshot keeps a snapshot that covers a position as the shared
	// copy and reports whether it did. It does not if another one that covers
	// least was published shortly before, or one that covers as much. What
	// the log holds before the shared copy may be dropped from then on.
	PublishSnapshot(ctx context.Context, at, least feed.Position, snapshot []byte) (bool, error)
	// LoadPublished calls read with the shared copy if it covers more than
	// have, and returns read's error; [feed.NotFound] if there is none that
	// does.
	LoadPublished(ctx context.Context, have feed.Position, read func(io.Reader) error) error
}
