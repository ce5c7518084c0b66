package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"google.golang.org/protobuf/proto"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	recov1 "readnext/rpc/reco/v1"
)

// canned answers with a page built beforehand.
type canned struct{ answer *recov1.ArticleResponse }

func (c canned) UserRecommend(context.Context, *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	return c.answer, nil
}

// discard is a response writer that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkHandler compares a bare Twirp handler on a chi router with the same
// behind all of the server's guards, and with a page of ten that is converted
// and signed for each request; in protobuf and in JSON.
func BenchmarkHandler(b *testing.B) {
	f := &rooms{now: now, ready: true, answer: recommend.Answer{Page: page("u8d214a1e5c99", 10)}}
	f.ring.Set([]feed.SigningKey{signingKey(1)})
	metrics := server.NewMetrics("bench")
	live := server.NewLive(server.LiveParts{
		Recommender: f, Inspector: f, Learner: f, Articles: f, Params: &f.ring,
		Ready: func() bool { return true }, Now: now.Time, Metrics: metrics,
	})
	answer, err := live.UserRecommend.UserRecommend(b.Context(), &recov1.UserRequest{UserId: "u8d214a1e5c99"})
	if err != nil {
		b.Fatal(err)
	}
	bare := chi.NewRouter()
	twirp := recov1.NewUserRecommendServer(canned{answer})
	bare.Mount(twirp.PathPrefix(), twirp)
	behind := func(s server.Services) http.Handler {
		h, err := server.New(server.Config{}, server.Parts{
			Services: s, Metrics: metrics, Logger: slog.New(slog.DiscardHandler), Ready: func() bool { return true },
		})
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	guardedCanned := live
	guardedCanned.UserRecommend = canned{answer}
	body, err := proto.Marshal(&recov1.UserRequest{UserId: "u8d214a1e5c99", ChannelId: 1, ArticleNum: 10, TimeStamp: int64(now)})
	if err != nil {
		b.Fatal(err)
	}
	text := fmt.Appendf(nil, `{"user_id":"u8d214a1e5c99","channel_id":1,"article_num":10,"time_stamp":"%d"}`, now)
	for _, bm := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare}, {"guarded", behind(guardedCanned)}, {"signed", behind(live)}} {
		for kind, body := range map[string][]byte{"protobuf": body, "json": text} {
			b.Run(bm.name+"/"+kind, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r, err := http.NewRequest(http.MethodPost, recommendPath, io.NopCloser(bytes.NewReader(body)))
					if err != nil {
						b.Fatal(err)
					}
					r.ContentLength = int64(len(body))
					r.Header.Set("Content-Type", "application/"+kind)
					bm.h.ServeHTTP(discard{http.Header{}}, r)
				}
			})
		}
	}
}
