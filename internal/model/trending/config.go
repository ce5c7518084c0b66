package trending

import (
	"slices"
	"strconv"

	"readnext/internal/feed"
)

// MaxHalfLives is the most half-lives a model may have.
const MaxHalfLives = 8

// Config holds the settings. The tables grow with the catalogue, one row an
// article; the lists are bounded by Top.
type Config struct {
	// HalfLives are how fast popularity fades, shortest first.
	// Default: 6 minutes, 1 hour, 1 day, 30 days, 1000 days.
	HalfLives []feed.Millis

	// Top is how many articles a channel's list is sure to hold in order, for
	// each half-life. Lists hold up to twice as many, so that withdrawals
	// seldom leave them short; below that the least popular are dropped, and
	// come back by a scan of the articles. Default: 256.
	Top int

	// Mildness is the power to which an article's share of the leader's
	// popularity is raised in features: at 0.5, the default, a hundredth of the
	// leader's popularity is a feature of 0.1.
	Mildness float64

	// CTRHalfLife is how fast an article's clicks and exposures fade.
	// Default: 1 day.
	CTRHalfLife feed.Millis

	// SiteHalfLife is how fast those of all articles together fade, which make
	// the prior. Default: 30 days.
	SiteHalfLife feed.Millis

	// PriorClicks and PriorExposures are what is taken for granted before the
	// first event. An article's prior weighs PriorExposures exposures, too.
	// Default: 1 click in 20 exposures.
	PriorClicks, PriorExposures float64
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	if c.HalfLives == nil {
		c.HalfLives = []feed.Millis{6 * feed.Minute, feed.Hour, feed.Day, 30 * feed.Day, 1000 * feed.Day}
	}
	if c.Top == 0 {
		c.Top = 256
	}
	if c.Mildness == 0 {
		c.Mildness = 0.5
	}
	if c.CTRHalfLife == 0 {
		c.CTRHalfLife = feed.Day
	}
	if c.SiteHalfLife == 0 {
		c.SiteHalfLife = 30 * feed.Day
	}
	if c.PriorClicks == 0 {
		c.PriorClicks = 1
	}
	if c.PriorExposures == 0 {
		c.PriorExposures = 20
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case len(c.HalfLives) == 0 || len(c.HalfLives) > MaxHalfLives:
		return feed.Invalidf("trending.half_lives", "holds %d half-lives, not between 1 and %d", len(c.HalfLives), MaxHalfLives)
	case !slices.IsSorted(c.HalfLives) || len(slices.Compact(slices.Clone(c.HalfLives))) != len(c.HalfLives):
		return feed.Invalidf("trending.half_lives", "is %v, not ascending", c.HalfLives)
	case c.HalfLives[0] < feed.Second:
		return feed.Invalidf("trending.half_lives", "begins with %d ms, below a second", c.HalfLives[0])
	case c.Top < 1 || c.Top > 1<<20:
		return feed.Invalidf("trending.top", "is %d, not between 1 and %d", c.Top, 1<<20)
	case !(c.Mildness > 0 && c.Mildness <= 1):
		return feed.Invalidf("trending.mildness", "is %v, not above 0 and at most 1", c.Mildness)
	case c.CTRHalfLife < feed.Second:
		return feed.Invalidf("trending.ctr_half_life", "is %d ms, below a second", c.CTRHalfLife)
	case c.SiteHalfLife < feed.Second:
		return feed.Invalidf("trending.site_half_life", "is %d ms, below a second", c.SiteHalfLife)
	case !(c.PriorClicks > 0 && c.PriorClicks < c.PriorExposures && c.PriorExposures <= 1e9):
		return feed.Invalidf("trending.prior", "is %v clicks in %v exposures", c.PriorClicks, c.PriorExposures)
	}
	return nil
}

// span writes a half-life in its largest whole unit: "30d", "1h", "15m".
func span(h feed.Millis) string {
	for _, u := range []struct {
		size feed.Millis
		name string
	}{{feed.Day, "d"}, {feed.Hour, "h"}, {feed.Minute, "m"}, {feed.Second, "s"}} {
		if h%u.size == 0 {
			return strconv.FormatInt(int64(h/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(h), 10) + "ms"
}
