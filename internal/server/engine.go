package server

import (
	"context"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store"
	"readnext/internal/track"
)

// Recommender answers what a reader should see; *recommend.Recommender.
type Recommender interface {
	Recommend(ctx context.Context, r recommend.Request, now feed.Millis) (recommend.Answer, error)
}

// Inspector answers what readnext knows and records nothing;
// *recommend.Recommender.
type Inspector interface {
	Preview(ctx context.Context, user feed.UserID, channel feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error)
	Similar(ctx context.Context, article feed.ArticleID, num int, asOf feed.Millis) ([]recommend.Scored, error)
	Trending(ctx context.Context, channel feed.ChannelID, num int, asOf feed.Millis) ([]recommend.Scored, error)
	Reader(ctx context.Context, user feed.UserID, now feed.Millis) (recommend.Reader, error)
}

// Learner takes changes; *learn.Learner. Each method returns once the change
// is durable and folded into this process's models.
type Learner interface {
	Submit(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error)
	PutArticles(ctx context.Context, articles []feed.Article) (created []bool, err error)
	WithdrawArticles(ctx context.Context, ids []feed.ArticleID) (known []bool, err error)
	Forget(ctx context.Context, user feed.UserID) error
}

// Articles reads the catalogue; a store.Store.
type Articles interface {
	Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error)
	ListArticles(ctx context.Context, after feed.ArticleID, max int) ([]feed.Article, error)
}

// Params signs pages and verifies what comes back.
type Params interface {
	Sign(p *feed.Page, dst *track.Params) error
	Verify(param string, now feed.Millis) (track.Claim, error)
}
