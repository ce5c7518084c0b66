package explore_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/explore"
)

func cands(scores ...float64) []explore.Candidate {
	out := make([]explore.Candidate, len(scores))
	for i, s := range scores {
		out[i] = explore.Candidate{Score: s, Fresh: i%3 == 2}
	}
	return out
}

// probability is that of a whole slate by the formula, kept as plainly as can
// be: the product of the places' probabilities.
func probability(p explore.Policy, cs []explore.Candidate, slate []int, allowed func(int, []explore.Choice) bool) []float64 {
	var out []float64
	var above []explore.Choice
	for _, want := range slate {
		var left []int
		for i := range cs {
			if !slices.ContainsFunc(above, func(c explore.Choice) bool { return c.Index == i }) && (allowed == nil || allowed(i, above)) {
				left = append(left, i)
			}
		}
		sum, fresh, best := 0.0, 0, left[0]
		for _, i := range left {
			sum += math.Exp(cs[i].Score / max(p.Temperature, 1e-9))
			if cs[i].Fresh {
				fresh++
			}
			if cs[i].Score > cs[best].Score {
				best = i
			}
		}
		ranked := math.Exp(cs[want].Score/max(p.Temperature, 1e-9)) / sum
		if p.Temperature == 0 {
			ranked = 0
			if want == best {
				ranked = 1
			}
		}
		f := p.FreshShare
		if fresh == 0 {
			f = 0
		}
		prob := (1 - f) * ranked
		if cs[want].Fresh && f > 0 {
			prob += f / float64(fresh)
		}
		out = append(out, prob)
		above = append(above, explore.Choice{Index: want})
	}
	return out
}

// even forbids two neighbours of one parity: a window of one place.
func even(i int, above []explore.Choice) bool {
	return len(above) == 0 || above[len(above)-1].Index%2 != i%2
}

var policies = map[string]struct {
	policy  explore.Policy
	allowed func(int, []explore.Choice) bool
}{
	"Plackett-Luce":           {explore.Policy{Temperature: 0.7}, nil},
	"with fresh places":       {explore.Policy{Temperature: 0.7, FreshShare: 0.3}, nil},
	"greedy but for fresh":    {explore.Policy{FreshShare: 0.4}, nil},
	"in windows":              {explore.Policy{Temperature: 1}, even},
	"in windows, with fresh":  {explore.Policy{Temperature: 0.5, FreshShare: 0.2}, even},
	"nearly even temperature": {explore.Policy{Temperature: 50}, nil},
}

// TestFrequencies draws many slates and holds how often each came against its
// stated probability, by a chi-square test, and every stated propensity against
// the formula.
func TestFrequencies(t *testing.T) {
	const draws = 100_000
	cs := cands(1.2, 0.3, 0.9, -0.5, 0.1, 0.4)
	for name, tc := range policies {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			counts, stated := map[string]int{}, map[string]float64{}
			var dst []explore.Choice
			var scratch []float64
			for range draws {
				dst, scratch = tc.policy.Slate(cs, 3, rng, tc.allowed, dst[:0], scratch)
				var slate []int
				whole := 1.0
				for _, c := range dst {
					slate = append(slate, c.Index)
					whole *= c.Propensity
				}
				key := fmt.Sprint(slate)
				if counts[key]++; counts[key] > 1 {
					continue
				}
				stated[key] = whole
				for k, p := range probability(tc.policy, cs, slate, tc.allowed) {
					if math.Abs(p-dst[k].Propensity) > 1e-12 {
						t.Fatalf("slate %v place %d: propensity %v, want %v", slate, k, dst[k].Propensity, p)
					}
				}
			}
			// Slates too rare for the test count together.
			chi, cells, rest, restStated := 0.0, 0, 0, 1.0
			for key, p := range stated {
				expected := p * draws
				if expected < 20 {
					rest += counts[key]
					continue
				}
				restStated -= p
				d := float64(counts[key]) - expected
				chi += d * d / expected
				cells++
			}
			if expected := restStated * draws; expected >= 20 {
				d := float64(rest) - expected
				chi += d * d / expected
				cells++
			} else if restStated < -1e-9 || float64(rest) > expected+50 {
				t.Errorf("%d rare slates, stated %v", rest, restStated)
			}
			// The 99.99% quantile of chi-square, by Wilson and Hilferty.
			k := float64(cells - 1)
			limit := k * math.Pow(1-2/(9*k)+3.72*math.Sqrt(2/(9*k)), 3)
			if cells < 3 || chi > limit {
				t.Errorf("chi-square %.1f over %d cells, limit %.1f", chi, cells, limit)
			}
		})
	}
}

// TestInversePropensity estimates what one policy earns from the slates that
// another drew, and wants the truth within four standard errors.
func TestInversePropensity(t *testing.T) {
	const draws = 100_000
	cs := cands(0.5, 0.1, 0.8, 0.3, 0.2)
	click := []float64{0.1, 0.6, 0.2, 0.4, 0.9} // unlike the scores
	logging := explore.Policy{Temperature: 0.8, FreshShare: 0.1}
	target := explore.Policy{Temperature: 0.3}
	rng := rand.New(rand.NewPCG(3, 4))
	sum, squares := 0.0, 0.0
	for range draws {
		slate, _ := logging.Slate(cs, 2, rng, nil, nil, nil)
		ratio, value := 1.0, 0.0
		wanted := probability(target, cs, []int{slate[0].Index, slate[1].Index}, nil)
		for k, c := range slate {
			ratio *= wanted[k] / c.Propensity
			if rng.Float64() < click[c.Index] {
				value++
			}
		}
		sum += ratio * value
		squares += ratio * value * ratio * value
	}
	truth := 0.0
	for i := range cs {
		for j := range cs {
			if i != j {
				p := probability(target, cs, []int{i, j}, nil)
				truth += p[0] * p[1] * (click[i] + click[j])
			}
		}
	}
	mean := sum / draws
	se := math.Sqrt((squares/draws - mean*mean) / draws)
	if math.Abs(mean-truth) > 4*se {
		t.Errorf("the estimate is %v ± %v, the truth %v", mean, se, truth)
	}
}

func TestGreedy(t *testing.T) {
	cs := cands(0.1, 0.9, 0.5)
	slate, _ := explore.Policy{}.Slate(cs, 5, rand.New(rand.NewPCG(1, 1)), nil, nil, nil)
	if fmt.Sprint(slate) != "[{1 1 false} {2 1 false} {0 1 false}]" {
		t.Errorf("%v", slate)
	}
	if slate, _ = (explore.Policy{}).Slate(nil, 5, nil, nil, nil, nil); len(slate) != 0 {
		t.Errorf("from nothing: %v", slate)
	}
	none := func(int, []explore.Choice) bool { return false }
	if slate, _ = (explore.Policy{Temperature: 1}).Slate(cs, 5, nil, none, nil, nil); len(slate) != 0 {
		t.Errorf("nothing allowed: %v", slate)
	}
}

// TestExtremes draws from scores whose weights underflow and overflow.
func TestExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, temperature := range []float64{1e-300, 1e-9, 1, 1e300} {
		cs := cands(1e9, -1e9, 0, 1e-9, 5)
		slate, _ := explore.Policy{Temperature: temperature, FreshShare: 0.1}.Slate(cs, 5, rng, nil, nil, nil)
		if len(slate) != 5 {
			t.Fatalf("temperature %v: %v", temperature, slate)
		}
		for _, c := range slate {
			if !(c.Propensity > 0) || c.Propensity > 1+1e-12 {
				t.Errorf("temperature %v: propensity %v", temperature, c.Propensity)
			}
		}
	}
}

func BenchmarkSlate(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	cs := make([]explore.Candidate, 300)
	for i := range cs {
		cs[i] = explore.Candidate{Score: rng.Float64(), Fresh: i%20 == 0}
	}
	var dst []explore.Choice
	var scratch []float64
	b.ReportAllocs()
	for b.Loop() {
		dst, scratch = explore.Policy{Temperature: 0.1, FreshShare: 0.05}.Slate(cs, 10, rng, nil, dst[:0], scratch)
	}
}
