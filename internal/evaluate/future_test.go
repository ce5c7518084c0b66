package evaluate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/feed"
)

// cut is when the future begins.
const cut = 150 * 10 * feed.Minute

// recorder writes down what a ranker answers before then.
type recorder struct {
	evaluate.Ranker
	answers [][]feed.ArticleID
}

func (r *recorder) Rank(ctx context.Context, user feed.UserID, c feed.ChannelID, now feed.Millis, n int) ([]feed.ArticleID, error) {
	ids, err := r.Ranker.Rank(ctx, user, c, now, n)
	if now < begin+cut {
		r.answers = append(r.answers, ids)
	}
	return ids, err
}

// tagged is a log of articles with tags, one published every ten minutes, and
// acts on them by readers who like some tags.
func tagged(n int) evaluate.Log {
	rng := rand.New(rand.NewPCG(4, 0))
	var log evaluate.Log
	for i := range n {
		at := feed.Millis(i) * 10 * feed.Minute
		a := feed.Article{
			ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: begin + at,
			Author: fmt.Sprint("author", rng.IntN(9)), Tags: []string{fmt.Sprint("t", rng.IntN(12)), fmt.Sprint("t", rng.IntN(12))},
		}
		a.Normalize(begin)
		log.Articles = append(log.Articles, a)
		for k := range 5 {
			log.Events = append(log.Events, click(fmt.Sprint("u", rng.IntN(30)), feed.ArticleID(1+rng.IntN(i+1)), at+feed.Millis(k)))
		}
	}
	return log
}

// TestTheFutureChangesNothing replays a log, and the same log with another
// future: what was answered before the two part is the same to the place.
func TestTheFutureChangesNothing(t *testing.T) {
	const n, same = 200, int(cut / (10 * feed.Minute))
	whole := tagged(n)
	other := evaluate.Log{Articles: slices.Clone(whole.Articles), Events: slices.Clone(whole.Events[:5*same])}
	for i := same; i < n; i++ {
		other.Articles[i].Tags, other.Articles[i].Author = []string{"t1"}, "author1"
	}
	for i := range 5 * (n - same) {
		other.Events = append(other.Events, click(fmt.Sprint("u", i%30), feed.ArticleID(1+i%7), cut+feed.Millis(i)))
	}
	var answers [2][][]feed.ArticleID
	for i, log := range []evaluate.Log{whole, other} {
		e, err := evaluate.NewEngine(t.Context(), "readnext", engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		all := []*recorder{{Ranker: e}, {Ranker: evaluate.Popular("day", feed.Day)}, {Ranker: evaluate.ItemKNN()},
			{Ranker: evaluate.SequentialRules()}, {Ranker: evaluate.VSkNN()}, {Ranker: evaluate.EASE(10, 100)}}
		var rankers []evaluate.Ranker
		for _, r := range all {
			rankers = append(rankers, r)
		}
		_, err = evaluate.Replay(t.Context(), evaluate.Config{}, log, rankers, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			answers[i] = append(answers[i], r.answers...)
		}
	}
	if len(answers[0]) < 6*200 || len(answers[0]) != len(answers[1]) {
		t.Fatalf("%d and %d answers", len(answers[0]), len(answers[1]))
	}
	differ := 0
	for i := range answers[0] {
		if !slices.Equal(answers[0][i], answers[1][i]) {
			differ++
		}
	}
	if differ > 0 {
		t.Errorf("%d of %d answers depend on what comes later", differ, len(answers[0]))
	}
}
