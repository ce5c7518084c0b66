package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	recov1 "readnext/rpc/reco/v1"
)

// FreshReport says how many reports the very next Preview reflected.
type FreshReport struct {
	Reports, Reflected int
	Median, P99        time.Duration // of Report's answer
	Wrong              []string
}

// Freshness reports clicks on served articles, one at a time, and right after
// each answer looks whether the next Preview reflects it. The Preview is taken
// as of 31 days ahead, when what was only served may be served again: it shows
// the article before the click, and must not after it.
func Freshness(ctx context.Context, c Clients, readers []Reader, reports int) (*FreshReport, error) {
	r := &FreshReport{}
	var took []time.Duration
	for i := 0; r.Reports < reports; i++ {
		if i > 10*reports {
			return nil, fmt.Errorf("after %d pages, only %d showed an article that a later preview shows too", i, r.Reports)
		}
		rd := readers[i%len(readers)]
		page, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 1})
		if err != nil {
			return nil, err
		}
		if len(page.Recommends) == 0 {
			return nil, fmt.Errorf("nothing is left to serve to %s on channel %d", rd.User, rd.Channel)
		}
		article := page.Recommends[0].ArticleId
		later := &recov1.PreviewRequest{
			UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 100,
			AsOf: time.Now().Add(31 * 24 * time.Hour).UnixMilli(),
		}
		shown, err := shows(ctx, c, later, article)
		if err != nil {
			return nil, err
		}
		if !shown {
			continue
		}
		begin := time.Now()
		ans, err := c.Behavior.Report(ctx, &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: page.Recommends[0].Track.Click}}})
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(begin))
		if ans.Accepted != 1 {
			return nil, fmt.Errorf("a new signal was answered %v", ans)
		}
		if shown, err = shows(ctx, c, later, article); err != nil {
			return nil, err
		}
		r.Reports++
		if !shown {
			r.Reflected++
		} else if len(r.Wrong) < 20 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("the click of %s on article %d does not show", rd.User, article))
		}
	}
	slices.Sort(took)
	if len(took) > 0 {
		r.Median, r.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return r, nil
}

func shows(ctx context.Context, c Clients, req *recov1.PreviewRequest, article int64) (bool, error) {
	p, err := c.Insight.Preview(ctx, req)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(p.Articles, func(a *recov1.ScoredArticle) bool { return a.ArticleId == article }), nil
}
