package response

import (
	"cmp"
	"fmt"

	"readnext/internal/feed"
)

// Config holds the settings.
type Config struct {
	// Readers bounds the memory of readers' tastes; the reader that was shown
	// something longest ago makes room. Default: 50,000.
	Readers int
	// Tastes bounds the tags and authors that are kept of a reader; the
	// faintest makes room. Default: 96.
	Tastes int
	// Shown bounds the exposures that are kept of a reader, for acts on them,
	// the newest. Default: 40.
	Shown int
	// Window is how long after an exposure an act on it counts.
	// Default: 30 minutes.
	Window feed.Millis
	// Examination is how attention is taken to fade down a page, until it was
	// learned: as the place's power of -Examination. Default: 0.5.
	Examination float64

	// What terms are taken to spread by, and how fast what is believed of them
	// is given up. Defaults: Site 1, Place 0.1, Age 0.3, Tired 0.02, Article
	// 0.25, all forever; Tag 0.1 with 2 days; Author 0.1, Reader 0.1, Taste 2,
	// AuthorTaste 0.5 with 20 days. The half-lives of Taste and AuthorTaste are
	// equal, since a name may be both.
	Site, Place, Age, Tired, Article, Tag, Author, Reader, Taste, AuthorTaste Prior
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	c.Readers = cmp.Or(c.Readers, 50_000)
	c.Tastes = cmp.Or(c.Tastes, 96)
	c.Shown = cmp.Or(c.Shown, 40)
	c.Window = cmp.Or(c.Window, 30*feed.Minute)
	c.Examination = cmp.Or(c.Examination, 0.5)
	c.Site = cmp.Or(c.Site, Prior{Spread: 1})
	c.Place = cmp.Or(c.Place, Prior{Spread: 0.1})
	c.Age = cmp.Or(c.Age, Prior{Spread: 0.3})
	c.Tired = cmp.Or(c.Tired, Prior{Spread: 0.02})
	c.Article = cmp.Or(c.Article, Prior{Spread: 0.25})
	c.Tag = cmp.Or(c.Tag, Prior{Spread: 0.1, HalfLife: 2 * feed.Day})
	c.Author = cmp.Or(c.Author, Prior{Spread: 0.1, HalfLife: 20 * feed.Day})
	c.Reader = cmp.Or(c.Reader, Prior{Spread: 0.1, HalfLife: 20 * feed.Day})
	c.Taste = cmp.Or(c.Taste, Prior{Spread: 2, HalfLife: 20 * feed.Day})
	c.AuthorTaste = cmp.Or(c.AuthorTaste, Prior{Spread: 0.5, HalfLife: 20 * feed.Day})
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Readers < 1 || c.Readers > 1<<28:
		return feed.Invalidf("response.readers", "is %d, not between 1 and %d", c.Readers, 1<<28)
	case c.Tastes < 1 || c.Tastes > 4096:
		return feed.Invalidf("response.tastes", "is %d, not between 1 and 4096", c.Tastes)
	case c.Shown < 1 || c.Shown > 4096:
		return feed.Invalidf("response.shown", "is %d, not between 1 and 4096", c.Shown)
	case c.Window < 0:
		return feed.Invalidf("response.window", "is %d ms; spans are not negative", c.Window)
	case !(c.Examination >= 0 && c.Examination <= 2):
		return feed.Invalidf("response.examination", "is %v, not between 0 and 2", c.Examination)
	case c.Taste.HalfLife != c.AuthorTaste.HalfLife:
		return feed.Invalidf("response.author_taste", "has a half-life of %d ms, tastes for tags one of %d", c.AuthorTaste.HalfLife, c.Taste.HalfLife)
	}
	for i, p := range c.priors() {
		if !(p.Spread >= least && p.Spread <= 10) || p.HalfLife < 0 || p.HalfLife != 0 && p.HalfLife < feed.Minute {
			return feed.Invalidf(fmt.Sprintf("response.priors[%d]", i), "is %+v; spreads lie between %v and 10, half-lives are a minute at least", *p, least)
		}
	}
	return nil
}

func (c *Config) priors() []*Prior {
	return []*Prior{&c.Site, &c.Place, &c.Age, &c.Tired, &c.Article, &c.Tag, &c.Author, &c.Reader, &c.Taste, &c.AuthorTaste}
}
