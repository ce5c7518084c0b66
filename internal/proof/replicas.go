package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Races lets one reader after the other refresh on all replicas at once, a
// number of times, and returns repeats. A page that several replicas answered,
// because they were asked with one stamp, counts once and has to be the same.
// Pages that say that they were not recorded are not looked at; their number is
// returned.
func Races(ctx context.Context, replicas []Clients, reader func(i int) Reader, times int) (wrong Findings, pages, degraded int, err error) {
	var now Reader
	served := map[int64]int64{}                  // stamps, by article, of the reader of now
	known := map[int64]*recov1.ArticleResponse{} // by stamp, likewise
	for i := range times {
		if rd := reader(i); rd != now {
			now, served, known = rd, map[int64]int64{}, map[int64]*recov1.ArticleResponse{}
		}
		answers, err := race(ctx, replicas, now, i)
		if err != nil {
			return wrong, pages, degraded, err
		}
		for _, ans := range answers {
			if ans.degraded {
				degraded++
				continue
			}
			stamp := ans.page.TimeStamp
			if before := known[stamp]; before != nil {
				same, err := samePage(ctx, replicas[0], before, ans.page)
				if err != nil {
					return wrong, pages, degraded, err
				}
				if !same {
					wrong.add(LostPage, time.Now(), "page %d of %s is two:\n%v\n%v", stamp, now.User, before, ans.page)
				}
				continue
			}
			known[stamp] = ans.page
			pages++
			for _, a := range ans.page.Recommends {
				if before := served[a.ArticleId]; before != 0 {
					wrong.add(Repeat, time.Now(), "article %d was served to %s on pages %d and %d", a.ArticleId, now.User, before, stamp)
				}
				served[a.ArticleId] = stamp
			}
		}
	}
	return wrong, pages, degraded, nil
}

// samePage reports whether two answers are one page, which withdrawn articles
// may have left.
func samePage(ctx context.Context, c Clients, a, b *recov1.ArticleResponse) (bool, error) {
	if proto.Equal(a, b) {
		return true, nil
	}
	var ids []int64
	for _, it := range slices.Concat(a.Recommends, b.Recommends) {
		ids = append(ids, it.ArticleId)
	}
	known, err := articles(ctx, c, ids)
	if err != nil {
		return false, err
	}
	left := func(p *recov1.ArticleResponse) *recov1.ArticleResponse {
		return without(p, func(id int64) bool { return known[id] == nil || known[id].Withdrawn })
	}
	return proto.Equal(left(a), left(b)), nil
}

type raced struct {
	page     *recov1.ArticleResponse
	degraded bool
}

// race refreshes on all replicas at once: with no stamp, or, every other time,
// all with that of now, as a client does that gave up waiting.
func race(ctx context.Context, replicas []Clients, rd Reader, i int) ([]raced, error) {
	var stamp int64
	if i%2 == 1 {
		stamp = time.Now().UnixMilli()
	}
	answers, errs := make([]raced, len(replicas)), make([]error, len(replicas))
	var wg sync.WaitGroup
	for k, c := range replicas {
		wg.Go(func() {
			ctx, note := noted(ctx)
			answers[k].page, errs[k] = c.Recommend.UserRecommend(ctx,
				&recov1.UserRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 5, TimeStamp: stamp})
			answers[k].degraded = note.degraded
		})
	}
	wg.Wait()
	return answers, errors.Join(errs...)
}

// Twins asks all replicas what they would serve to readers at one time, and
// returns how many readers they do not agree on to the last bit, with one
// example. It is for replicas that have caught up, while nothing is written.
func Twins(ctx context.Context, replicas []Clients, readers []Reader, asOf time.Time) (differ int, example string, err error) {
	for _, rd := range readers {
		req := &recov1.PreviewRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 20, AsOf: asOf.UnixMilli()}
		var first *recov1.PreviewResponse
		for k, c := range replicas {
			p, err := c.Insight.Preview(ctx, req)
			if err != nil {
				return differ, example, err
			}
			if len(p.Articles) == 0 {
				return differ, example, fmt.Errorf("nothing would be served to %s", rd.User)
			}
			if first == nil {
				first = p
			} else if !proto.Equal(first, p) {
				differ++
				if example == "" {
					example = fmt.Sprintf("reader %s, replica 1:\n%v\nreplica %d:\n%v", rd.User, first, k+1, p)
				}
				break
			}
		}
	}
	return differ, example, nil
}

// Effects puts articles, one at a time, has each clicked on one replica, and
// returns how long after the answer another replica shows the click, which is
// when the article trends there. Ids from firstID and channels from channel on
// must be nobody else's.
func Effects(ctx context.Context, on, seen Clients, firstID int64, channel int32, times int) ([]time.Duration, error) {
	var took []time.Duration
	for i := range times {
		id, channel := firstID+int64(i), channel+int32(i/50) // few enough that all of a channel show
		put := &recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{
			{ArticleId: id, ChannelIds: []int32{channel}, PublishTime: time.Now().Add(-time.Hour).UnixMilli(), Title: "an effect"},
		}}
		if _, err := on.Catalog.PutArticles(ctx, put); err != nil {
			return took, err
		}
		ev := &recov1.Event{UserId: fmt.Sprint("effect-", id), ArticleId: id, Action: recov1.Event_CLICK, ChannelId: channel, EventId: "1"}
		if _, err := on.Behavior.Record(ctx, &recov1.RecordRequest{Events: []*recov1.Event{ev}}); err != nil {
			return took, err
		}
		for begin := time.Now(); ; {
			ans, err := seen.Insight.Trending(ctx, &recov1.TrendingRequest{ChannelId: channel, ArticleNum: 100})
			if err != nil {
				return took, err
			}
			since := time.Since(begin)
			if slices.ContainsFunc(ans.Articles, func(a *recov1.ScoredArticle) bool { return a.ArticleId == id }) {
				took = append(took, since)
				break
			}
			if since > 10*time.Second {
				return took, fmt.Errorf("a click does not show on the other replica after %v", since)
			}
			if err := wait(ctx, time.Millisecond); err != nil {
				return took, err
			}
		}
	}
	return took, nil
}
