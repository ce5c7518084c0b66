package recommend_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestContributionsAddUp holds what a preview says of each score against the
// score: features and sources add up to it, but for the boost and a bias, and the best of
// the features named is no other than those the ranker has.
func TestContributionsAddUp(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	newsstand(t, h)
	boosted := feed.Article{ID: 3, Channels: []feed.ChannelID{1}, Author: "author0", Tags: []string{"tag0"}, Published: h.now, Boost: 1.5}
	boosted.Normalize(h.now)
	if _, err := h.learner.PutArticles(t.Context(), []feed.Article{boosted}); err != nil {
		t.Fatal(err)
	}
	var signals []feed.Signal
	for i, user := range []feed.UserID{"a", "b", "c", "u"} {
		for k := range 4 {
			ev := feed.Event{User: user, Article: feed.ArticleID(5*i + 3*k + 1), Action: feed.Click, Time: h.now - feed.Millis(100-k)*feed.Minute, Channel: 1}
			if user == "u" && k == 3 {
				ev.Action = feed.Dislike
			}
			signals = append(signals, feed.Signal{User: user, Events: []feed.Event{ev}})
		}
	}
	if _, err := h.learner.Submit(t.Context(), signals, h.now); err != nil {
		t.Fatal(err)
	}
	for _, user := range []feed.UserID{"", "u"} {
		scored, err := h.recommender.Preview(t.Context(), user, feed.AllChannels, 60, h.now)
		if err != nil {
			t.Fatal(err)
		}
		bias := 0.0
		for i, sc := range scored {
			features, sources := 0.0, 0.0
			for i, c := range sc.Contributions {
				features += c.Value
				if c.Name != sc.Features[i].Name {
					t.Errorf("article %d: the contribution of %s stands beside %s", sc.Article, c.Name, sc.Features[i].Name)
				}
				if sc.Features[i].Value == 0 && c.Value != 0 {
					t.Errorf("article %d: %s is 0 and adds %v", sc.Article, c.Name, c.Value)
				}
			}
			for _, c := range sc.SourceContributions {
				sources += c.Value
			}
			// What no feature adds is the same for all.
			rest := sc.Score - features - math.Log(sc.Boost)
			if i == 0 {
				bias = rest
			}
			if math.Abs(rest-bias) > 1e-9 || math.Abs(features-sources) > 1e-9 {
				t.Errorf("article %d: features add %v, sources %v, boost %v, score %v", sc.Article, features, sources, sc.Boost, sc.Score)
			}
			if sc.Reason.Kind == feed.ReasonNone || sc.Reason.Text == "" {
				t.Errorf("article %d: no reason: %+v", sc.Article, sc.Reason)
			}
			if boost := sc.Article == 3; boost != (sc.Boost == 1.5) {
				t.Errorf("article %d: boost %v", sc.Article, sc.Boost)
			}
		}
	}
}

// TestContributionsOfManyAddUp asks for many articles once the ranker's classes
// have learned something.
func TestContributionsOfManyAddUp(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	var articles []feed.Article
	for id := range feed.ArticleID(300) {
		a := feed.Article{ID: id + 1, Channels: []feed.ChannelID{1}, Tags: []string{fmt.Sprint("t", id%7)}, Published: h.now - feed.Millis(id+60)*feed.Minute, Boost: 1 + float64(id%3)/10}
		a.Normalize(h.now)
		articles = append(articles, a)
	}
	if _, err := h.learner.PutArticles(t.Context(), articles); err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		ev := feed.Event{User: feed.UserID(fmt.Sprint("u", i%6)), Article: feed.ArticleID(1 + i*i%97), Action: feed.Click, Time: h.now - feed.Millis(120-i)*10*feed.Second + feed.Millis(i*i*977%9000), Channel: 1}
		if _, err := h.learner.Submit(t.Context(), []feed.Signal{{User: ev.User, Events: []feed.Event{ev}}}, h.now); err != nil {
			t.Fatal(err)
		}
	}
	scored, err := h.recommender.Preview(t.Context(), "u5", 1, 100, h.now)
	if err != nil || len(scored) != 100 {
		t.Fatalf("%d articles, %v", len(scored), err)
	}
	bias := 0.0
	for i, sc := range scored {
		rest := sc.Score - math.Log(sc.Boost)
		for _, c := range sc.Contributions {
			rest -= c.Value
		}
		if i == 0 {
			bias = rest
		}
		if math.Abs(rest-bias) > 1e-9 {
			t.Errorf("place %d: features leave %v of the score to no feature, %v at the first place", i, rest, bias)
		}
	}
}

// counting is a ranker that counts how often it is asked for contributions.
type counting struct {
	recommend.Ranker
	asked int
}

func (c *counting) Contributions(q *feed.Query, cand *feed.Candidate, dst []float64) {
	c.asked++
	c.Ranker.Contributions(q, cand, dst)
}

// TestFewAreExplained wants a preview among many candidates not to explain all
// of them: that is where its time would go.
func TestFewAreExplained(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	var articles []feed.Article
	for id := range feed.ArticleID(300) {
		a := feed.Article{ID: id + 1, Channels: []feed.ChannelID{1}, Published: h.now - feed.Millis(id)}
		a.Normalize(h.now)
		articles = append(articles, a)
	}
	if _, err := h.learner.PutArticles(t.Context(), articles); err != nil {
		t.Fatal(err)
	}
	c := &counting{Ranker: h.recommender.Ranker}
	h.recommender.Ranker = c
	for _, n := range []int{1, 10, 100} {
		c.asked = 0
		scored, err := h.recommender.Preview(t.Context(), "u", 1, n, h.now)
		if err != nil || len(scored) != n {
			t.Fatalf("%d articles, %v", len(scored), err)
		}
		if more := c.asked - n; more < 32 || more > 64 {
			t.Errorf("%d candidates beside the %d shown were explained", more, n)
		}
	}
}

// TestReasonOfChance asks why an article took a place for fresh ones.
func TestReasonOfChance(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	newsstand(t, h)
	e := h.with(t, recommend.Config{Explore: explore.Policy{FreshShare: 1}, FreshFor: 5 * feed.Hour})
	scored, err := e.Preview(t.Context(), "", 1, 10, h.now)
	if err != nil {
		t.Fatal(err)
	}
	for i, sc := range scored {
		if tried := sc.Reason.Kind == feed.ReasonTried; tried != (i < 5) || tried != strings.Contains(sc.Reason.Text, "being tried") {
			t.Errorf("place %d: article %d, %+v", i, sc.Article, sc.Reason)
		}
	}
}
