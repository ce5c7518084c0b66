package server

import (
	"context"
	"errors"
	"sync"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// The header of an answer that was made while the store could not take it.
const (
	degradedHeader     = "Readnext-Degraded"
	degradedUnrecorded = "unrecorded"
)

// userRecommend serves UserRecommend.
type userRecommend struct {
	*live
	answers sync.Pool // of *pageAnswer

	refresh, history, empty, degraded interface{ Inc() }
}

func newUserRecommend(l *live) *userRecommend {
	return &userRecommend{
		live:    l,
		answers: sync.Pool{New: func() any { return new(pageAnswer) }},
		refresh: l.Metrics.pages.WithLabelValues(pageRefresh),
		history: l.Metrics.pages.WithLabelValues(pageHistory),
		empty:   l.Metrics.pages.WithLabelValues(pageEmpty),

		degraded: l.Metrics.pages.WithLabelValues(pageDegraded),
	}
}

func (u *userRecommend) UserRecommend(ctx context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	out, err := u.page(ctx, in)
	if err != nil {
		return nil, twirpError(err)
	}
	return out, nil
}

func (u *userRecommend) page(ctx context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	if err := u.checkReady(); err != nil {
		return nil, err
	}
	req := recommend.Request{
		User:    feed.UserID(in.UserId),
		Channel: feed.ChannelID(in.ChannelId),
		Num:     int(in.ArticleNum),
		Stamp:   feed.Millis(in.TimeStamp),
	}
	if err := req.Validate(); err != nil {
		return nil, err
	}
	now := u.now()
	answer, err := u.Recommender.Recommend(ctx, req, now)
	if err != nil {
		return nil, err
	}
	u.count(answer)
	if answer.Unrecorded {
		if err := twirp.SetHTTPResponseHeader(ctx, degradedHeader, degradedUnrecorded); err != nil {
			return nil, err
		}
	}
	if answer.Page == nil {
		return &recov1.ArticleResponse{OlderTimeStamp: int64(answer.Older)}, nil
	}
	out := u.pageAnswer(ctx)
	if err := u.sign(ctx, answer.Page, &out.params, now); err != nil {
		return nil, err
	}
	return out.of(answer), nil
}

// sign signs a page. A page of the past may be signed with a key that another
// replica added since this one loaded its keys.
func (u *userRecommend) sign(ctx context.Context, page *feed.Page, dst *track.Params, now feed.Millis) error {
	err := u.Params.Sign(page, dst)
	if errors.Is(err, track.ErrUnknownKey) && u.reloads.try(ctx, now) {
		err = u.Params.Sign(page, dst)
	}
	return err
}

// count counts an answer's kind.
func (u *userRecommend) count(a recommend.Answer) {
	switch {
	case a.Unrecorded:
		u.degraded.Inc()
	case a.Page == nil || len(a.Page.Places) == 0:
		u.empty.Inc()
		return
	case a.Again:
		u.history.Inc()
	default:
		u.refresh.Inc()
	}
	if a.Page != nil {
		u.Metrics.served.Add(float64(len(a.Page.Places)))
	}
}
