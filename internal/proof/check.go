package proof

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Check asks the server for everything in the ledger and returns what is
// missing or changed. What is missing is made again by asking for it.
func (l *Ledger) Check(ctx context.Context, c Clients) (Findings, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wrong Findings
	for _, check := range []func(context.Context, Clients, *Findings) error{
		l.checkArticles, l.checkActs, l.checkEvents, l.checkSignals, l.checkPages, l.checkWithdrawn, l.checkForgotten,
	} {
		if err := check(ctx, c, &wrong); err != nil {
			return nil, err
		}
	}
	return wrong, nil
}

func (l *Ledger) checkArticles(ctx context.Context, c Clients, wrong *Findings) error {
	for chunk := range slices.Chunk(l.articles, 500) {
		there, err := articles(ctx, c, ids(chunk))
		if err != nil {
			return err
		}
		for _, a := range chunk {
			if there[a.what] == nil {
				wrong.add(LostArticle, a.at, "article %d is lost", a.what)
			}
		}
	}
	return nil
}

func ids(chunk []acked[int64]) []int64 {
	var ids []int64
	for _, a := range chunk {
		ids = append(ids, a.what)
	}
	return ids
}

func articles(ctx context.Context, c Clients, ids []int64) (map[int64]*recov1.CatalogArticle, error) {
	ans, err := c.Catalog.GetArticles(ctx, &recov1.GetArticlesRequest{ArticleIds: ids})
	if err != nil {
		return nil, err
	}
	there := map[int64]*recov1.CatalogArticle{}
	for _, a := range ans.Articles {
		there[a.ArticleId] = a
	}
	return there, nil
}

// fullActs is how many of a reader's acts are answered.
const fullActs = 100

// checkActs looks for the article of every event among the reader's acts.
func (l *Ledger) checkActs(ctx context.Context, c Clients, wrong *Findings) error {
	acts := map[string]map[int64]bool{}
	for _, e := range l.events {
		user := e.what.UserId
		if _, known := acts[user]; !known {
			p, err := c.Insight.Profile(ctx, &recov1.ProfileRequest{UserId: user})
			if err != nil {
				return err
			}
			acts[user] = map[int64]bool{}
			for _, a := range p.Acts {
				acts[user][a.ArticleId] = true
			}
			if len(p.Acts) == fullActs {
				acts[user] = nil // earlier ones need not be listed
			}
		}
		if a := acts[user]; a != nil && !a[e.what.ArticleId] {
			wrong.add(LostAct, e.at, "reader %s has no act on article %d", user, e.what.ArticleId)
		}
	}
	return nil
}

// checkEvents records every event once more: each must be a duplicate. A chunk
// with one that is none says only how many; which ones is not known any more.
func (l *Ledger) checkEvents(ctx context.Context, c Clients, wrong *Findings) error {
	for chunk := range slices.Chunk(l.events, 500) {
		req := &recov1.RecordRequest{}
		for _, e := range chunk {
			req.Events = append(req.Events, e.what)
		}
		ans, err := c.Behavior.Record(ctx, req)
		if err != nil {
			return err
		}
		for range len(chunk) - int(ans.Duplicate) {
			wrong.add(LostEvent, chunk[len(chunk)-1].at, "an event of %d is lost", len(chunk))
		}
	}
	return nil
}

func (l *Ledger) checkSignals(ctx context.Context, c Clients, wrong *Findings) error {
	for chunk := range slices.Chunk(l.signals, 500) {
		req := &recov1.ReportRequest{}
		for _, s := range chunk {
			req.Signals = append(req.Signals, s.what)
		}
		ans, err := c.Behavior.Report(ctx, req)
		if err != nil {
			return err
		}
		for range len(chunk) - int(ans.Duplicate) {
			wrong.add(LostSignal, chunk[len(chunk)-1].at, "a signal of %d is lost", len(chunk))
		}
	}
	return nil
}

// checkPages asks for every page again, and looks for articles on two pages of
// one reader. Pages that are lost served nothing.
func (l *Ledger) checkPages(ctx context.Context, c Clients, wrong *Findings) error {
	served := map[string]map[int64]int64{} // stamps, by reader and article
	for _, p := range l.pages {
		stamp := p.Answer.TimeStamp
		ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{
			UserId: p.User, ChannelId: p.Channel, ArticleNum: 5, TimeStamp: stamp,
		})
		if err != nil {
			return err
		}
		for _, a := range ans.Recommends {
			if !l.gone[a.ArticleId].IsZero() {
				wrong.add(Back, p.At, "article %d is withdrawn, and on page %d of %s", a.ArticleId, ans.TimeStamp, p.User)
			}
		}
		if !proto.Equal(l.lasting(ans), l.lasting(p.Answer)) {
			wrong.add(LostPage, p.At, "page %d of %s changed or is lost", stamp, p.User)
			continue
		}
		if served[p.User] == nil {
			served[p.User] = map[int64]int64{}
		}
		for _, a := range p.Answer.Recommends {
			if before, twice := served[p.User][a.ArticleId]; twice && before != stamp {
				wrong.add(Repeat, p.At, "article %d was served to %s on pages %d and %d", a.ArticleId, p.User, before, stamp)
			}
			served[p.User][a.ArticleId] = stamp
		}
	}
	return nil
}

// lasting is an answer without the articles whose withdrawal was asked for:
// they leave pages that had them.
func (l *Ledger) lasting(ans *recov1.ArticleResponse) *recov1.ArticleResponse {
	return without(ans, func(id int64) bool {
		_, gone := l.gone[id]
		return gone
	})
}

// without is an answer without some articles.
func without(ans *recov1.ArticleResponse, gone func(id int64) bool) *recov1.ArticleResponse {
	return &recov1.ArticleResponse{
		Exposure: ans.Exposure, TimeStamp: ans.TimeStamp, OlderTimeStamp: ans.OlderTimeStamp,
		Recommends: slices.DeleteFunc(slices.Clone(ans.Recommends), func(a *recov1.Article) bool { return gone(a.ArticleId) }),
	}
}

// checkWithdrawn looks for what was withdrawn.
func (l *Ledger) checkWithdrawn(ctx context.Context, c Clients, wrong *Findings) error {
	var gone []acked[int64]
	for id, at := range l.gone {
		if !at.IsZero() {
			gone = append(gone, acked[int64]{id, at})
		}
	}
	for chunk := range slices.Chunk(gone, 500) {
		there, err := articles(ctx, c, ids(chunk))
		if err != nil {
			return err
		}
		for _, a := range chunk {
			if got := there[a.what]; got != nil && !got.Withdrawn {
				wrong.add(Back, a.at, "article %d is back", a.what)
			}
		}
	}
	return nil
}

// checkForgotten looks for readers who were forgotten.
func (l *Ledger) checkForgotten(ctx context.Context, c Clients, wrong *Findings) error {
	for user, at := range l.forgot {
		p, err := c.Insight.Profile(ctx, &recov1.ProfileRequest{UserId: user})
		if err != nil {
			return err
		}
		if len(p.Acts) > 0 || p.ServedArticles > 0 || len(p.NewestPages) > 0 {
			wrong.add(Back, at, "reader %s is remembered: %v", user, p)
		}
	}
	return nil
}
