package covisit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/covisit"
)

// TestDropLeavesEvidenceAsIfNeverTold drops what some readers of their own read
// and gives the numbers to articles that the others read: evidence and
// proposals are those of a model that was never told of the first ones.
func TestDropLeavesEvidenceAsIfNeverTold(t *testing.T) {
	const now = feed.Millis(1735689600000)
	dropped, never := must(covisit.New(covisit.Config{})), must(covisit.New(covisit.Config{}))
	both := []*covisit.Model{dropped, never}
	rng := rand.New(rand.NewPCG(1, 2))
	item := func(id feed.ArticleID, ord int) *feed.Item {
		return &feed.Item{ID: id, Ord: feed.Ord(ord), Channels: []feed.ChannelID{1}}
	}
	// Numbers 0 to 19 stay, 20 to 39 are dropped.
	items := make([]*feed.Item, 40)
	read := func(models []*covisit.Model, user string, from, to int) {
		for i := range 6 {
			it := items[from+rng.IntN(to-from)]
			ev := &feed.Event{User: feed.UserID(user), Article: it.ID, Action: feed.Click, Time: now + feed.Millis(i)*feed.Minute}
			for _, m := range models {
				m.ObserveItem(it)
				m.Observe(feed.Observation{Event: ev, Item: it, Value: 1})
			}
		}
	}
	for ord := range items {
		items[ord] = item(feed.ArticleID(1+ord), ord)
	}
	for i := range 50 {
		read(both, fmt.Sprint("stays ", i), 0, 20)
		read(both[:1], fmt.Sprint("goes ", i), 20, 40)
	}
	var gone []feed.Ord
	for ord := 20; ord < 40; ord++ {
		gone = append(gone, feed.Ord(ord))
		items[ord] = item(feed.ArticleID(1000+ord), ord)
	}
	dropped.Drop(feed.NewGone(gone, nil))
	for i := range 50 {
		read(both, fmt.Sprint("stays ", i), 0, 40)
	}
	for _, it := range items {
		q := &feed.Query{User: "u", Channel: 1, Now: now + feed.Hour, Acts: []feed.ItemAct{{Item: it, Value: 1, Act: feed.Act{Time: now}}}}
		var features [2][]float32
		var proposals [2][]feed.Proposal
		for k, m := range both {
			var cands []feed.Candidate
			for _, c := range items {
				cands = append(cands, feed.Candidate{Item: c, Features: make([]float32, 3)})
			}
			m.Score(q, cands, 0)
			for _, c := range cands {
				features[k] = append(features[k], c.Features...)
			}
			proposals[k] = m.Recall(q, 40, nil)
		}
		if !slices.Equal(features[0], features[1]) || !slices.Equal(proposals[0], proposals[1]) || len(proposals[1]) == 0 {
			t.Fatalf("after article %d: %v, not %v", it.ID, proposals[0], proposals[1])
		}
	}
}
