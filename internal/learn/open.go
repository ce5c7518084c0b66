package learn

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"readnext/internal/feed"
	"readnext/internal/outage"
	"readnext/internal/store"
)

// Open builds models, fills them from the newest snapshot that fits, and
// returns a Learner whose Run folds the rest of the log. A store that several
// processes share may have a newer one than this process; that is taken then.
// build is called once for each try, so that a snapshot that turns out
// unreadable half way leaves nothing behind; the last set it returned is the one
// in use.
func Open(ctx context.Context, cfg Config, st Store, build func() Models) (*Learner, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	l := &Learner{cfg: cfg, store: st, log: cfg.Logger, more: make(chan struct{})}
	l.late = outage.New(l.log, slog.LevelWarn, "folding what was just written")
	l.sharing, _ = st.(store.Sharing)
	o := opening{l: l, build: build}
	own := func() error { return st.LoadSnapshot(ctx, func(r io.Reader) error { return o.read(ctx, r) }) }
	err := own()
	if l.sharing != nil && (err == nil || feed.KindOf(err) == feed.NotFound) {
		tried := o.builds
		shared := l.sharing.LoadPublished(ctx, o.head.at, func(r io.Reader) error { return o.read(ctx, r) })
		switch {
		case shared == nil:
			err = nil
			l.snapshot.replace(tried > 0)
		case o.builds > tried: // the models were thrown away for it
			o.head = snapshotHead{}
			err = own()
		case feed.KindOf(shared) == feed.Unavailable:
			err = shared
		case feed.KindOf(shared) != feed.NotFound:
			l.log.Warn("a snapshot of the models cannot be used", "err", shared)
		}
	}
	if err == nil && o.head.purge {
		err = st.DropSnapshots(ctx)
	}
	switch {
	case err == nil:
		l.at = o.head.at
	case feed.KindOf(err) == feed.NotFound:
		l.models = build()
	default:
		return nil, fmt.Errorf("loading a snapshot of the models: %w", err)
	}
	return l, nil
}

// opening is a Learner whose models are being filled.
type opening struct {
	l      *Learner
	build  func() Models
	builds int
	head   snapshotHead // of the snapshot in the models
}

// read fills new models from a snapshot.
func (o *opening) read(ctx context.Context, r io.Reader) error {
	o.l.models = o.build()
	o.builds++
	head, err := readSnapshot(r, o.l.cfg.Values, o.l.models)
	if err == nil {
		// A position that the log does not hold is of another log, or of an end
		// that was lost.
		if _, _, unread := o.l.store.ReadLog(ctx, head.at, 1); feed.KindOf(unread) == feed.Invalid {
			err = unread
		}
	}
	if err != nil {
		o.l.log.Warn("a snapshot of the models cannot be used", "err", err)
		return err
	}
	o.head = head
	return nil
}
