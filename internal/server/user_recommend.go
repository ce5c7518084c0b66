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
	params sync.Pool // of *track.Params

	refresh, history, empty, degraded interface{ Inc() }
}

func newUserRecommend(l *live) *userRecommend {
	return &userRecommend{
		live:    l,
		params:  sync.Pool{New: func() any { return new(track.Params) }},
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
	params := u.params.Get().(*track.Params)
	defer u.putParams(params)
	if err := u.sign(ctx, answer.Page, params, now); err != nil {
		return nil, err
	}
	return articleResponse(answer, params), nil
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

// putParams keeps the slice for the next page and lets go of the strings.
func (u *userRecommend) putParams(p *track.Params) {
	p.Exposure = ""
	clear(p.Places)
	p.Places = p.Places[:0]
	u.params.Put(p)
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

// articleResponse is a page with its params as the contract has it.
func articleResponse(a recommend.Answer, params *track.Params) *recov1.ArticleResponse {
	type place struct { // article and track in one allocation
		article recov1.Article
		track   recov1.Track
	}
	places := make([]place, len(a.Page.Places))
	out := &recov1.ArticleResponse{
		Exposure:       params.Exposure,
		TimeStamp:      int64(a.Page.Stamp),
		OlderTimeStamp: int64(a.Older),
		Recommends:     make([]*recov1.Article, 0, len(places)),
	}
	for i := range places {
		if !a.Shown(i) {
			continue
		}
		p, from := &places[i], &params.Places[i]
		p.track.Click, p.track.Collect = from.Click, from.Collect
		p.track.Share, p.track.Read = from.Share, from.Read
		p.article.ArticleId = int64(a.Page.Places[i].Article)
		p.article.Track = &p.track
		out.Recommends = append(out.Recommends, &p.article)
	}
	return out
}
