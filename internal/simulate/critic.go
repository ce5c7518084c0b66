package simulate

import (
	"math"
	"slices"

	"readnext/internal/chart"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

// critic compares plays that are over.
type critic struct {
	cfg   *Config
	world *truth.World
	whole []*act // those that play to the end
	some  []*act // those that show exploration

	engine, oracle, confidant, popular, newest, random *act
}

func newCritic(cfg *Config, world *truth.World, acts []*act) *critic {
	c := &critic{cfg: cfg, world: world}
	for _, a := range acts {
		if a.explore != nil {
			c.some = append(c.some, a)
			continue
		}
		c.whole = append(c.whole, a)
		switch a.name {
		case nameEngine:
			c.engine = a
		case nameOracle:
			c.oracle = a
		case nameConfidant:
			c.confidant = a
		case nameNewest:
			c.newest = a
		case nameRandom:
			c.random = a
		default:
			if c.popular == nil || a.clicks(everything) > c.popular.clicks(everything) {
				c.popular = a
			}
		}
	}
	return c
}

// shown are the policies that plots show.
func (c *critic) shown() []*act {
	return []*act{c.oracle, c.confidant, c.engine, c.popular, c.newest, c.random}
}

// which tells which refreshes count, by number.
type which func(i int) bool

func everything(int) bool { return true }

// clicks sums up expected clicks.
func (a *act) clicks(count which) float64 {
	sum := 0.0
	for i := range a.pages {
		if count(i) {
			sum += a.pages[i].expected
		}
	}
	return sum
}

// ctr is expected clicks a place.
func (a *act) ctr(count which) float64 {
	sum, places := 0.0, 0
	for i := range a.pages {
		if count(i) {
			sum += a.pages[i].expected
			places += a.pages[i].places
		}
	}
	return sum / float64(max(places, 1))
}

// ratio is the clicks of one policy relative to another's on the same pages,
// and its standard error, by the delta method over readers: with A and B a
// reader's clicks and R = ΣA/ΣB it is sqrt(Σ(A-RB)²)/ΣB.
func (c *critic) ratio(a, b *act, count which) (r, stderr float64, pages int) {
	as, bs := make([]float64, len(c.world.Readers())), make([]float64, len(c.world.Readers()))
	var sumA, sumB float64
	for i := range a.pages {
		if count(i) {
			reader := c.world.Refreshes()[i].Reader
			as[reader] += a.pages[i].expected
			bs[reader] += b.pages[i].expected
			sumA += a.pages[i].expected
			sumB += b.pages[i].expected
			pages++
		}
	}
	if sumB == 0 {
		return 0, 0, pages
	}
	r = sumA / sumB
	for i := range as {
		stderr += (as[i] - r*bs[i]) * (as[i] - r*bs[i])
	}
	return r, math.Sqrt(stderr) / sumB, pages
}

func (c *critic) served(a *act) Served {
	s := Served{Name: a.name, CTR: round(a.ctr(everything))}
	places, clicks := 0, 0
	for i := range a.pages {
		places += a.pages[i].places
		clicks += a.pages[i].clicks
	}
	s.Drawn = round(float64(clicks) / float64(max(places, 1)))
	s.Page = round(a.clicks(everything) / float64(max(len(a.pages), 1)))
	r, _, _ := c.ratio(a, c.oracle, everything)
	s.Oracle = round(r)
	return s
}

func (c *critic) statistics() Statistics {
	s := Statistics{CTR: c.served(c.popular).Drawn}
	ages := slices.Sorted(slices.Values(c.popular.ages))
	if n := len(ages); n > 0 {
		s.ClickAge = round(ages[n/2])
		young, _ := slices.BinarySearch(ages, 48)
		s.TwoDays = round(float64(young) / float64(n))
	}
	gain, _, _ := c.ratio(c.oracle, c.popular, everything)
	ceiling, _, _ := c.ratio(c.confidant, c.oracle, everything)
	s.OracleGain, s.Ceiling = round(gain), round(ceiling)
	return s
}

// onDay counts the refreshes of one day.
func (c *critic) onDay(day int) which {
	begin := c.world.Begin() + feed.Millis(day)*feed.Day
	return func(i int) bool {
		at := c.world.Refreshes()[i].At
		return at >= begin && at < begin+feed.Day
	}
}

func (c *critic) daily(a *act) chart.Curve {
	curve := chart.Curve{Name: a.name}
	for day := range c.cfg.World.Days {
		add(&curve, float64(day)+0.5, a.ctr(c.onDay(day)))
	}
	return curve
}

// settled is from when on newcomers come to a site that has learned something.
const settled = 2 * feed.Day

// newcomerPages is how many of a newcomer's pages are looked at.
const newcomerPages = 10

// newcomer counts newcomers' pages of a number, from 0.
func (c *critic) newcomer(page int) which {
	since := c.world.Begin() + min(settled, feed.Millis(c.cfg.World.Days)*feed.Day/4)
	return func(i int) bool {
		r := &c.world.Refreshes()[i]
		return r.Page == page && r.Reader >= c.cfg.World.Readers && c.world.Readers()[r.Reader].Joined >= since
	}
}

func (c *critic) newcomers(a *act) chart.Curve {
	curve := chart.Curve{Name: a.name}
	for page := range newcomerPages {
		_, _, n := c.ratio(a, a, c.newcomer(page))
		if n > 0 {
			add(&curve, float64(page+1), a.clicks(c.newcomer(page))/float64(n))
		}
	}
	return curve
}

// knownBins are the least numbers of acts known of the bins of Known.
func knownBins() []int { return []int{0, 1, 3, 6, 10, 20, 35, 50, 75, 100, 150, 200, 300} }

// knownFrom counts pages with so many acts known to the engine, to not included.
func (c *critic) knownFrom(from, to int) which {
	return func(i int) bool { k := c.engine.pages[i].known; return k >= from && k < to }
}

func (c *critic) byKnown(a *act) chart.Curve {
	curve := chart.Curve{Name: a.name}
	bins := append(knownBins(), math.MaxInt)
	for b := range len(bins) - 1 {
		r, _, n := c.ratio(a, c.oracle, c.knownFrom(bins[b], bins[b+1]))
		if n >= 20 {
			add(&curve, float64(bins[b]), r)
		}
	}
	return curve
}

func (c *critic) regret(a *act) chart.Curve {
	curve := chart.Curve{Name: a.name}
	add(&curve, 0, 0)
	sum := 0.0
	for day := range c.cfg.World.Days {
		sum += c.oracle.clicks(c.onDay(day)) - a.clicks(c.onDay(day))
		add(&curve, float64(day+1), sum)
	}
	return curve
}

// breaking averages over breaks.
func (c *critic) breaking(a *act) chart.Curve {
	curve := chart.Curve{Name: a.name}
	for nr, d := range breakDelays() {
		sum, n := 0.0, 0
		for i := range a.watch.spread {
			if s := &a.watch.spread[i]; s.at(nr) {
				sum += s.share(nr)
				n++
			}
		}
		if n > 0 {
			add(&curve, float64(d)/float64(feed.Second), sum/float64(n))
		}
	}
	return curve
}

// at reports whether there was a look at a delay.
func (s *spread) at(nr int) bool { return nr < s.looked }

func (s *spread) share(nr int) float64 { return float64(s.reached[nr]) / float64(len(s.readers)) }

// exploration compares the ways of exploring over the span that all served.
func (c *critic) exploration(span feed.Millis) []Explored {
	until := c.world.Begin() + span
	early := func(i int) bool { return c.world.Refreshes()[i].At < until }
	sum := func(name string, a *act) Explored {
		r, _, _ := c.ratio(a, c.engine, early)
		return Explored{
			Name: name, CTR: round(a.ctr(early)), Price: round(1 - r), Found: round(a.found.share(c.world, until)),
		}
	}
	if len(c.some) == 0 {
		return nil
	}
	name := "as served"
	if c.cfg.Engine.Recommend.Explore == (explore.Policy{}) {
		name = "greedy"
	}
	all := []Explored{sum(name, c.engine)}
	for _, a := range c.some {
		all = append(all, sum(a.name, a))
	}
	all = append(all, sum(nameOracle, c.oracle))
	return slices.Clip(all)
}
