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
// candidates get, whatever their scores; f is 0 where none is left. Diversity
// decides who is allowed: [Windows] look at the places above, and give way
// where they would leave a place empty, by a rule that those places decide.
//
// The probability of each choice given the places above, its propensity, is the
// number that the draw used, never an estimate, so that a log of pages can tell
// what another policy would have got (Horvitz, Thompson, 1952; Swaminathan et
// al., 2017).
//
// It trades time for exactness: a draw costs candidates times places. Gumbel
// top-k would cost less, but its propensities are wrong once a candidate that
// was passed over for a place is allowed at a later one. Windows see one page;
// do not use them to keep a reader's whole day diverse.
package explore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// Candidate is what a draw needs to know of a candidate.
type Candidate struct {
	Item  *feed.Item // windows look at it; of equal scores the highest id is best
	Score float64    // finite
	Fresh bool       // may take a fresh place
}

// better reports whether a comes before b where no chance is involved.
func better(a, b *Candidate) bool {
	return a.Score > b.Score || a.Score == b.Score && a.Item.ID > b.Item.ID
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

// Scratch is the working memory of one draw at a time, used again by the next.
// The zero value is ready.
type Scratch struct {
	tallies tallies
	weights []float64 // by candidate
	may     []int32   // who may take the place being drawn

	left, waiting []int32 // of a greedy slate
}

// Slate draws n of the candidates, all if there are fewer, and appends the
// choices to dst. A greedy policy needs no rng.
func (p Policy) Slate(cands []Candidate, n int, windows Windows, rng *rand.Rand, dst []Choice, s *Scratch) []Choice {
	windowed := windows != (Windows{})
	if s.tallies.reset(&windows); p == (Policy{}) {
		return greedy(cands, n, windowed, dst, s)
	}
	p.weigh(cands, s)
	s.may = slices.Grow(s.may[:0], len(cands))
	begin := len(dst)
	for len(dst)-begin < min(n, len(cands)) {
		c := p.draw(cands, windowed, rng, s)
		s.weights[c.Index] = taken
		dst = append(dst, c)
		if windowed {
			s.tallies.place(cands, dst[begin:])
		}
	}
	return dst
}

// taken is the weight of a candidate that has a place.
const taken = -1

// weigh sets weights to exp((s-s_max)/T), to 0 at temperature 0.
func (p Policy) weigh(cands []Candidate, s *Scratch) {
	s.weights = s.weights[:0]
	best := math.Inf(-1)
	for i := range cands {
		best = max(best, cands[i].Score)
	}
	for i := range cands {
		w := 0.0
		if p.Temperature > 0 {
			w = math.Exp((cands[i].Score - best) / p.Temperature)
		}
		s.weights = append(s.weights, w)
	}
}

// draw chooses for one place. Candidates are left.
func (p Policy) draw(cands []Candidate, windowed bool, rng *rand.Rand, s *Scratch) Choice {
	sum, left, fresh, best, least := 0.0, 0, 0, -1, kinds+1
	may := s.may[:len(cands)]
	for i, w := range s.weights {
		if w == taken {
			continue
		}
		if windowed {
			b := s.tallies.broken(cands[i].Item)
			if b > least {
				continue
			}
			if b < least { // those before break more
				sum, left, fresh, best, least = 0, 0, 0, -1, b
			}
		}
		may[left] = int32(i)
		left++
		sum += w
		if cands[i].Fresh {
			fresh++
		}
		if best < 0 || better(&cands[i], &cands[best]) {
			best = i
		}
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
		for _, i := range may[:left] {
			if !cands[i].Fresh {
				continue
			}
			if nth == 0 {
				c.Index = int(i)
				break
			}
			nth--
		}
	} else if p.Temperature > 0 && sum > 0 {
		at := (u - share) / (1 - share) * sum
		for _, i := range may[:left] {
			if s.weights[i] == 0 {
				continue
			}
			c.Index = int(i) // the last one stays if rounding leaves some of at over
			if at -= s.weights[i]; at < 0 {
				break
			}
		}
	}
	c.Propensity = p.propensity(c.Index, best, s.weights, sum, share, fresh, cands[c.Index].Fresh)
	return c
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
