package learn

import (
	"context"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Submit records signals and returns what became of each. An event's time that
// lies ahead of now counts as now: a client's fast clock must not make an
// article trend until tomorrow.
func (l *Learner) Submit(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error) {
	if len(signals) == 0 {
		return nil, nil
	}
	for i := range signals {
		for j := range signals[i].Events {
			if ev := &signals[i].Events[j]; ev.Time > now {
				ev.Time = now
			}
		}
	}
	outcomes, at, err := l.store.AppendSignals(ctx, signals, now)
	if err != nil {
		return nil, err
	}
	l.await(ctx, at)
	return outcomes, nil
}

// PutArticles creates or replaces articles, valid and normalized ones, and
// returns for each whether it is new.
func (l *Learner) PutArticles(ctx context.Context, articles []feed.Article) ([]bool, error) {
	if len(articles) == 0 {
		return nil, nil
	}
	created, at, err := l.store.PutArticles(ctx, articles)
	if err != nil {
		return nil, err
	}
	l.await(ctx, at)
	return created, nil
}

// WithdrawArticles takes articles out of every answer and returns for each id
// whether there is such an article.
func (l *Learner) WithdrawArticles(ctx context.Context, ids []feed.ArticleID) ([]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	known, at, err := l.store.WithdrawArticles(ctx, ids)
	if err != nil {
		return nil, err
	}
	if !l.await(ctx, at) {
		return nil, feed.Errorf(feed.Unavailable, "withdrawn for good, but answers may still show it; try again")
	}
	return known, nil
}

// Forget erases a reader from the store and, by name, from the models.
func (l *Learner) Forget(ctx context.Context, user feed.UserID) error {
	at, err := l.store.Forget(ctx, user)
	if err != nil {
		return err
	}
	l.await(ctx, at)
	return nil
}
