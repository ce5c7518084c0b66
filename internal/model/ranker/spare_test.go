package ranker_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// told is a ranker of three sources with a feature each, of weight 5: the first
// costs nothing, the second much, the third less.
func told(t *testing.T, cfg ranker.Config) *ranker.Model {
	t.Helper()
	cfg.Initial = map[string]float64{"cheap": 5, "dear": 5, "middling": 5}
	m, err := ranker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = m.Bind([]ranker.Source{{Features: []string{"cheap"}}, {Features: []string{"dear"}, Cost: 9}, {Features: []string{"middling"}, Cost: 3}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// offers surveys n times 60 candidates, all of which the cheap source and the dear one
// propose. The dear source's feature says what the cheap one's does, or something of
// its own.
func offers(m *ranker.Model, q *feed.Query, rng *rand.Rand, n int, own bool) {
	for range n {
		cands, lists := make([]feed.Candidate, 60), make([]float32, 180)
		for i, rank := range rng.Perm(60) {
			good := float32(60-rank) / 60
			cands[i].Features = []float32{good, good, 0}
			lists[3*i], lists[3*i+1] = feed.Standing(rank), feed.Standing(rank)
			if own {
				cands[i].Features[1] = 5 * rng.Float32()
			}
		}
		m.Survey(q, cands, lists)
	}
}

// asked tells which sources are to be asked.
func asked(m *ranker.Model, q *feed.Query) (asked []bool) {
	trust, _ := m.Trust(q, nil)
	for _, w := range trust {
		asked = append(asked, w > 0)
	}
	return asked
}

func TestSourcesThatAddNothingNeedNotBeAsked(t *testing.T) {
	m := told(t, ranker.Config{})
	q := &feed.Query{Channel: 1, Now: t0}
	rng := rand.New(rand.NewPCG(3, 4))
	offers(m, q, rng, 2390, false)
	if got := asked(m, q); !slices.Equal(got, []bool{true, true, true}) {
		t.Fatalf("asked %v before 400 of a grown-up ranker measured a source", got)
	}
	offers(m, q, rng, 20, false)
	if got := asked(m, q); !slices.Equal(got, []bool{true, false, true}) {
		t.Fatalf("asked %v; the dearest adds nothing", got)
	}
	trust, _ := m.Trust(q, nil)
	if !(trust[1] <= -0.1) {
		t.Errorf("a trust of %v in a source that is spared, not what its list would count, negated", trust[1])
	}
	offers(m, q, rng, 420, false)
	if got := asked(m, q); !slices.Equal(got, []bool{true, false, false}) {
		t.Fatalf("asked %v; neither adds anything", got)
	}
	known := &feed.Query{Channel: 1, Now: t0, Acts: []feed.ItemAct{{Act: feed.Act{Time: t0 - 1}, Item: &feed.Item{Ord: 1}}}}
	if got := asked(m, known); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("asked %v of readers of whom nothing was measured", got)
	}

	image := snapshot(t, m)
	again := told(t, ranker.Config{})
	if err := again.ReadSnapshot(bytes.NewReader(image)); err != nil {
		t.Fatal(err)
	}
	if got := asked(again, q); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("asked %v after a snapshot", got)
	}
	if !bytes.Equal(image, snapshot(t, again)) {
		t.Error("a snapshot of a snapshot differs")
	}

	all := told(t, ranker.Config{Spare: -1})
	if err := all.ReadSnapshot(bytes.NewReader(image)); err != nil {
		t.Fatal(err)
	}
	if got := asked(all, q); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("asked %v where nothing is to be spared any more", got)
	}

	// What the dear source says begins to matter.
	offers(m, q, rng, 200, true)
	if got := asked(m, q); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("asked %v although much is lost by it", got)
	}
	// Later it no longer does, which is believed after more than before.
	offers(m, q, rng, 600, false)
	if got := asked(m, q); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("asked %v although patience is 800 now", got)
	}
	offers(m, q, rng, 1000, false)
	if got := asked(m, q); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("asked %v although neither has added anything for long", got)
	}
}

func TestSourcesThatAddSomethingAreAsked(t *testing.T) {
	m := told(t, ranker.Config{})
	q := &feed.Query{Channel: 1, Now: t0}
	offers(m, q, rand.New(rand.NewPCG(3, 4)), 5000, true)
	if got := asked(m, q); !slices.Equal(got, []bool{true, true, false}) {
		t.Errorf("asked %v; the second adds much and the third nothing", got)
	}
	for name, cfg := range map[string]ranker.Config{"no spare": {Spare: -1}, "no learning": {Rate: -1}} {
		m := told(t, cfg)
		offers(m, q, rand.New(rand.NewPCG(3, 4)), 4000, false)
		if got := asked(m, q); !slices.Equal(got, []bool{true, true, true}) {
			t.Errorf("%s: asked %v", name, got)
		}
	}
}

// TestWhatNoSourceProposesIsNotLost surveys pages of another system, whose ten best
// articles no source proposes: that is no reason to ask sources that add nothing.
func TestWhatNoSourceProposesIsNotLost(t *testing.T) {
	m := told(t, ranker.Config{})
	q := &feed.Query{Channel: 1, Now: t0}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		cands, lists := make([]feed.Candidate, 70), make([]float32, 210)
		for i, rank := range rng.Perm(60) {
			good := float32(60-rank) / 60
			cands[i].Features = []float32{good, good, 0}
			lists[3*i], lists[3*i+1] = feed.Standing(rank), feed.Standing(rank)
		}
		for i := 60; i < 70; i++ {
			cands[i].Features = []float32{1, 1, 0}
		}
		m.Survey(q, cands, lists)
	}
	if got := asked(m, q); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("asked %v; neither of the dear ones adds anything", got)
	}
}
