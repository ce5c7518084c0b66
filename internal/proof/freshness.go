package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twitchtv/twirp"

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
// the article before the click, and must not after it. A click of which a server
// that had too much to do refused something does not count.
func Freshness(ctx context.Context, c Clients, readers []Reader, reports int) (*FreshReport, error) {
	r := &FreshReport{}
	var took []time.Duration
	for i := 0; r.Reports < reports; i++ {
		if i > 10*reports {
			return nil, fmt.Errorf("of %d pages, only %d were answered and showed an article that a later preview shows too", i, r.Reports)
		}
		rd := readers[i%len(readers)]
		click, err := clickOnce(ctx, c, rd)
		switch {
		case refused(err):
			select {
			case <-time.After(refusedRest):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		case err != nil:
			return nil, err
		case click.article == 0:
			continue
		}
		took = append(took, click.took)
		r.Reports++
		if click.reflected {
			r.Reflected++
		} else if len(r.Wrong) < 20 {
			r.Wrong = append(r.Wrong, fmt.Sprintf("the click of %s on article %d does not show", rd.User, click.article))
		}
	}
	slices.Sort(took)
	if len(took) > 0 {
		r.Median, r.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return r, nil
}

// refusedRest is how long a server is left alone that refused something.
const refusedRest = 100 * time.Millisecond

// refused reports whether a server refused a request as too much.
func refused(err error) bool {
	var e twirp.Error
	return errors.As(err, &e) && e.Code() == twirp.ResourceExhausted
}

// click is one that was reported.
type click struct {
	article   int64 // 0: none, since a later preview does not show it anyway
	took      time.Duration
	reflected bool
}

// clickOnce asks for a page, reports a click on its article, and looks at the
// previews before and after.
func clickOnce(ctx context.Context, c Clients, rd Reader) (click, error) {
	page, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 1})
	if err != nil {
		return click{}, err
	}
	if len(page.Recommends) == 0 {
		return click{}, fmt.Errorf("nothing is left to serve to %s on channel %d", rd.User, rd.Channel)
	}
	article := page.Recommends[0].ArticleId
	later := &recov1.PreviewRequest{
		UserId: rd.User, ChannelId: rd.Channel, ArticleNum: 100,
		AsOf: time.Now().Add(31 * 24 * time.Hour).UnixMilli(),
	}
	shown, err := shows(ctx, c, later, article)
	if err != nil || !shown {
		return click{}, err
	}
	begin := time.Now()
	ans, err := c.Behavior.Report(ctx, &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: page.Recommends[0].Track.Click}}})
	if err != nil {
		return click{}, err
	}
	took := time.Since(begin)
	if ans.Accepted != 1 {
		return click{}, fmt.Errorf("a new signal was answered %v", ans)
	}
	shown, err = shows(ctx, c, later, article)
	return click{article, took, !shown}, err
}

func shows(ctx context.Context, c Clients, req *recov1.PreviewRequest, article int64) (bool, error) {
	p, err := c.Insight.Preview(ctx, req)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(p.Articles, func(a *recov1.ScoredArticle) bool { return a.ArticleId == article }), nil
}
