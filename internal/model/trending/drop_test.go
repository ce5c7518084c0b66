package trending_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/trending"
)

// TestDropLeavesListsAsIfNeverTold drops the most popular articles, and gives
// their numbers to others: the lists are those of a model that was never told of
// them, although most of what is listed now had no place before.
func TestDropLeavesListsAsIfNeverTold(t *testing.T) {
	const articles, channels = 200, 3
	const now = feed.Millis(1735689600000)
	dropped, never := fresh(t), fresh(t)
	rng := rand.New(rand.NewPCG(1, 2))
	var gone []feed.Ord
	for ord := range feed.Ord(articles) {
		it := &feed.Item{ID: feed.ArticleID(1 + ord), Ord: ord, Channels: []feed.ChannelID{feed.ChannelID(1 + ord%channels)}}
		popular := ord%4 == 0
		if popular {
			gone = append(gone, ord)
		}
		for i := range 1 + rng.IntN(5) {
			ev := &feed.Event{User: "u", Article: it.ID, Action: feed.Click, Time: now + feed.Millis(i)}
			o := feed.Observation{Event: ev, Item: it, Value: 1 + rng.Float64()}
			if popular {
				o.Value += 100
			}
			for _, m := range []*trending.Model{dropped, never} {
				if m == dropped || !popular {
					m.ObserveItem(it)
					m.Observe(o)
				}
			}
		}
	}
	dropped.Drop(feed.NewGone(gone, nil))
	for _, ord := range gone[:10] { // in the last channel alone, of little note
		it := &feed.Item{ID: feed.ArticleID(1000 + ord), Ord: ord, Channels: []feed.ChannelID{channels}}
		o := feed.Observation{Event: &feed.Event{User: "u", Article: it.ID, Action: feed.Click, Time: now}, Item: it, Value: 0.25 + float64(ord)}
		for _, m := range []*trending.Model{dropped, never} {
			m.ObserveItem(it)
			m.Observe(o)
		}
	}
	for c := range feed.ChannelID(channels + 1) {
		for k := range dropped.HalfLives() {
			got, want := dropped.Top(c, k, 8, nil), never.Top(c, k, 8, nil)
			if len(want) < 8 || !slices.Equal(got, want) {
				t.Errorf("channel %d, half-life %d: %v, not %v", c, k, got, want)
			}
		}
	}
}

func fresh(t *testing.T) *trending.Model {
	m, err := trending.New(trending.Config{Top: 8})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
