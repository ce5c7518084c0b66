package ranker

import "math"

// What pages teach is of another kind than what acts teach that no page explains.
// The former is a choice among ten articles that were all thought good, at places
// that are known; the latter a choice among all that recall offers, by somebody
// who came from elsewhere and may have seen none of it.
//
// So a mind has two sets of weights to begin with: Initial, and Reported, for sites
// that report what pages show, where [internal/model/response] hears of it and the
// other sources' opinions of the same would count twice. Which one a site is better
// described by is told by the choices on its pages. With odds
//
//	o = Σ log p(chosen | Reported) - log p(chosen | Initial)
//
// that fade, the weights begin with the share 1/(1+exp(-o)) of the former and the
// rest of the latter: Bayes' rule for two hypotheses. What was learned stands on top.

const (
	oddsFade = 1.0 / 2000 // of a choice before, at each one
	mostOdds = 10
)

// hands is what of a mind's weights was set by hand, and how.
type hands struct {
	pages uint64  // choices on pages
	odds  float64 // that Reported is right, as a logarithm
}

// share is that of Reported in the weights; none before a page was reported.
func (h *hands) share() float64 {
	if h.pages == 0 {
		return 0
	}
	return 1 / (1 + math.Exp(-h.odds))
}

// enough reports whether pages have taught as much as it takes.
func (h *hands) enough(c *Config) bool { return c.Pages >= 0 && h.pages >= uint64(c.Pages) }

// judge takes in a choice on a page: both ways of setting weights by hand are held
// against it, and the mind's weights move to the one that foretold it. Of what was
// disliked nothing is taken in.
func (m *Model) judge(d *mind, c *Choice, looks []float64) {
	before := d.hands.share()
	d.hands.pages++
	if c.Weight > 0 {
		o := d.hands.odds*(1-oddsFade) + logChance(m.reported, c, looks) - logChance(m.initial, c, looks)
		d.hands.odds = min(max(o, -mostOdds), mostOdds)
	}
	more := d.hands.share() - before
	for i := range d.general.w {
		d.general.w[i] += more * (m.reported[i] - m.initial[i])
	}
}

// logChance is the logarithm of the probability of a choice by some weights.
func logChance(w []float64, c *Choice, looks []float64) float64 {
	chosen, highest, sum := 0.0, math.Inf(-1), 0.0
	for i := range c.Candidates {
		u := dot(w, c.Candidates[i].Features) + looks[i]
		if i == c.Chosen {
			chosen = u
		}
		if u > highest {
			sum = sum*math.Exp(highest-u) + 1
			highest = u
		} else {
			sum += math.Exp(u - highest)
		}
	}
	return chosen - highest - math.Log(sum)
}
