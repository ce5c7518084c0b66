package server

import (
	"context"
	"strconv"
	"time"

	"github.com/twitchtv/twirp"

	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

// MaxPseudo is how many articles the pseudo engine invents at most: a larger
// answer could not be held.
const MaxPseudo = 100_000

// NewPseudo makes the services of the pseudo engine: the tutorial's invented
// answer, whoever asks. It needs no store; what only a live engine can do is
// answered as unimplemented.
func NewPseudo(now func() time.Time) Services {
	p := &pseudo{now: now}
	return Services{UserRecommend: p, Behavior: p, Catalog: p, Insight: p}
}

type pseudo struct{ now func() time.Time }

func (p *pseudo) UserRecommend(_ context.Context, in *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	if in.ArticleNum > MaxPseudo {
		return nil, twirpError(feed.Invalidf("article_num",
			"is %d; the pseudo engine invents at most %d articles, an answer of more could not be held", in.ArticleNum, MaxPseudo))
	}
	n := max(0, int(in.ArticleNum))
	out := &recov1.ArticleResponse{
		Exposure:   "exposure param",
		TimeStamp:  p.now().UnixMilli(),
		Recommends: make([]*recov1.Article, n),
	}
	for i := range n {
		no := strconv.Itoa(i + 1)
		out.Recommends[i] = &recov1.Article{
			ArticleId: int64(i + 1),
			Track: &recov1.Track{
				Click:   "click param " + no,
				Collect: "collect param " + no,
				Share:   "share param " + no,
				Read:    "read param " + no,
			},
		}
	}
	return out, nil
}

func liveOnly[T any](method string) (T, error) {
	var none T
	return none, twirp.NewError(twirp.Unimplemented, "the pseudo engine has no "+method+"; start readnext serve with --engine live")
}

func (*pseudo) Report(context.Context, *recov1.ReportRequest) (*recov1.ReportResponse, error) {
	return liveOnly[*recov1.ReportResponse]("Report")
}

func (*pseudo) Record(context.Context, *recov1.RecordRequest) (*recov1.RecordResponse, error) {
	return liveOnly[*recov1.RecordResponse]("Record")
}

func (*pseudo) Forget(context.Context, *recov1.ForgetRequest) (*recov1.ForgetResponse, error) {
	return liveOnly[*recov1.ForgetResponse]("Forget")
}

func (*pseudo) PutArticles(context.Context, *recov1.PutArticlesRequest) (*recov1.PutArticlesResponse, error) {
	return liveOnly[*recov1.PutArticlesResponse]("PutArticles")
}

func (*pseudo) GetArticles(context.Context, *recov1.GetArticlesRequest) (*recov1.GetArticlesResponse, error) {
	return liveOnly[*recov1.GetArticlesResponse]("GetArticles")
}

func (*pseudo) ListArticles(context.Context, *recov1.ListArticlesRequest) (*recov1.ListArticlesResponse, error) {
	return liveOnly[*recov1.ListArticlesResponse]("ListArticles")
}

func (*pseudo) WithdrawArticles(context.Context, *recov1.WithdrawArticlesRequest) (*recov1.WithdrawArticlesResponse, error) {
	return liveOnly[*recov1.WithdrawArticlesResponse]("WithdrawArticles")
}

func (*pseudo) Preview(context.Context, *recov1.PreviewRequest) (*recov1.PreviewResponse, error) {
	return liveOnly[*recov1.PreviewResponse]("Preview")
}

func (*pseudo) Similar(context.Context, *recov1.SimilarRequest) (*recov1.SimilarResponse, error) {
	return liveOnly[*recov1.SimilarResponse]("Similar")
}

func (*pseudo) Trending(context.Context, *recov1.TrendingRequest) (*recov1.TrendingResponse, error) {
	return liveOnly[*recov1.TrendingResponse]("Trending")
}

func (*pseudo) Profile(context.Context, *recov1.ProfileRequest) (*recov1.ProfileResponse, error) {
	return liveOnly[*recov1.ProfileResponse]("Profile")
}
