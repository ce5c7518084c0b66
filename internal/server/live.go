package server

import (
	"context"
	"time"

	"readnext/internal/feed"
)

// LiveParts is what the live engine's services are put together from.
type LiveParts struct {
	Recommender Recommender
	Inspector   Inspector
	Learner     Learner
	Articles    Articles
	Params      Params
	// ReloadKeys makes keys that another replica added known to Params. It is
	// called at most once a second, for params and pages of unknown keys.
	ReloadKeys func(ctx context.Context) error
	// Ready reports whether the models hold what the log held at the start.
	// Until then pages and insights are unavailable: an article withdrawn
	// before the start could be on them.
	Ready   func() bool
	Now     func() time.Time
	Metrics *Metrics
}

// MaxRows is how many rows a batch of Report, Record, PutArticles or
// WithdrawArticles may have.
const MaxRows = 10_000

// live is what the live services share.
type live struct {
	LiveParts
	reloads reloader
}

// NewLive makes the services of the live engine.
func NewLive(parts LiveParts) Services {
	l := &live{LiveParts: parts, reloads: reloader{reload: parts.ReloadKeys}}
	return Services{
		UserRecommend: newUserRecommend(l),
		Behavior:      &behavior{l},
		Catalog:       &catalog{l},
		Insight:       &insight{l},
	}
}

func (l *live) now() feed.Millis { return feed.MillisOf(l.Now()) }

// checkReady returns an error of kind Unavailable before the models are ready.
func (l *live) checkReady() error {
	if l.Ready() {
		return nil
	}
	return errStarting
}

var errStarting = feed.Errorf(feed.Unavailable, "the models are being rebuilt")

func checkRows(field string, n, limit int) error {
	if n > limit {
		return feed.Invalidf(field, "holds %d rows; at most %d are allowed in one request", n, limit)
	}
	return nil
}
