package proof

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Check asks the server for everything in the ledger and returns what is
// missing or changed, one line each.
func (l *Ledger) Check(ctx context.Context, c Clients) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wrong []string
	for _, check := range []func(context.Context, Clients) ([]string, error){
		l.checkArticles, l.checkEvents, l.checkSignals, l.checkPages, l.checkGone,
	} {
		w, err := check(ctx, c)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, w...)
	}
	return wrong, nil
}

func (l *Ledger) checkArticles(ctx context.Context, c Clients) (wrong []string, err error) {
	for ids := range chunks(l.articles, 500) {
		ans, err := c.Catalog.GetArticles(ctx, &recov1.GetArticlesRequest{ArticleIds: ids})
		if err != nil {
			return nil, err
		}
		there := map[int64]bool{}
		for _, a := range ans.Articles {
			there[a.ArticleId] = true
		}
		for _, id := range ids {
			if !there[id] {
				wrong = append(wrong, fmt.Sprintf("article %d is lost", id))
			}
		}
	}
	return wrong, nil
}

// checkEvents records every event once more: each must be a duplicate, and
// its article must be among the reader's acts.
func (l *Ledger) checkEvents(ctx context.Context, c Clients) (wrong []string, err error) {
	acts := map[string]map[int64]bool{}
	for _, e := range l.events {
		if acts[e.UserId] != nil {
			continue
		}
		p, err := c.Insight.Profile(ctx, &recov1.ProfileRequest{UserId: e.UserId})
		if err != nil {
			return nil, err
		}
		acts[e.UserId] = map[int64]bool{}
		for _, a := range p.Acts {
			acts[e.UserId][a.ArticleId] = true
		}
		if len(p.Acts) == 100 {
			acts[e.UserId] = nil // full: earlier ones need not be listed
		}
	}
	for events := range chunks(l.events, 500) {
		ans, err := c.Behavior.Record(ctx, &recov1.RecordRequest{Events: events})
		if err != nil {
			return nil, err
		}
		if int(ans.Duplicate) != len(events) {
			wrong = append(wrong, fmt.Sprintf("%d of %d events are lost", len(events)-int(ans.Duplicate), len(events)))
		}
		for _, e := range events {
			if a := acts[e.UserId]; a != nil && !a[e.ArticleId] {
				wrong = append(wrong, fmt.Sprintf("reader %s has no act on article %d", e.UserId, e.ArticleId))
			}
		}
	}
	return wrong, nil
}

func (l *Ledger) checkSignals(ctx context.Context, c Clients) (wrong []string, err error) {
	for signals := range chunks(l.signals, 500) {
		ans, err := c.Behavior.Report(ctx, &recov1.ReportRequest{Signals: signals})
		if err != nil {
			return nil, err
		}
		if int(ans.Duplicate) != len(signals) {
			wrong = append(wrong, fmt.Sprintf("%d of %d signals are lost", len(signals)-int(ans.Duplicate), len(signals)))
		}
	}
	return wrong, nil
}

func (l *Ledger) checkPages(ctx context.Context, c Clients) (wrong []string, err error) {
	served := map[string]map[int64]bool{}
	for _, p := range l.pages {
		ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{
			UserId: p.User, ChannelId: p.Channel, ArticleNum: 5, TimeStamp: p.Answer.TimeStamp,
		})
		if err != nil {
			return nil, err
		}
		for _, a := range ans.Recommends {
			if l.gone[a.ArticleId] {
				wrong = append(wrong, fmt.Sprintf("article %d is withdrawn, and on page %d of %s", a.ArticleId, ans.TimeStamp, p.User))
			}
		}
		if !proto.Equal(l.lasting(ans), l.lasting(p.Answer)) {
			wrong = append(wrong, fmt.Sprintf("page %d of %s changed or is lost", p.Answer.TimeStamp, p.User))
		}
		if served[p.User] == nil {
			served[p.User] = map[int64]bool{}
		}
		for _, a := range p.Answer.Recommends {
			if served[p.User][a.ArticleId] {
				wrong = append(wrong, fmt.Sprintf("article %d was served to %s twice", a.ArticleId, p.User))
			}
			served[p.User][a.ArticleId] = true
		}
	}
	return wrong, nil
}

// lasting is an answer without the articles whose withdrawal was asked for:
// they leave pages that had them.
func (l *Ledger) lasting(ans *recov1.ArticleResponse) *recov1.ArticleResponse {
	return &recov1.ArticleResponse{
		Exposure: ans.Exposure, TimeStamp: ans.TimeStamp, OlderTimeStamp: ans.OlderTimeStamp,
		Recommends: slices.DeleteFunc(slices.Clone(ans.Recommends), func(a *recov1.Article) bool {
			_, gone := l.gone[a.ArticleId]
			return gone
		}),
	}
}

// checkGone looks for what was withdrawn or forgotten.
func (l *Ledger) checkGone(ctx context.Context, c Clients) (wrong []string, err error) {
	var gone []int64
	for id, acknowledged := range l.gone {
		if acknowledged {
			gone = append(gone, id)
		}
	}
	for ids := range chunks(gone, 500) {
		ans, err := c.Catalog.GetArticles(ctx, &recov1.GetArticlesRequest{ArticleIds: ids})
		if err != nil {
			return nil, err
		}
		for _, a := range ans.Articles {
			if !a.Withdrawn {
				wrong = append(wrong, fmt.Sprintf("article %d is back", a.ArticleId))
			}
		}
	}
	for user := range l.forgot {
		p, err := c.Insight.Profile(ctx, &recov1.ProfileRequest{UserId: user})
		if err != nil {
			return nil, err
		}
		if len(p.Acts) > 0 || p.ServedArticles > 0 || len(p.NewestPages) > 0 {
			wrong = append(wrong, fmt.Sprintf("reader %s is remembered: %v", user, p))
		}
	}
	return wrong, nil
}

// chunks yields all of s in pieces of up to n.
func chunks[T any](s []T, n int) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(s) > 0 {
			k := min(n, len(s))
			if !yield(s[:k]) {
				return
			}
			s = s[k:]
		}
	}
}
