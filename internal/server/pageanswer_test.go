package server_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/server"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// perReader answers each reader a page of their own, of as many places as they
// ask for.
type perReader struct{ *rooms }

func (perReader) Recommend(_ context.Context, r recommend.Request, _ feed.Millis) (recommend.Answer, error) {
	p := page(r.User, r.Num)
	for i := range p.Places {
		p.Places[i].Article += feed.ArticleID(1000 * r.Num)
	}
	return recommend.Answer{Page: p, Older: p.Older}, nil
}

// TestAnswersAreNotMixed has many readers ask at a time, for pages of all
// lengths, and wants each param to be of the reader and the article that it was
// asked for: answers use the memory of those before them.
func TestAnswersAreNotMixed(t *testing.T) {
	s := newSite(t, func(_ *server.Config, parts *server.Parts) {
		f := &rooms{now: now, ready: true}
		f.ring.Set([]feed.SigningKey{signingKey(1)})
		parts.Services = server.NewLive(server.LiveParts{
			Recommender: perReader{f}, Inspector: f, Learner: f, Articles: f, Params: &f.ring,
			Ready: func() bool { return true }, Now: now.Time, Metrics: parts.Metrics,
		})
	})
	ring := new(track.Keyring)
	ring.Set([]feed.SigningKey{signingKey(1)})
	var wg sync.WaitGroup
	for c, client := range []recov1.UserRecommend{
		recov1.NewUserRecommendProtobufClient(s.URL, s.Client()), recov1.NewUserRecommendJSONClient(s.URL, s.Client()),
		recov1.NewUserRecommendProtobufClient(s.URL, s.Client()), recov1.NewUserRecommendJSONClient(s.URL, s.Client()),
	} {
		wg.Go(func() {
			for n := range 100 {
				user := fmt.Sprintf("reader-%d-%d", c, n)
				num := 1 + n*37%20
				got, err := client.UserRecommend(t.Context(), &recov1.UserRequest{UserId: user, ArticleNum: int32(num)})
				if err != nil {
					t.Error(err)
					return
				}
				if len(got.Recommends) != num || got.TimeStamp != int64(now-1000) || got.OlderTimeStamp != int64(now-5000) {
					t.Errorf("%s asked for %d: %v", user, num, got)
				}
				for i, a := range got.Recommends {
					for action, param := range map[feed.Action]string{
						feed.Click: a.Track.Click, feed.Collect: a.Track.Collect, feed.Share: a.Track.Share, feed.Read: a.Track.Read,
					} {
						claim, err := ring.Verify(param, now)
						if err != nil || claim.User != feed.UserID(user) || claim.Action != action ||
							int64(claim.Places[0].Article) != a.ArticleId || a.ArticleId != int64(1000*num+i+1) {
							t.Errorf("%s, article %d: %+v, %v", user, a.ArticleId, claim, err)
						}
					}
				}
				if claim, err := ring.Verify(got.Exposure, now); err != nil || claim.User != feed.UserID(user) || len(claim.Places) != num {
					t.Errorf("%s: %+v, %v", user, claim, err)
				}
			}
		})
	}
	wg.Wait()
}
