package server_test

import (
	"math"
	"testing"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	recov1 "readnext/rpc/reco/v1"
)

func TestInsight(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		s.scored = []recommend.Scored{{
			Article: 7, Score: 1.5,
			Sources:  []recommend.Named{{Name: "fresh", Value: 2}},
			Features: []recommend.Named{{Name: "ctr", Value: 0.25}},
		}}
		want := []*recov1.ScoredArticle{{
			ArticleId: 7, Score: 1.5,
			Sources:  []*recov1.ScoredArticle_Source{{Name: "fresh", Score: 2}},
			Features: map[string]float64{"ctr": 0.25},
		}}
		preview, err := c.Preview(t.Context(), &recov1.PreviewRequest{UserId: "u", ArticleNum: 1000, AsOf: 99})
		if err != nil {
			t.Fatal(err)
		}
		wantMessage(t, preview, &recov1.PreviewResponse{Articles: want})
		if s.num != 100 || s.asOf != 99 {
			t.Errorf("asked for %d as of %d", s.num, s.asOf)
		}
		similar, err := c.Similar(t.Context(), &recov1.SimilarRequest{ArticleId: 1})
		if err != nil {
			t.Fatal(err)
		}
		wantMessage(t, similar, &recov1.SimilarResponse{Articles: want})
		if s.num != 10 || s.asOf != now {
			t.Errorf("asked for %d as of %d", s.num, s.asOf)
		}
		trending, err := c.Trending(t.Context(), &recov1.TrendingRequest{ChannelId: 1, ArticleNum: 3})
		if err != nil {
			t.Fatal(err)
		}
		wantMessage(t, trending, &recov1.TrendingResponse{Articles: want})

		for _, bad := range []struct {
			num, channel int32
			asOf         int64
			msg          string
		}{
			{-1, 0, 0, "article_num is -1"}, {0, -1, 0, "channel_id is -1"},
			{0, 0, -1, "as_of is -1"}, {0, 0, math.MaxInt64, "after the year 9999"},
		} {
			_, err := c.Preview(t.Context(), &recov1.PreviewRequest{ArticleNum: bad.num, ChannelId: bad.channel, AsOf: bad.asOf})
			wantCode(t, err, twirp.InvalidArgument, bad.msg)
			_, err = c.Trending(t.Context(), &recov1.TrendingRequest{ArticleNum: bad.num, ChannelId: bad.channel, AsOf: bad.asOf})
			wantCode(t, err, twirp.InvalidArgument, bad.msg)
		}
		_, err = c.Similar(t.Context(), &recov1.SimilarRequest{})
		wantCode(t, err, twirp.InvalidArgument, "article_id is 0")
	})
}

// TestReasons asks why: of every kind there is one in the contract, by the same
// number and name, with what it refers to.
func TestReasons(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		names := recov1.Reason_Kind_name
		for kind := feed.ReasonNone; kind <= feed.ReasonTogether; kind++ {
			s.scored = append(s.scored, recommend.Scored{
				Article: feed.ArticleID(kind + 1), Score: 3,
				Contributions:       []recommend.Named{{Name: "covisit", Value: 1.5}, {Name: "covisit_last", Value: 0.5}},
				SourceContributions: []recommend.Named{{Name: "covisit", Value: 2}, {Name: "fresh", Value: -0.5}},
				Boost:               2,
				Reason: recommend.Reason{
					Kind: kind, Text: "because", Article: 9, Tag: "go", Author: "ada", Channel: 3,
				},
			})
		}
		if len(names) != len(s.scored) {
			t.Errorf("%d kinds of reasons, %d in the contract: %v", len(s.scored), len(names), names)
		}
		preview, err := c.Preview(t.Context(), &recov1.PreviewRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range preview.Articles {
			want := &recov1.ScoredArticle{
				ArticleId: int64(i + 1), Score: 3, Boost: 2,
				Contributions:       map[string]float64{"covisit": 1.5, "covisit_last": 0.5},
				SourceContributions: map[string]float64{"covisit": 2, "fresh": -0.5},
			}
			if i > 0 { // 0 is no reason
				want.Reason = &recov1.Reason{
					Kind: recov1.Reason_Kind(i), Text: "because", ArticleId: 9, Tag: "go", AuthorId: "ada", ChannelId: 3,
				}
			}
			wantMessage(t, a, want)
		}
		for kind, name := range map[feed.ReasonKind]string{
			feed.ReasonFiller: "FILLER", feed.ReasonFollows: "FOLLOWS", feed.ReasonTag: "TAG", feed.ReasonAuthor: "AUTHOR",
			feed.ReasonChannel: "CHANNEL", feed.ReasonLikeness: "LIKENESS", feed.ReasonTrending: "TRENDING",
			feed.ReasonPopular: "POPULAR", feed.ReasonClicked: "CLICKED", feed.ReasonFresh: "FRESH", feed.ReasonTried: "TRIED",
			feed.ReasonBoosted: "BOOSTED", feed.ReasonSession: "SESSION", feed.ReasonTogether: "TOGETHER",
		} {
			if names[int32(kind)] != name {
				t.Errorf("kind %d is %s in the contract, not %s", kind, names[int32(kind)], name)
			}
		}
	})
}

func TestProfile(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		s.reader = recommend.Reader{
			Profile: &feed.Profile{
				User:   "u",
				Newest: []feed.ChannelStamp{{Channel: 1, Stamp: 50}},
				Served: []feed.ServedArticle{{Article: 1, At: 50}, {Article: 2, At: 50}},
				Acted:  []feed.ArticleID{1},
				Acts: []feed.Act{
					{Article: 1, Action: feed.Click, Time: 51, Channel: 1},
					{Article: 1, Action: feed.Read, Time: 52, Channel: 1, ReadTime: 9},
				},
			},
			Tags: []recommend.Named{{Name: "go", Value: 2}},
		}
		got, err := c.Profile(t.Context(), &recov1.ProfileRequest{UserId: "u"})
		if err != nil {
			t.Fatal(err)
		}
		wantMessage(t, got, &recov1.ProfileResponse{
			UserId: "u",
			Acts: []*recov1.ProfileResponse_Act{
				{ArticleId: 1, Action: recov1.Event_READ, Time: 52, ChannelId: 1, ReadTime: 9},
				{ArticleId: 1, Action: recov1.Event_CLICK, Time: 51, ChannelId: 1},
			},
			ActedArticles: 1, ServedArticles: 2,
			Tags:        []*recov1.ProfileResponse_Taste{{Name: "go", Weight: 2}},
			NewestPages: []*recov1.ProfileResponse_ChannelPage{{ChannelId: 1, TimeStamp: 50}},
		})
		_, err = c.Profile(t.Context(), &recov1.ProfileRequest{})
		wantCode(t, err, twirp.InvalidArgument, "user_id is empty")
	})
}
