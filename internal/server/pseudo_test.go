package server_test

import (
	"math"
	"testing"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

func TestPseudo(t *testing.T) {
	pseudo := func(_ *server.Config, p *server.Parts) {
		p.Services = server.NewPseudo(func() time.Time { return now.Time() })
	}
	both(t, func(t *testing.T, _ *site, c clients) {
		ask := func(n int32) (*recov1.ArticleResponse, error) {
			return c.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "1", ChannelId: 1, ArticleNum: n, TimeStamp: 5})
		}
		got, err := ask(2)
		if err != nil {
			t.Fatal(err)
		}
		want := &recov1.ArticleResponse{Exposure: "exposure param", TimeStamp: int64(now)}
		for _, i := range []string{"1", "2"} {
			want.Recommends = append(want.Recommends, &recov1.Article{
				ArticleId: int64(i[0] - '0'),
				Track: &recov1.Track{
					Click: "click param " + i, Collect: "collect param " + i, Share: "share param " + i, Read: "read param " + i,
				},
			})
		}
		wantMessage(t, got, want)
		for _, n := range []int32{0, -1, math.MinInt32} {
			got, err := ask(n)
			if err != nil {
				t.Fatal(err)
			}
			wantMessage(t, got, &recov1.ArticleResponse{Exposure: "exposure param", TimeStamp: int64(now)})
		}
		_, err = ask(server.MaxPseudo + 1)
		wantCode(t, err, twirp.InvalidArgument, "could not be held")

		_, err = c.Report(t.Context(), &recov1.ReportRequest{})
		wantCode(t, err, twirp.Unimplemented, "--engine live")
		_, err = c.PutArticles(t.Context(), &recov1.PutArticlesRequest{})
		wantCode(t, err, twirp.Unimplemented, "--engine live")
		_, err = c.Preview(t.Context(), &recov1.PreviewRequest{})
		wantCode(t, err, twirp.Unimplemented, "--engine live")
	}, pseudo)
}

func TestPseudoMost(t *testing.T) {
	s := server.NewPseudo(time.Now)
	got, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{ArticleNum: server.MaxPseudo})
	if err != nil || len(got.Recommends) != server.MaxPseudo {
		t.Errorf("%d articles, %v", len(got.GetRecommends()), err)
	}
}
