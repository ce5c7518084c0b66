package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"readnext/internal/feed"
	"readnext/internal/recommend"
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
