// Package explore draws slates: which candidates a page shows, and in which
// order, with the exact probability of every choice.
//
// A slate is drawn place by place. At each place the policy is a mixture over
// the candidates that are left and allowed there:
//
//	p(i) = (1-f)·exp(s_i/T) / Σ_j exp(s_j/T) + f·[i is fresh] / #fresh
//
// The first part is the Plackett-Luce model (Plackett, 1975; Luce, 1959) over
// the scores s at temperature T; at temperature 0 it is the best candidate,
// with probability 1 (greedy). The second is the share f of places that fresh
// candidates get, whatever their scores; f is 0 where none is left. What
// allowed means is the caller's affair; it may depend on the places above,
// which is how diversity enters the same draw and its probabilities.
//
// The probability of each choice given the places above, its propensity, is the
// number that the draw used, never an estimate, so that a log of pages can tell
// what another policy would have got (Horvitz, Thompson, 1952; Swaminathan et
// al., 2017).
//
// It trades time for exactness: a draw costs candidates times places. Gumbel
// top-k would cost less, but its propensities are wrong once a candidate that
// was passed over for a place is allowed at a later one.
package explore

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Candidate is what a draw needs to know of a candidate.
type Candidate struct {
	Score float64 // finite
	Fresh bool    // may take a fresh place
}

// Choice is one place of a slate.
type Choice struct {
	Index      int     // of the candidate
	Propensity float64 // above 0, at most 1
	Fresh      bool    // taken by the share of fresh candidates
}

// Policy says how slates are drawn. The zero value is greedy.
type Policy struct {
	// Temperature is in units of the score; 0 is greedy. From about the
	// distance between neighbouring scores on, places change from page to page.
	Temperature float64
	// FreshShare is the share of places that fresh candidates get, 0 to 1.
	FreshShare float64
}

// Validate reports what is out of range.
func (p Policy) Validate() error {
	if !(p.Temperature >= 0) || math.IsInf(p.Temperature, 1) {
		return fmt.Errorf("explore: the temperature is %v; it is 0 or more", p.Temperature)
	}
	if !(p.FreshShare >= 0 && p.FreshShare <= 1) {
		return fmt.Errorf("explore: the share of fresh places is %v; it lies between 0 and 1", p.FreshShare)
	}
	return nil
}

// Slate draws up to n of the candidates and appends the choices to dst, fewer
// if not enough are allowed. allowed tells whether a candidate that is left may
// take the next place, given the choices so far; nil allows all. scratch is
// working memory, returned for the next call.
func (p Policy) Slate(cands []Candidate, n int, rng *rand.Rand, allowed func(i int, above []Choice) bool, dst []Choice, scratch []float64) ([]Choice, []float64) {
	weights := p.weigh(cands, scratch)
	begin := len(dst)
	for len(dst)-begin < n {
		c, ok := p.draw(cands, weights, rng, allowed, dst[begin:])
		if !ok {
			break
		}
		weights[c.Index] = taken
		dst = append(dst, c)
	}
	return dst, weights
}

// taken is the weight of a candidate that has a place.
const taken = -1

// weigh returns exp((s-s_max)/T), at temperature 0 the scores' distance from
// the best as it is: what draw compares then.
func (p Policy) weigh(cands []Candidate, scratch []float64) []float64 {
	weights := scratch[:0]
	best := math.Inf(-1)
	for i := range cands {
		best = max(best, cands[i].Score)
	}
	for i := range cands {
		w := 0.0
		if p.Temperature > 0 {
			w = math.Exp((cands[i].Score - best) / p.Temperature)
		}
		weights = append(weights, w)
	}
	return weights
}

// draw chooses for one place.
func (p Policy) draw(cands []Candidate, weights []float64, rng *rand.Rand, allowed func(int, []Choice) bool, above []Choice) (Choice, bool) {
	sum, left, fresh, best := 0.0, 0, 0, -1
	may := func(i int) bool {
		return weights[i] != taken && (allowed == nil || allowed(i, above))
	}
	for i := range cands {
		if !may(i) {
			continue
		}
		left++
		sum += weights[i]
		if cands[i].Fresh {
			fresh++
		}
		if best < 0 || cands[i].Score > cands[best].Score {
			best = i
		}
	}
	if left == 0 {
		return Choice{}, false
	}
	share := p.FreshShare
	if fresh == 0 {
		share = 0
	}
	c := Choice{Index: best}
	// One number decides both, who chooses and what.
	u := rng.Float64()
	if u < share {
		c.Fresh = true
		nth := min(int(u/share*float64(fresh)), fresh-1)
		for i := range cands {
			if !cands[i].Fresh || !may(i) {
				continue
			}
			if nth == 0 {
				c.Index = i
				break
			}
			nth--
		}
	} else if p.Temperature > 0 && sum > 0 {
		at := (u - share) / (1 - share) * sum
		for i := range cands {
			if !may(i) || weights[i] == 0 {
				continue
			}
			c.Index = i // the last one stays if rounding leaves some of at over
			if at -= weights[i]; at < 0 {
				break
			}
		}
	}
	c.Propensity = p.propensity(c.Index, best, weights, sum, share, fresh, cands[c.Index].Fresh)
	return c, true
}

// propensity is the probability that a place went to a candidate.
func (p Policy) propensity(i, best int, weights []float64, sum, share float64, fresh int, isFresh bool) float64 {
	ranked := 0.0
	switch {
	case p.Temperature > 0 && sum > 0:
		ranked = weights[i] / sum
	case i == best:
		ranked = 1
	}
	prob := (1 - share) * ranked
	if isFresh && share > 0 {
		prob += share / float64(fresh)
	}
	return prob
}
