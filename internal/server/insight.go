package server

import (
	"context"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	recov1 "readnext/rpc/reco/v1"
)

// insight serves Insight.
type insight struct{ *live }

// latest is the last moment of the year 9999: clocks beyond it are typing
// errors, and would overflow what is reckoned with them.
const latest feed.Millis = 253402300799999

// ask applies the contract's rules for article_num and as_of.
func (s *insight) ask(num int32, asOf int64) (int, feed.Millis, error) {
	if err := s.checkReady(); err != nil {
		return 0, 0, err
	}
	at := feed.Millis(asOf)
	switch {
	case num < 0:
		return 0, 0, feed.Invalidf("article_num", "is %d; it is not negative", num)
	case at < 0:
		return 0, 0, feed.Invalidf("as_of", "is %d; times are not negative", at)
	case at > latest:
		return 0, 0, feed.Invalidf("as_of", "is %d, after the year 9999", at)
	}
	if num == 0 {
		num = recommend.DefaultNum
	}
	if at == 0 {
		at = s.now()
	}
	return min(int(num), recommend.MaxNum), at, nil
}

func (s *insight) Preview(ctx context.Context, in *recov1.PreviewRequest) (*recov1.PreviewResponse, error) {
	num, at, err := s.ask(in.ArticleNum, in.AsOf)
	if err != nil {
		return nil, twirpError(err)
	}
	user := feed.UserID(in.UserId)
	if err := user.Validate("user_id"); err != nil {
		return nil, twirpError(err)
	}
	channel, err := channelOf(in.ChannelId)
	if err != nil {
		return nil, twirpError(err)
	}
	scored, err := s.Inspector.Preview(ctx, user, channel, num, at)
	if err != nil {
		return nil, twirpError(err)
	}
	return &recov1.PreviewResponse{Articles: scoredArticles(scored)}, nil
}

func (s *insight) Similar(ctx context.Context, in *recov1.SimilarRequest) (*recov1.SimilarResponse, error) {
	num, at, err := s.ask(in.ArticleNum, in.AsOf)
	if err != nil {
		return nil, twirpError(err)
	}
	if in.ArticleId <= 0 {
		return nil, twirpError(feed.Invalidf("article_id", "is %d; ids are above 0", in.ArticleId))
	}
	scored, err := s.Inspector.Similar(ctx, feed.ArticleID(in.ArticleId), num, at)
	if err != nil {
		return nil, twirpError(err)
	}
	return &recov1.SimilarResponse{Articles: scoredArticles(scored)}, nil
}

func (s *insight) Trending(ctx context.Context, in *recov1.TrendingRequest) (*recov1.TrendingResponse, error) {
	num, at, err := s.ask(in.ArticleNum, in.AsOf)
	if err != nil {
		return nil, twirpError(err)
	}
	channel, err := channelOf(in.ChannelId)
	if err != nil {
		return nil, twirpError(err)
	}
	scored, err := s.Inspector.Trending(ctx, channel, num, at)
	if err != nil {
		return nil, twirpError(err)
	}
	return &recov1.TrendingResponse{Articles: scoredArticles(scored)}, nil
}

func (s *insight) Profile(ctx context.Context, in *recov1.ProfileRequest) (*recov1.ProfileResponse, error) {
	user := feed.UserID(in.UserId)
	if user == feed.Anonymous {
		return nil, twirpError(feed.Invalidf("user_id", "is empty; nothing is kept of anonymous readers"))
	}
	if err := user.Validate("user_id"); err != nil {
		return nil, twirpError(err)
	}
	if err := s.checkReady(); err != nil {
		return nil, twirpError(err)
	}
	reader, err := s.Inspector.Reader(ctx, user, s.now())
	if err != nil {
		return nil, twirpError(err)
	}
	return profileResponse(user, reader), nil
}

func channelOf(id int32) (feed.ChannelID, error) {
	if id < 0 {
		return 0, feed.Invalidf("channel_id", "is %d; ids are not negative", id)
	}
	return feed.ChannelID(id), nil
}

func scoredArticles(scored []recommend.Scored) []*recov1.ScoredArticle {
	out := make([]*recov1.ScoredArticle, len(scored))
	for i := range scored {
		s := &scored[i]
		a := &recov1.ScoredArticle{
			ArticleId: int64(s.Article),
			Score:     s.Score,
			Sources:   make([]*recov1.ScoredArticle_Source, len(s.Sources)),
			Features:  numbers(s.Features),

			Contributions:       numbers(s.Contributions),
			SourceContributions: numbers(s.SourceContributions),
			Boost:               s.Boost,
			Reason:              reasonOf(&s.Reason),
		}
		for j, src := range s.Sources {
			a.Sources[j] = &recov1.ScoredArticle_Source{Name: src.Name, Score: src.Value}
		}
		out[i] = a
	}
	return out
}

func numbers(named []recommend.Named) map[string]float64 {
	out := make(map[string]float64, len(named))
	for _, n := range named {
		out[n.Name] = n.Value
	}
	return out
}

// reasonOf returns a reason, nil for none.
func reasonOf(r *recommend.Reason) *recov1.Reason {
	if r.Kind == feed.ReasonNone {
		return nil
	}
	return &recov1.Reason{
		Kind:      recov1.Reason_Kind(r.Kind),
		Text:      r.Text,
		ArticleId: int64(r.Article),
		Tag:       r.Tag,
		AuthorId:  r.Author,
		ChannelId: int32(r.Channel),
	}
}

func profileResponse(user feed.UserID, r recommend.Reader) *recov1.ProfileResponse {
	out := &recov1.ProfileResponse{
		UserId:   string(user),
		Tags:     tastes(r.Tags),
		Authors:  tastes(r.Authors),
		Channels: tastes(r.Channels),
	}
	p := r.Profile
	if p == nil {
		return out
	}
	out.ActedArticles = int32(len(p.Acted))
	out.ServedArticles = int32(len(p.Served))
	for i := len(p.Acts) - 1; i >= 0; i-- { // newest first
		a := &p.Acts[i]
		out.Acts = append(out.Acts, &recov1.ProfileResponse_Act{
			ArticleId: int64(a.Article),
			Action:    recov1.Event_Action(a.Action),
			Time:      int64(a.Time),
			ChannelId: int32(a.Channel),
			ReadTime:  int64(a.ReadTime),
		})
	}
	for _, n := range p.Newest {
		out.NewestPages = append(out.NewestPages, &recov1.ProfileResponse_ChannelPage{
			ChannelId: int32(n.Channel), TimeStamp: int64(n.Stamp),
		})
	}
	return out
}

func tastes(named []recommend.Named) []*recov1.ProfileResponse_Taste {
	out := make([]*recov1.ProfileResponse_Taste, len(named))
	for i, n := range named {
		out[i] = &recov1.ProfileResponse_Taste{Name: n.Name, Weight: n.Value}
	}
	return out
}
