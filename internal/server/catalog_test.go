package server_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

func TestPutArticles(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		got, err := c.PutArticles(t.Context(), &recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{
			{ArticleId: 1, ChannelIds: []int32{2, 1, 2}, Title: "one", Tags: []string{"a", "a"}},
			{ArticleId: 2},
			{ArticleId: 3, ChannelIds: []int32{1}, Boost: math.NaN()},
			{ArticleId: 4, ChannelIds: []int32{1}, Embedding: []float32{1, float32(math.Inf(1))}},
			{ArticleId: 5, ChannelIds: []int32{1}, PublishTime: 10, ExpireTime: 20, Withdrawn: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Created != 1 || got.Updated != 1 {
			t.Errorf("%d created, %d updated", got.Created, got.Updated)
		}
		wantRows(t, got.Rejected, map[int32]string{1: "channel_ids is empty", 2: "boost is NaN", 3: "embedding holds +Inf"})
		a, b := s.put[0], s.put[1]
		if a.Published != now || a.Boost != 1 || len(a.Channels) != 2 || a.Channels[0] != 1 || len(a.Tags) != 1 {
			t.Errorf("first: %+v", a)
		}
		if b.Published != 10 || b.Expires != 20 || b.Withdrawn {
			t.Errorf("second: %+v", b)
		}
	})
}

func TestGetAndListArticles(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		for id := range 5 {
			s.articles = append(s.articles, feed.Article{
				ID: feed.ArticleID(id + 1), Channels: []feed.ChannelID{1}, Published: 5, Title: "t", Boost: 1, Withdrawn: id == 3,
			})
		}
		got, err := c.GetArticles(t.Context(), &recov1.GetArticlesRequest{ArticleIds: []int64{1, 2}})
		if err != nil || len(got.Articles) != 5 {
			t.Fatalf("%v, %v", got, err)
		}
		wantMessage(t, got.Articles[3], &recov1.CatalogArticle{
			ArticleId: 4, ChannelIds: []int32{1}, PublishTime: 5, Title: "t", Boost: 1, Withdrawn: true,
		})
		_, err = c.GetArticles(t.Context(), &recov1.GetArticlesRequest{ArticleIds: []int64{1, -2}})
		wantCode(t, err, twirp.InvalidArgument, "article_ids holds -2")

		var ids []int64
		token := ""
		for pages := 0; pages < 3; pages++ {
			list, err := c.ListArticles(t.Context(), &recov1.ListArticlesRequest{PageSize: 2, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list.Articles {
				ids = append(ids, a.ArticleId)
			}
			token = list.NextPageToken
		}
		if fmt.Sprint(ids) != "[1 2 3 4 5]" || token != "" {
			t.Errorf("listed %v, then token %q", ids, token)
		}
		for _, bad := range []string{"x", "AQ", strings.Repeat("A", 12), "AQAAAAAAAAAB=", "____________", strings.Repeat("A", 5000)} {
			_, err := c.ListArticles(t.Context(), &recov1.ListArticlesRequest{PageToken: bad})
			wantCode(t, err, twirp.InvalidArgument, "page_token is none of ours")
		}
		_, err = c.ListArticles(t.Context(), &recov1.ListArticlesRequest{PageSize: -1})
		wantCode(t, err, twirp.InvalidArgument, "page_size is -1")
	})
}

func TestWithdrawArticles(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		got, err := c.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: []int64{1, 1000, -4, 2}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Updated != 2 {
			t.Errorf("%d updated", got.Updated)
		}
		wantRows(t, got.Rejected, map[int32]string{1: "1000, which is no article's", 2: "ids are above 0"})
	})
}
