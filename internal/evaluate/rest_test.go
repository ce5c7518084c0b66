package evaluate_test

import (
	"context"
	"slices"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/feed"
)

// TestAnswersKeepUpWithTheLog asks after every few hundred acts, far apart from
// the points at which fits are settled: what the last of them taught must be
// known, as a server at rest knows it, and always the same.
func TestAnswersKeepUpWithTheLog(t *testing.T) {
	ctx := context.Background()
	ask := func() (answers [][]feed.ArticleID) {
		e, err := evaluate.NewEngine(ctx, "only factor", engine.Config{Sources: []string{"factor"}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close() //nolint:errcheck // in memory
		if err := e.Put(ctx, articles(60, begin-feed.Day)); err != nil {
			t.Fatal(err)
		}
		end := begin
		learn := func(user feed.UserID, article int) {
			end += feed.Hour
			ev := feed.Event{User: user, Article: feed.ArticleID(article), Action: feed.Click, Time: end, Channel: 1}
			if err := e.Learn(ctx, ev); err != nil {
				t.Fatal(err)
			}
		}
		// Pairs of one kind, then of another: the count of interactions stays
		// below that at which what is settled of the latter comes to be used.
		for pair, readers := range []int{120, 20} {
			for i := range readers {
				user := feed.UserID("r" + string(rune('a'+pair)) + string(rune('0'+i%10)) + string(rune('a'+i/10)))
				learn(user, 1+2*pair)
				learn(user, 2+2*pair)
			}
			learn("asker", 1+2*pair)
			ids, err := e.Rank(ctx, "asker", 1, end+1, 5)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, ids)
			if want := feed.ArticleID(2 + 2*pair); !slices.Contains(ids, want) {
				t.Errorf("answered %v, without %d that went with what was just read", ids, want)
			}
		}
		return answers
	}
	if a, b := ask(), ask(); !slices.EqualFunc(a, b, slices.Equal) {
		t.Errorf("one log was answered %v and %v", a, b)
	}
}
