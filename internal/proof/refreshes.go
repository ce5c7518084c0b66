package proof

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Reader is a reader and the channel they refresh.
type Reader struct {
	User    string
	Channel int32
}

// RefreshReport counts what Refreshes did and found.
type RefreshReport struct {
	Readers, Pages, Articles int
	Repeats                  int // articles served twice to a reader, or acted on before
	Ineligible               int // not in the channel, unpublished, expired, withdrawn
	Short                    int // pages of fewer articles than asked for
	Changed                  int // pages that were not the same bytes when asked for again
	Wrong                    []string
}

// OK reports whether nothing was found.
func (r *RefreshReport) OK() bool {
	return r.Repeats+r.Ineligible+r.Short+r.Changed == 0
}

func (r *RefreshReport) wrong(count *int, format string, args ...any) {
	*count++
	if len(r.Wrong) < 20 {
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

// Refreshes lets each reader refresh a number of times, pages back through
// older_time_stamp, and checks every answer. The channel must hold more
// articles than are asked for that are new to the reader, else pages are short.
func Refreshes(ctx context.Context, c Clients, readers []Reader, pages int, num int32) (*RefreshReport, error) {
	r := &RefreshReport{}
	for _, rd := range readers {
		if err := r.reader(ctx, c, rd, pages, num); err != nil {
			return r, fmt.Errorf("reader %q on channel %d: %w", rd.User, rd.Channel, err)
		}
	}
	return r, nil
}

func (r *RefreshReport) reader(ctx context.Context, c Clients, rd Reader, pages int, num int32) error {
	r.Readers++
	profile, err := c.Insight.Profile(ctx, &recov1.ProfileRequest{UserId: rd.User})
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for _, a := range profile.Acts {
		seen[a.ArticleId] = true
	}
	if err := history(ctx, c, rd, profile.NewestPages, seen); err != nil {
		return err
	}
	var served [][]byte // newest last
	var stamp int64
	for range pages {
		ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: num})
		if err != nil {
			return err
		}
		if err := r.page(ctx, c, rd, ans, seen, num); err != nil {
			return err
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(ans)
		if err != nil {
			return err
		}
		served, stamp = append(served, b), ans.TimeStamp
	}
	for i := len(served) - 1; i >= 0; i-- {
		ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: num, TimeStamp: stamp})
		if err != nil {
			return err
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(ans)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, served[i]) {
			r.wrong(&r.Changed, "page %d of %s changed", stamp, rd.User)
		}
		stamp = ans.OlderTimeStamp
	}
	return nil
}

// history adds what was served before, of the last 30 days.
func history(ctx context.Context, c Clients, rd Reader, newest []*recov1.ProfileResponse_ChannelPage, seen map[int64]bool) error {
	since := time.Now().Add(-30 * 24 * time.Hour).UnixMilli()
	for _, n := range newest {
		for stamp := n.TimeStamp; stamp > since; {
			ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: rd.User, ChannelId: n.ChannelId, TimeStamp: stamp})
			if err != nil {
				return err
			}
			for _, a := range ans.Recommends {
				seen[a.ArticleId] = true
			}
			stamp = ans.OlderTimeStamp
		}
	}
	return nil
}

func (r *RefreshReport) page(ctx context.Context, c Clients, rd Reader, ans *recov1.ArticleResponse, seen map[int64]bool, num int32) error {
	r.Pages++
	r.Articles += len(ans.Recommends)
	if len(ans.Recommends) != int(num) {
		r.wrong(&r.Short, "a page of %s on channel %d has %d articles", rd.User, rd.Channel, len(ans.Recommends))
	}
	var ids []int64
	for _, a := range ans.Recommends {
		if seen[a.ArticleId] {
			r.wrong(&r.Repeats, "article %d came to %s again", a.ArticleId, rd.User)
		}
		seen[a.ArticleId] = true
		ids = append(ids, a.ArticleId)
	}
	got, err := c.Catalog.GetArticles(ctx, &recov1.GetArticlesRequest{ArticleIds: ids})
	if err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	known := map[int64]bool{}
	for _, a := range got.Articles {
		in := rd.Channel == 0
		for _, ch := range a.ChannelIds {
			in = in || ch == rd.Channel
		}
		known[a.ArticleId] = in && a.PublishTime <= now && (a.ExpireTime == 0 || now < a.ExpireTime) && !a.Withdrawn
	}
	for _, id := range ids {
		if !known[id] {
			r.wrong(&r.Ineligible, "article %d is not eligible on channel %d", id, rd.Channel)
		}
	}
	return nil
}
