package ranker_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// survey makes 60 candidates and two sources' lists of 40: the first in the order
// of "good", but for a few that it does not know, the second in no order.
func survey(rng *rand.Rand) (cands []feed.Candidate, lists []float32) {
	for range 60 {
		cands = append(cands, feed.Candidate{Features: []float32{rng.Float32(), 0, 0, 1}})
	}
	slices.SortFunc(cands, func(a, b feed.Candidate) int {
		if a.Features[0] > b.Features[0] {
			return -1
		}
		return 1
	})
	lists = make([]float32, 2*len(cands))
	for rank := range 40 {
		lists[2*(rank+rank/10)] = feed.Standing(rank)
	}
	for rank, i := range rng.Perm(len(cands))[:40] {
		lists[2*i+1] = feed.Standing(rank)
	}
	return cands, lists
}

func TestTrustGoesToListsThatLeadToWhatRanksHigh(t *testing.T) {
	m := bound(t, ranker.Config{Initial: map[string]float64{"good": 5}})
	q := &feed.Query{Channel: 1, Now: t0}
	if got, depth := m.Trust(q, nil); !slices.Equal(got, []float32{1, 1}) || depth != 192 {
		t.Errorf("%v and %d before anything was learned", got, depth)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		cands, lists := survey(rng)
		m.Survey(q, cands, lists)
	}
	got, _ := m.Trust(q, nil)
	if got[0] < 3*got[1] || !(got[1] > 0) {
		t.Errorf("trust %v; the first list leads to what ranks high, the second to nothing", got)
	}
	known := &feed.Query{Channel: 1, Now: t0, Acts: []feed.ItemAct{{Act: feed.Act{Time: t0 - 1}, Item: &feed.Item{Ord: 1}}}}
	if got, _ := m.Trust(known, nil); !slices.Equal(got, []float32{1, 1}) {
		t.Errorf("%v in a situation of which nothing was learned", got)
	}
	other := bound(t, ranker.Config{Initial: map[string]float64{"good": 5}})
	if err := other.ReadSnapshot(bytes.NewReader(snapshot(t, m))); err != nil {
		t.Fatal(err)
	}
	if again, _ := other.Trust(q, nil); !slices.Equal(again, got) {
		t.Errorf("%v after a snapshot, %v before", again, got)
	}
}

func trustOf(m *ranker.Model, q *feed.Query) []float32 {
	trust, _ := m.Trust(q, nil)
	return trust
}

func TestSurveysThatTeachNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	cands, lists := survey(rng)
	q := &feed.Query{Channel: 1, Now: t0}
	m := bound(t, ranker.Config{Initial: map[string]float64{"good": 5}})
	before := snapshot(t, m)
	m.Survey(q, cands[:20], lists[:40]) // all of them rank high
	if !bytes.Equal(before, snapshot(t, m)) {
		t.Error("something was learned of two pages' worth of candidates")
	}
	m.Survey(q, cands, lists)
	if bytes.Equal(before, snapshot(t, m)) {
		t.Error("nothing was learned")
	}
	choice := ranker.Choice{Query: q, Candidates: cands, Chosen: 3, Weight: 1}
	a, b := bound(t, ranker.Config{}), bound(t, ranker.Config{})
	a.Learn(&choice)
	choice.Lists = lists
	b.Learn(&choice)
	if x, y := trustOf(a, q), trustOf(b, q); slices.Equal(x, y) {
		t.Errorf("trust %v after a choice without lists, %v after one with them", x, y)
	}
	fixed := bound(t, ranker.Config{Rate: -1, Initial: map[string]float64{"good": 5}})
	before = snapshot(t, fixed)
	fixed.Survey(q, cands, lists)
	if !bytes.Equal(before, snapshot(t, fixed)) {
		t.Error("a model that never learns learned")
	}
}

// TestDepthFollowsWhatListsCanTell has 150 candidates, of which lists say
// everything, or nothing.
func TestDepthFollowsWhatListsCanTell(t *testing.T) {
	for _, tc := range []struct {
		name      string
		told      bool
		low, high int
	}{{"everything", true, 32, 40}, {"nothing", false, 135, 192}} {
		m := bound(t, ranker.Config{Initial: map[string]float64{"good": 5}})
		rng := rand.New(rand.NewPCG(3, 4))
		q := &feed.Query{Channel: 1, Now: t0}
		for range 4000 {
			cands, lists := make([]feed.Candidate, 150), make([]float32, 300)
			for rank, i := range rng.Perm(150) {
				x := rng.Float32()
				if tc.told {
					x = 1 - float32(rank)/150
				}
				cands[i].Features = []float32{x, 0, 0, 1}
				lists[2*i] = feed.Standing(rank)
			}
			m.Survey(q, cands, lists)
		}
		if _, depth := m.Trust(q, nil); depth < tc.low || depth > tc.high {
			t.Errorf("lists tell %s: a depth of %d, not of %d to %d", tc.name, depth, tc.low, tc.high)
		}
	}
}
