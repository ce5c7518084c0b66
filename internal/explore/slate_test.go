package explore_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

// cands makes candidates of which every third is fresh, two and two in a row
// have an author, and those of even number a tag.
func cands(scores ...float64) []explore.Candidate {
	out := make([]explore.Candidate, len(scores))
	for i, s := range scores {
		it := &feed.Item{ID: feed.ArticleID(i + 1), Author: feed.Name(i/2 + 1), Channels: []feed.ChannelID{feed.ChannelID(i%2 + 1)}}
		if i%2 == 0 {
			it.Tags = []feed.Name{7, feed.Name(8 + i)}
		}
		out[i] = explore.Candidate{Item: it, Score: s, Fresh: i%3 == 2}
	}
	return out
}

// allowed are the candidates that may take the next place, by the windows'
// words and as plainly as can be.
func allowed(cs []explore.Candidate, w explore.Windows, above []int) []int {
	groups := func(i int) map[string]explore.Window {
		it := cs[i].Item
		out := map[string]explore.Window{}
		for _, t := range it.Tags {
			out[fmt.Sprint("tag ", t)] = w.Tag
		}
		for _, c := range it.Channels {
			out[fmt.Sprint("channel ", c)] = w.Channel
		}
		if it.Author != 0 {
			out[fmt.Sprint("author ", it.Author)] = w.Author
		}
		return out
	}
	breaks := func(i int) int {
		worst := 0
		for g, x := range groups(i) {
			if x.Of == 0 {
				continue
			}
			n := 1
			for _, a := range above[max(0, len(above)-x.Of+1):] {
				if _, shared := groups(a)[g]; shared {
					n++
				}
			}
			if n > x.Most {
				worst = max(worst, map[byte]int{'t': 1, 'c': 2, 'a': 3}[g[0]])
			}
		}
		return worst
	}
	var out []int
	least := 4
	for i := range cs {
		if slices.Contains(above, i) {
			continue
		}
		if b := breaks(i); b < least {
			least, out = b, []int{i}
		} else if b == least {
			out = append(out, i)
		}
	}
	return out
}

// probability is that of a slate's places by the formula, each given those
// above it.
func probability(p explore.Policy, cs []explore.Candidate, w explore.Windows, slate []int) []float64 {
	var out []float64
	for k, want := range slate {
		left := allowed(cs, w, slate[:k])
		sum, fresh, best := 0.0, 0, left[0]
		for _, i := range left {
			sum += math.Exp(cs[i].Score / max(p.Temperature, 1e-9))
			if cs[i].Fresh {
				fresh++
			}
			if cs[i].Score > cs[best].Score || cs[i].Score == cs[best].Score && cs[i].Item.ID > cs[best].Item.ID {
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
		if !slices.Contains(left, want) {
			out = append(out, 0)
			continue
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
	}
	return out
}

var (
	authors  = explore.Windows{Author: explore.Window{Most: 1, Of: 2}}
	all      = explore.Windows{Author: explore.Window{Most: 1, Of: 3}, Channel: explore.Window{Most: 2, Of: 3}, Tag: explore.Window{Most: 1, Of: 2}}
	hopeless = explore.Windows{Author: explore.Window{Most: 1, Of: 9}, Channel: explore.Window{Most: 1, Of: 9}, Tag: explore.Window{Most: 1, Of: 9}}
)

var policies = map[string]struct {
	policy  explore.Policy
	windows explore.Windows
	places  int
}{
	"Plackett-Luce":           {explore.Policy{Temperature: 0.7}, explore.Windows{}, 3},
	"with fresh places":       {explore.Policy{Temperature: 0.7, FreshShare: 0.3}, explore.Windows{}, 3},
	"greedy but for fresh":    {explore.Policy{FreshShare: 0.4}, explore.Windows{}, 3},
	"in windows":              {explore.Policy{Temperature: 1}, authors, 3},
	"in windows, with fresh":  {explore.Policy{Temperature: 0.5, FreshShare: 0.2}, all, 4},
	"in broken windows":       {explore.Policy{Temperature: 1}, hopeless, 4},
	"in broken, with fresh":   {explore.Policy{Temperature: 0.5, FreshShare: 0.3}, hopeless, 4},
	"greedy in windows":       {explore.Policy{FreshShare: 0.4}, all, 4},
	"nearly even temperature": {explore.Policy{Temperature: 50}, explore.Windows{}, 3},
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
			var scratch explore.Scratch
			for range draws {
				dst = tc.policy.Slate(cs, tc.places, tc.windows, rng, dst[:0], &scratch)
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
				for k, p := range probability(tc.policy, cs, tc.windows, slate) {
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
// another drew, within windows that must give way too, and wants the truth
// within four standard errors.
func TestInversePropensity(t *testing.T) {
	cs := cands(0.5, 0.1, 0.8, 0.3, 0.2)
	target := explore.Policy{Temperature: 0.3}
	for name, w := range map[string]explore.Windows{"no windows": {}, "windows": all, "broken windows": hopeless} {
		t.Run(name, func(t *testing.T) { inversePropensity(t, cs, w, target) })
	}
}

func inversePropensity(t *testing.T, cs []explore.Candidate, w explore.Windows, target explore.Policy) {
	const draws = 100_000
	click := []float64{0.1, 0.6, 0.2, 0.4, 0.9} // unlike the scores
	logging := explore.Policy{Temperature: 0.8, FreshShare: 0.1}
	rng := rand.New(rand.NewPCG(3, 4))
	sum, squares := 0.0, 0.0
	var slate []explore.Choice
	var scratch explore.Scratch
	known := map[[3]int][]float64{}
	for range draws {
		slate = logging.Slate(cs, 3, w, rng, slate[:0], &scratch)
		ratio, value := 1.0, 0.0
		key := [3]int{slate[0].Index, slate[1].Index, slate[2].Index}
		wanted := known[key]
		if wanted == nil {
			wanted = probability(target, cs, w, key[:])
			known[key] = wanted
		}
		for k, c := range slate {
			ratio *= wanted[k] / c.Propensity
			if rng.Float64() < click[c.Index] {
				value++
			}
		}
		sum += ratio * value
		squares += ratio * value * ratio * value
	}
	truth, whole := 0.0, 0.0
	for i := range cs {
		for j := range cs {
			for k := range cs {
				if i == j || j == k || i == k {
					continue
				}
				p := probability(target, cs, w, []int{i, j, k})
				truth += p[0] * p[1] * p[2] * (click[i] + click[j] + click[k])
				whole += p[0] * p[1] * p[2]
			}
		}
	}
	if math.Abs(whole-1) > 1e-9 {
		t.Fatalf("all slates together have the probability %v", whole)
	}
	mean := sum / draws
	se := math.Sqrt((squares/draws - mean*mean) / draws)
	if math.Abs(mean-truth) > 4*se {
		t.Errorf("the estimate is %v ± %v, the truth %v", mean, se, truth)
	}
}

func TestGreedy(t *testing.T) {
	cs := cands(0.1, 0.9, 0.5)
	slate := explore.Policy{}.Slate(cs, 5, explore.Windows{}, nil, nil, new(explore.Scratch))
	if fmt.Sprint(slate) != "[{1 1 false} {2 1 false} {0 1 false}]" {
		t.Errorf("%v", slate)
	}
	for _, p := range []explore.Policy{{}, {Temperature: 1}} {
		if slate = p.Slate(nil, 5, all, nil, nil, new(explore.Scratch)); len(slate) != 0 {
			t.Errorf("from nothing: %v", slate)
		}
	}
}

// TestExtremes draws from scores whose weights underflow and overflow.
func TestExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, temperature := range []float64{1e-300, 1e-9, 1, 1e300} {
		for _, w := range []explore.Windows{{}, all} {
			cs := cands(1e9, -1e9, 0, 1e-9, 5)
			slate := explore.Policy{Temperature: temperature, FreshShare: 0.1}.Slate(cs, 5, w, rng, nil, new(explore.Scratch))
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
}

// BenchmarkSlate fills 10 places from 300 candidates of 30 authors, 60 tags and
// 8 channels.
func BenchmarkSlate(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	cs := make([]explore.Candidate, 300)
	for i := range cs {
		cs[i] = explore.Candidate{Item: &feed.Item{
			ID: feed.ArticleID(i + 1), Author: feed.Name(1 + rng.IntN(30)), Channels: []feed.ChannelID{feed.ChannelID(1 + rng.IntN(8))},
			Tags: []feed.Name{feed.Name(100 + rng.IntN(20)), feed.Name(120 + rng.IntN(20)), feed.Name(140 + rng.IntN(20))},
		}, Score: rng.Float64(), Fresh: i%20 == 0}
	}
	one := make([]explore.Candidate, len(cs)) // all by one author
	for i := range one {
		one[i] = cs[i]
		it := *cs[i].Item
		it.Author = 1
		one[i].Item = &it
	}
	windows := explore.Windows{Author: explore.Window{Most: 2, Of: 10}, Channel: explore.Window{Most: 4, Of: 10}, Tag: explore.Window{Most: 6, Of: 10}}
	draw := explore.Policy{Temperature: 0.1, FreshShare: 0.05}
	for _, bm := range []struct {
		name    string
		cands   []explore.Candidate
		policy  explore.Policy
		windows explore.Windows
	}{
		{"draw", cs, draw, explore.Windows{}},
		{"draw/windows", cs, draw, windows},
		{"draw/windows/one-author", one, draw, windows},
		{"greedy", cs, explore.Policy{}, explore.Windows{}},
		{"greedy/windows", cs, explore.Policy{}, windows},
		{"greedy/windows/one-author", one, explore.Policy{}, windows},
	} {
		b.Run(bm.name, func(b *testing.B) {
			var dst []explore.Choice
			var scratch explore.Scratch
			b.ReportAllocs()
			for b.Loop() {
				dst = bm.policy.Slate(bm.cands, 10, bm.windows, rng, dst[:0], &scratch)
			}
		})
	}
}
