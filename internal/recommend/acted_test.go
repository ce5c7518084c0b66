package recommend_test

import (
	"context"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// spy is a ranker that keeps what it was asked.
type spy struct {
	recommend.Ranker
	acted []feed.Ord
	acts  int
}

func (s *spy) Rank(q *feed.Query, cands []feed.Candidate) {
	s.acted, s.acts = slices.Clone(q.Acted), len(q.Acts)
	s.Ranker.Rank(q, cands)
}

// TestActed looks at what a query says of a long past: more than the acts that
// are kept, the newest, without what was disliked since.
func TestActed(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	ctx := context.Background()
	const articles = 350
	batch := make([]feed.Article, articles+1)
	for i := range batch {
		batch[i] = feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: h.now - feed.Day}
		batch[i].Normalize(h.now)
	}
	_, err := h.learner.PutArticles(ctx, batch)
	h.check(err)
	record := func(a feed.Action, id int, at feed.Millis) {
		ev := feed.Event{User: "u", Article: feed.ArticleID(id), Action: a, Time: at}
		_, err := h.learner.Submit(ctx, []feed.Signal{{User: "u", Events: []feed.Event{ev}}}, h.now)
		h.check(err)
	}
	for i := range articles {
		record(feed.Click, i+1, h.now-feed.Hour+feed.Millis(i))
	}
	record(feed.Dislike, 340, h.now-1)
	record(feed.Dislike, 345, h.now-2)
	record(feed.Click, 345, h.now-1) // on second thoughts
	s := &spy{Ranker: h.recommender.Ranker}
	h.recommender.Ranker = s
	_, err = h.recommender.Preview(ctx, "u", 1, 1, h.now)
	h.check(err)
	var want []feed.Ord
	for id := feed.ArticleID(articles - 300 + 1); id <= articles; id++ {
		if id != 340 {
			want = append(want, h.recommender.Catalog.Lookup(id).Ord)
		}
	}
	if !slices.Equal(s.acted, want) {
		t.Errorf("acted: %v\nwant: %v", s.acted, want)
	}
	if s.acts > feed.MaxActs {
		t.Errorf("%d acts", s.acts)
	}
	_, err = h.recommender.Preview(ctx, "stranger", 1, 1, h.now)
	h.check(err)
	if len(s.acted) != 0 {
		t.Errorf("a stranger acted on %v", s.acted)
	}
}
