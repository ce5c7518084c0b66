package catalog

import "readnext/internal/feed"

// Config holds the settings.
type Config struct {
	// Articles bounds how many articles are known. When one more is, a
	// sixteenth of them is dropped; see [Catalog.Sweep]. Default: 1,000,000.
	Articles int
}

// MaxArticles is the most that Config.Articles may be.
const MaxArticles = 1 << 28

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	if c.Articles == 0 {
		c.Articles = 1_000_000
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	if c.Articles < 1 || c.Articles > MaxArticles {
		return feed.Invalidf("catalog.articles", "is %d, not between 1 and %d", c.Articles, MaxArticles)
	}
	return nil
}

// batch is how many articles are dropped at once, and how many names without
// an article are kept until they are.
func (c *Config) batch() int { return (c.Articles + 15) / 16 }
