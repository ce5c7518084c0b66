package server_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/store"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// clients are the contract's clients in one of its two encodings.
type clients struct {
	recov1.UserRecommend
	recov1.Behavior
	recov1.Catalog
	recov1.Insight
}

// both runs a test with either encoding.
func both(t *testing.T, run func(t *testing.T, s *site, c clients), settings ...setting) {
	t.Run("protobuf", func(t *testing.T) {
		s := newSite(t, settings...)
		h := s.Client()
		run(t, s, clients{
			recov1.NewUserRecommendProtobufClient(s.URL, h), recov1.NewBehaviorProtobufClient(s.URL, h),
			recov1.NewCatalogProtobufClient(s.URL, h), recov1.NewInsightProtobufClient(s.URL, h),
		})
	})
	t.Run("json", func(t *testing.T) {
		s := newSite(t, settings...)
		h := s.Client()
		run(t, s, clients{
			recov1.NewUserRecommendJSONClient(s.URL, h), recov1.NewBehaviorJSONClient(s.URL, h),
			recov1.NewCatalogJSONClient(s.URL, h), recov1.NewInsightJSONClient(s.URL, h),
		})
	})
}

// wantCode fails unless err is Twirp's of a code with a text in it.
func wantCode(t *testing.T, err error, code twirp.ErrorCode, text string) {
	t.Helper()
	var e twirp.Error
	if !errors.As(err, &e) || e.Code() != code || !strings.Contains(e.Msg(), text) {
		t.Errorf("error %v, want %s: %s", err, code, text)
	}
}

// wantMessage fails unless two messages are equal.
func wantMessage(t *testing.T, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestUserRecommend(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		p := page("u", 3)
		s.answer = recommend.Answer{Page: p, Older: p.Older}
		got, err := c.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{
			UserId: "u", ChannelId: 1, ArticleNum: 3, TimeStamp: int64(now),
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := (recommend.Request{User: "u", Channel: 1, Num: 3, Stamp: now}); s.asked != want {
			t.Errorf("asked %+v, want %+v", s.asked, want)
		}
		var params track.Params
		if err := s.ring.Sign(p, &params); err != nil {
			t.Fatal(err)
		}
		want := &recov1.ArticleResponse{Exposure: params.Exposure, TimeStamp: int64(p.Stamp), OlderTimeStamp: int64(p.Older)}
		for i, pl := range params.Places {
			want.Recommends = append(want.Recommends, &recov1.Article{
				ArticleId: int64(i + 1),
				Track:     &recov1.Track{Click: pl.Click, Collect: pl.Collect, Share: pl.Share, Read: pl.Read},
			})
		}
		wantMessage(t, got, want)
	})
}

func TestEmptyPage(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		s.answer = recommend.Answer{Older: 77}
		got, err := c.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u"})
		if err != nil {
			t.Fatal(err)
		}
		wantMessage(t, got, &recov1.ArticleResponse{OlderTimeStamp: 77})
	})
}

func TestUserRecommendRefuses(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		ask := func(r *recov1.UserRequest) error {
			_, err := c.UserRecommend.UserRecommend(t.Context(), r)
			return err
		}
		wantCode(t, ask(&recov1.UserRequest{ArticleNum: -1}), twirp.InvalidArgument, "article_num is -1")
		wantCode(t, ask(&recov1.UserRequest{ChannelId: -1}), twirp.InvalidArgument, "channel_id is -1")
		wantCode(t, ask(&recov1.UserRequest{TimeStamp: -1}), twirp.InvalidArgument, "time_stamp is -1")
		wantCode(t, ask(&recov1.UserRequest{UserId: strings.Repeat("u", 129)}), twirp.InvalidArgument, "user_id is 129 bytes long")
		s.ready = false
		wantCode(t, ask(&recov1.UserRequest{}), twirp.Unavailable, "try again")
	})
}

// TestErrorTable proves what each kind of error becomes, and that faults of
// ours tell nothing.
func TestErrorTable(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		for _, tt := range []struct {
			err    error
			code   twirp.ErrorCode
			msg    string
			hidden bool
		}{
			{feed.Invalidf("user_id", "is odd"), twirp.InvalidArgument, "user_id is odd", false},
			{feed.Errorf(feed.NotFound, "no such thing"), twirp.NotFound, "no such thing", false},
			{feed.ErrConflict, twirp.Aborted, "changed meanwhile", false},
			{feed.Wrap(feed.Unavailable, errSecret, "writing"), twirp.Unavailable, "try again", true},
			{feed.Errorf(feed.Exhausted, "too many"), twirp.ResourceExhausted, "too many", false},
			{feed.Wrap(feed.Internal, errSecret, "writing"), twirp.Internal, "internal error", true},
			{errSecret, twirp.Internal, "internal error", true},
			{fmt.Errorf("reading: %w", context.Canceled), twirp.Canceled, "canceled", false},
			{fmt.Errorf("reading: %w", context.DeadlineExceeded), twirp.DeadlineExceeded, "time was up", false},
		} {
			s.err = tt.err
			_, err := c.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{})
			wantCode(t, err, tt.code, tt.msg)
			if tt.hidden && strings.Contains(err.Error(), "secret") {
				t.Errorf("the answer tells of our insides: %v", err)
			}
		}
		if got := s.log.String(); !strings.Contains(got, errSecret.Error()) {
			t.Errorf("the log does not tell the cause: %s", got)
		}
	})
}

func TestReport(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		var params track.Params
		if err := s.ring.Sign(page("u", 2), &params); err != nil {
			t.Fatal(err)
		}
		s.outcomes = []store.Outcome{store.Accepted, store.Duplicate, store.Accepted}
		got, err := c.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{
			{Param: params.Exposure, ActionTime: 1}, // a clock long before the page
			{Param: "click param 1"},
			{Param: params.Places[1].Read, ReadTime: 4000},
			{Param: params.Places[0].Click, ActionTime: -1},
			{Param: params.Places[0].Click, ActionTime: int64(now + feed.Day + 1)},
			{Param: params.Places[0].Read, ReadTime: -1},
			{Param: params.Places[0].Read, ReadTime: math.MaxInt64},
			{Param: params.Places[0].Click, ActionTime: int64(now - 10)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Accepted != 2 || got.Duplicate != 1 {
			t.Errorf("%d accepted, %d duplicate", got.Accepted, got.Duplicate)
		}
		wantRows(t, got.Rejected, map[int32]string{
			1: "param is malformed", 3: "action_time is -1", 4: "a day ahead", 5: "read_time is -1", 6: "longer than 7 days",
		})
		if len(s.signals) != 3 {
			t.Fatalf("%d signals submitted", len(s.signals))
		}
		first, second, third := s.signals[0], s.signals[1], s.signals[2]
		if len(first.Events) != 2 || first.Events[0].Time != now-1000 || first.Events[0].Action != feed.Exposure {
			t.Errorf("exposure before its page: %+v", first.Events)
		}
		if e := second.Events[0]; e.Time != now || e.ReadTime != 4000 || e.Article != 2 || e.User != "u" || e.Cause.Position != 1 {
			t.Errorf("read: %+v", e)
		}
		if third.Events[0].Time != now-10 {
			t.Errorf("click: %+v", third.Events[0])
		}
	})
}

func wantRows(t *testing.T, rows []*recov1.RejectedRow, want map[int32]string) {
	t.Helper()
	if len(rows) != len(want) {
		t.Errorf("rejected %v", rows)
	}
	for _, r := range rows {
		if text, ok := want[r.Index]; !ok || !strings.Contains(r.Reason, text) {
			t.Errorf("row %d rejected: %q, want %q", r.Index, r.Reason, text)
		}
	}
}

// TestReportReloadsKeys gives a param of a key that another replica added, and
// many of keys that never were.
func TestReportReloadsKeys(t *testing.T) {
	s := newSite(t)
	c := recov1.NewBehaviorProtobufClient(s.URL, s.Client())
	param := func(key uint32) string {
		var ring track.Keyring
		ring.Set([]feed.SigningKey{signingKey(key)})
		p := page("u", 1)
		p.KeyID = key
		var params track.Params
		if err := ring.Sign(p, &params); err != nil {
			t.Fatal(err)
		}
		return params.Exposure
	}
	s.onReload = func() { s.ring.Set([]feed.SigningKey{signingKey(1), signingKey(2)}) }
	report := func(key uint32) *recov1.ReportResponse {
		t.Helper()
		got, err := c.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: param(key)}}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := report(2); got.Accepted != 1 || s.reloads != 1 {
		t.Errorf("%v after %d reloads", got, s.reloads)
	}
	for range 5 {
		wantRows(t, report(9).Rejected, map[int32]string{0: "unknown key"})
	}
	if s.reloads != 1 {
		t.Errorf("%d reloads within a second", s.reloads)
	}
	s.now += feed.Second
	report(9)
	if s.reloads != 2 {
		t.Errorf("%d reloads after a second", s.reloads)
	}
}

// TestPageOfNewKey gives a page that another replica signed with its new key.
func TestPageOfNewKey(t *testing.T) {
	s := newSite(t)
	c := recov1.NewUserRecommendProtobufClient(s.URL, s.Client())
	p := page("u", 1)
	p.KeyID = 2
	s.answer.Page = p
	s.onReload = func() { s.ring.Set([]feed.SigningKey{signingKey(1), signingKey(2)}) }
	if _, err := c.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u"}); err != nil {
		t.Error(err)
	}
}

func TestRecord(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		got, err := c.Record(t.Context(), &recov1.RecordRequest{Events: []*recov1.Event{
			{UserId: "u", ArticleId: 1, Action: recov1.Event_CLICK, Time: 5, ChannelId: 2, EventId: "e1"},
			{UserId: "u", ArticleId: 0, Action: recov1.Event_CLICK},
			{UserId: "u", ArticleId: 1},
			{UserId: "u", ArticleId: 1, Action: 257},
			{UserId: "u", ArticleId: 1, Action: recov1.Event_READ, EventId: strings.Repeat("e", 129)},
			{UserId: "v", ArticleId: 2, Action: recov1.Event_DISLIKE},
			{UserId: "u", ArticleId: 1, Action: recov1.Event_CLICK, Time: int64(now + feed.Day + 1)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Accepted != 2 || got.Duplicate != 0 {
			t.Errorf("%d accepted, %d duplicate", got.Accepted, got.Duplicate)
		}
		wantRows(t, got.Rejected, map[int32]string{
			1: "article_id is 0", 2: "action is missing", 3: "action is missing", 4: "event_id is 129 bytes", 6: "time is",
		})
		a, b := s.signals[0], s.signals[1]
		if a.User != "u" || a.Key == (feed.Key{}) || a.Events[0].Time != 5 || a.Events[0].Channel != 2 {
			t.Errorf("first: %+v", a)
		}
		if b.User != "v" || b.Key != (feed.Key{}) || b.Events[0].Time != now || b.Events[0].Action != feed.Dislike {
			t.Errorf("second: %+v", b)
		}
	})
}

func TestForget(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		if _, err := c.Forget(t.Context(), &recov1.ForgetRequest{UserId: "u"}); err != nil || s.forgotten != "u" {
			t.Errorf("forgot %q: %v", s.forgotten, err)
		}
		_, err := c.Forget(t.Context(), &recov1.ForgetRequest{})
		wantCode(t, err, twirp.InvalidArgument, "user_id is empty")
	})
}

func TestBatchLimits(t *testing.T) {
	both(t, func(t *testing.T, s *site, c clients) {
		n := server.MaxRows + 1
		var err error
		_, err = c.Report(t.Context(), &recov1.ReportRequest{Signals: repeated(&recov1.Signal{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "signals holds 10001 rows")
		_, err = c.Record(t.Context(), &recov1.RecordRequest{Events: repeated(&recov1.Event{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "events holds 10001 rows")
		_, err = c.PutArticles(t.Context(), &recov1.PutArticlesRequest{Articles: repeated(&recov1.CatalogArticle{}, n)})
		wantCode(t, err, twirp.InvalidArgument, "articles holds 10001 rows")
		_, err = c.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: repeated(int64(1), n)})
		wantCode(t, err, twirp.InvalidArgument, "article_ids holds 10001 rows")
		_, err = c.GetArticles(t.Context(), &recov1.GetArticlesRequest{ArticleIds: repeated(int64(1), 1001)})
		wantCode(t, err, twirp.InvalidArgument, "article_ids holds 1001 rows")

		report, err := c.Report(t.Context(), &recov1.ReportRequest{})
		wantMessage(t, report, &recov1.ReportResponse{})
		if err != nil {
			t.Error(err)
		}
		put, err := c.PutArticles(t.Context(), &recov1.PutArticlesRequest{})
		wantMessage(t, put, &recov1.PutArticlesResponse{})
		if err != nil {
			t.Error(err)
		}
		if s.signals != nil || s.put != nil {
			t.Error("empty batches reached the learner")
		}
	})
}

func repeated[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

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

func TestBothSpellings(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"UserRecommend", "user_recommend"} {
		resp, err := http.Post(s.URL+"/twirp/reco.v1.UserRecommend/"+path, "application/json", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}
