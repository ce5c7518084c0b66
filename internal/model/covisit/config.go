package covisit

import "readnext/internal/feed"

// Config holds the settings.
type Config struct {
	// Name names the model and, as a prefix, its features, where there are
	// several. Default: "covisit".
	Name string

	// Neighbours bounds the edges that leave an article. A new edge of a full
	// article takes the place of the weakest. Default: 64.
	Neighbours int

	// Readers bounds how many readers' latest acts are remembered. A new one
	// takes the place of the reader whose last act was taken in longest ago.
	// Default: 200,000.
	Readers int

	// Positions is how many distinct articles of a reader are remembered, the
	// newest by time. Default: 10.
	Positions int

	// HalfLife is how fast edges fade. Default: 14 days.
	HalfLife feed.Millis

	// Window is the longest span between two acts that are linked.
	// Default: 30 days.
	Window feed.Millis

	// GapHalf is the span between two acts at which their link weighs half;
	// GapFloor is the least that a link within the window weighs, so that
	// sites whose readers come once a week learn, too. A negative floor is
	// none. Default: 6 hours, 0.1.
	GapHalf  feed.Millis
	GapFloor float64

	// Reverse is the weight of the edge against the order of the acts; negative
	// for none. Default: 0.5.
	Reverse float64

	// Damping is the power of an article's own popularity by which evidence
	// for it is divided, so that what everyone reads does not follow from
	// everything; SourceDamping is the same of the article that the evidence
	// comes from, so that one blockbuster in a reader's past does not outweigh
	// the rest. Negative for none. Default: 0.3, 0.5.
	Damping, SourceDamping float64

	// Prior is how many acts that led nowhere every article is taken to have had
	// just now, in the shares that "_p" tells. Default: 1.
	Prior float64

	// Latest is how many distinct articles of a reader a request looks at, the
	// newest. Default: 10.
	Latest int

	// AgeHalf is the age of an act at which it weighs half in a request.
	// Default: 7 days.
	AgeHalf feed.Millis
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.Name, "covisit")
	orElse(&c.Neighbours, 64)
	orElse(&c.Readers, 200_000)
	orElse(&c.Positions, 10)
	orElse(&c.HalfLife, 14*feed.Day)
	orElse(&c.Window, 30*feed.Day)
	orElse(&c.GapHalf, 6*feed.Hour)
	orElse(&c.GapFloor, 0.1)
	orElse(&c.Reverse, 0.5)
	orElse(&c.Damping, 0.3)
	orElse(&c.SourceDamping, 0.5)
	orElse(&c.Prior, 1)
	orElse(&c.Latest, 10)
	orElse(&c.AgeHalf, 7*feed.Day)
}

func orElse[T comparable](p *T, v T) {
	if *p == *new(T) {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Neighbours < 1 || c.Neighbours > 4096:
		return feed.Invalidf("covisit.neighbours", "is %d, not between 1 and 4096", c.Neighbours)
	case c.Readers < 1 || c.Readers > 1<<28:
		return feed.Invalidf("covisit.readers", "is %d, not between 1 and %d", c.Readers, 1<<28)
	case c.Positions < 2 || c.Positions > 64:
		return feed.Invalidf("covisit.positions", "is %d, not between 2 and 64", c.Positions)
	case c.HalfLife < feed.Minute:
		return feed.Invalidf("covisit.half_life", "is %d ms, below a minute", c.HalfLife)
	case c.Window < 0:
		return feed.Invalidf("covisit.window", "is %d ms; spans are not negative", c.Window)
	case c.GapHalf < 0:
		return feed.Invalidf("covisit.gap_half", "is %d ms; spans are not negative", c.GapHalf)
	case !(c.GapFloor <= 1):
		return feed.Invalidf("covisit.gap_floor", "is %v, above 1", c.GapFloor)
	case !(c.Reverse <= 1):
		return feed.Invalidf("covisit.reverse", "is %v, above 1", c.Reverse)
	case !(max(c.Damping, 0)+max(c.SourceDamping, 0) <= 1):
		return feed.Invalidf("covisit.damping", "is %v and %v, together above 1", c.Damping, c.SourceDamping)
	case !(c.Prior > 0 && c.Prior <= 1e9):
		return feed.Invalidf("covisit.prior", "is %v, not above 0", c.Prior)
	case c.Latest < 1 || c.Latest > feed.MaxActs:
		return feed.Invalidf("covisit.latest", "is %d, not between 1 and %d", c.Latest, feed.MaxActs)
	case c.AgeHalf < 0:
		return feed.Invalidf("covisit.age_half", "is %d ms; spans are not negative", c.AgeHalf)
	}
	return nil
}
