package trending_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/trending"
)

// TestWhatRequestsShareChangesNoAnswer holds a model that is asked all the time
// against one that was read from its snapshot and never asked before, at times
// that go forwards and back.
func TestWhatRequestsShareChangesNoAnswer(t *testing.T) {
	fresh := func() *trending.Model {
		m, err := trending.New(trending.Config{Top: 4})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := fresh()
	rng := rand.New(rand.NewPCG(3, 4))
	items := make([]*feed.Item, 40)
	now := feed.Millis(1_795_000_000_000)
	put := func(i int) {
		it := &feed.Item{ID: feed.ArticleID(i + 1), Ord: feed.Ord(i), Published: now + feed.Millis(rng.IntN(2000)-1800),
			Channels: []feed.ChannelID{feed.ChannelID(1 + rng.IntN(3))}, Boost: 1, Withdrawn: rng.IntN(6) == 0}
		if rng.IntN(3) == 0 {
			it.Expires = it.Published + 1 + feed.Millis(rng.IntN(900))
		}
		items[i] = it
		m.ObserveItem(it)
	}
	for i := range items {
		put(i)
	}
	columns := len(m.FeatureNames())
	for step := range 400 {
		now += feed.Millis(rng.IntN(200))
		switch i := rng.IntN(len(items)); rng.IntN(6) {
		case 0:
			put(i)
		case 1:
			m.Drop(feed.NewGone([]feed.Ord{feed.Ord(i)}, nil))
			put(i)
		case 2, 3, 4:
			e := feed.Event{Article: items[i].ID, Time: now - feed.Millis(rng.IntN(100)), Action: feed.Exposure, Cause: &feed.Cause{}}
			o := feed.Observation{Event: &e, Item: items[i]}
			if rng.IntN(2) == 0 {
				o.Action, o.Value = feed.Click, 1
			}
			m.Observe(o)
		}
		var kept bytes.Buffer
		if err := m.WriteSnapshot(&kept); err != nil {
			t.Fatal(err)
		}
		other := fresh()
		for _, it := range items {
			other.ObserveItem(it)
		}
		if err := other.ReadSnapshot(&kept); err != nil {
			t.Fatal(err)
		}
		q := &feed.Query{Channel: feed.ChannelID(rng.IntN(4)), Now: now - feed.Millis(rng.IntN(2)*rng.IntN(1500))}
		answer := func(m *trending.Model) ([]feed.Proposal, []float32) {
			proposals := m.Recall(q, 10, nil)
			table := make([]float32, columns*len(items))
			cands := make([]feed.Candidate, len(items))
			for i, it := range items {
				cands[i] = feed.Candidate{Item: it, Features: table[i*columns:][:columns]}
			}
			m.Score(q, cands, 0)
			return proposals, table
		}
		proposals, table := answer(m)
		wantProposals, wantTable := answer(other)
		if !slices.Equal(proposals, wantProposals) || !slices.Equal(table, wantTable) {
			t.Fatalf("step %d: a model that was asked before answers %v, one that was not %v", step, proposals, wantProposals)
		}
	}
}
