package ranker_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// TestTellsClassesApart draws every second choice by one feature and the others by
// another. No one candidate need be good in both, so weights that add the two up
// rank worse than classes do.
func TestTellsClassesApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	ways := [2]*world{{rng: rng, weight: []float64{10, 0, 0, 0}}, {rng: rng, weight: []float64{0, 10, 0, 0}}}
	one, several := bound(t, ranker.Config{ClassRate: -1}), bound(t, ranker.Config{})
	gain := 0.0
	const examples, asked = 6000, 2000
	for n := range examples {
		c := ways[n%2].draw(30, false)
		if n >= examples-asked {
			gain += logChance(several, &c) - logChance(one, &c)
		}
		one.Learn(&c)
		several.Learn(&c)
	}
	if gain /= asked; gain < 0.15 {
		t.Errorf("classes foretell choices better by %.3f nats, not by 0.15 at least", gain)
	}
}

// logChance returns the logarithm of the probability that a model gave to what
// was chosen.
func logChance(m *ranker.Model, c *ranker.Choice) float64 {
	m.Rank(c.Query, c.Candidates)
	sum := 0.0
	for i := range c.Candidates {
		sum += math.Exp(c.Candidates[i].Score)
	}
	return c.Candidates[c.Chosen].Score - math.Log(sum)
}

// TestContributionsOfClasses checks that what features add and the score differ by
// as much for every candidate, though each is of its own class.
func TestContributionsOfClasses(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	ways := [2]*world{{rng: rng, weight: []float64{8, 0, 0, 0}}, {rng: rng, weight: []float64{0, 8, -2, 0}}}
	m := bound(t, ranker.Config{})
	for n := range 4000 {
		c := ways[n%2].draw(30, false)
		m.Learn(&c)
	}
	c := ways[0].draw(30, false)
	m.Rank(c.Query, c.Candidates)
	rest := 0.0
	for i := range c.Candidates {
		add := make([]float64, len(names))
		m.Contributions(c.Query, &c.Candidates[i], add)
		left := c.Candidates[i].Score
		for _, x := range add {
			left -= x
		}
		if i > 0 && math.Abs(left-rest) > 1e-4 {
			t.Fatalf("candidate %d has %v beside its features, the one before %v", i, left, rest)
		}
		rest = left
	}
}

// TestUnlikelyScores ranks what no class would ever choose: scores stay finite.
func TestUnlikelyScores(t *testing.T) {
	m := bound(t, ranker.Config{Initial: map[string]float64{"good": 1}})
	c := (&world{rng: rand.New(rand.NewPCG(7, 1)), weight: []float64{1, 0, 0, 0}}).draw(10, false)
	m.Learn(&c)
	cands := candidates([]float32{0, 0, 0, 0}, []float32{-3000, 0, 0, 0}, []float32{-4000, 0, 0, 0})
	m.Rank(&feed.Query{Channel: 1, Now: t0}, cands)
	if s := cands; math.IsInf(s[1].Score, 0) || !(s[0].Score > s[1].Score && s[1].Score > s[2].Score) || math.IsInf(s[2].Score, 0) {
		t.Errorf("scores %v, %v, %v", s[0].Score, s[1].Score, s[2].Score)
	}
}
