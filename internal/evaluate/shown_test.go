package evaluate_test

import (
	"math"
	"testing"

	"readnext/internal/evaluate"
	"readnext/internal/feed"
)

func TestShownByHand(t *testing.T) {
	log := evaluate.Log{Articles: articles(20, begin), Events: []feed.Event{
		click("a", 1, 1), // wanted with 0 acts; shown 1 and 2 with none
		click("b", 1, 2), // wanted with 1; shown with 1 and 0
		click("c", 2, 3), // wanted with 0; shown with 2 and 0
	}}
	for i := range log.Articles {
		log.Articles[i].Tags = []string{"all", string(rune('a' + i))}
	}
	res, err := evaluate.Replay(t.Context(), evaluate.Config{}, log, []evaluate.Ranker{&onlyNew{&fixed{ids: []feed.ArticleID{1, 2}}, nil}}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	s := &res.Shown[0]
	near(t, "coverage", s.Coverage(20), 0.1)
	near(t, "bias", s.Bias(res.Questions), (3.0/6)/(1.0/3))
	near(t, "diversity", s.Diversity(), 2.0/3) // one tag of three in common
	near(t, "Gini", s.Gini(), 0)
	// -log2 of (acts+1)/(all acts+1): 0, 0; 0, 1; 0, log2(3).
	near(t, "novelty", s.Novelty(), (1+math.Log2(3))/6)
}
