package neighbours

import "readnext/internal/feed"

// Config holds the settings.
type Config struct {
	// Readers bounds how many readers' trails are remembered. A new one takes
	// the place of the reader whose last act was taken in longest ago.
	// Default: 100,000.
	Readers int

	// Length is how many distinct articles a trail holds, the newest by time.
	// Default: 20.
	Length int

	// PerArticle bounds how many readers of one article are remembered, those
	// that acted on it last. Default: 200.
	PerArticle int

	// Gap is the silence after which a session ends. Default: 30 minutes.
	Gap feed.Millis

	// Beyond is what an article beyond a session's end weighs, compared to one
	// within, in the reader's own trail and in neighbours'. Negative: nothing;
	// then sessions stand alone. Default: 0.5.
	Beyond float64

	// Latest is how many distinct articles of a reader a request looks at, the
	// newest. Default: 10.
	Latest int

	// Recency is at which place, counted back from the reader's newest article
	// as 0, an article weighs half of it. Default: 1.
	Recency float64

	// Damping is the power of the number of an article's readers by which what
	// it says about who is near is divided, so that two who read what few read
	// are nearer than two who read what everyone reads. Negative for none.
	// Default: 0.5.
	Damping float64

	// Age is the age of a neighbour's act at which it weighs half. Default: 1
	// hour.
	Age feed.Millis

	// Neighbours is how many trails speak for articles, the most similar.
	// Default: 50.
	Neighbours int

	// Distance is how many places beside the common article's neighbour an
	// article of a neighbour weighs half. Default: 5.
	Distance float64

	// Before is what an article before the common one weighs, compared to one
	// after it; negative for nothing. Default: 0.8.
	Before float64
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.Readers, 100_000)
	orElse(&c.Length, 20)
	orElse(&c.PerArticle, 200)
	orElse(&c.Gap, 30*feed.Minute)
	orElse(&c.Beyond, 0.5)
	orElse(&c.Latest, 10)
	orElse(&c.Recency, 1)
	orElse(&c.Damping, 0.5)
	orElse(&c.Age, feed.Hour)
	orElse(&c.Neighbours, 50)
	orElse(&c.Distance, 5)
	orElse(&c.Before, 0.8)
}

func orElse[T int | feed.Millis | float64](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Readers < 1 || c.Readers > 1<<28:
		return feed.Invalidf("neighbours.readers", "is %d, not between 1 and %d", c.Readers, 1<<28)
	case c.Length < 2 || c.Length > 64:
		return feed.Invalidf("neighbours.length", "is %d, not between 2 and 64", c.Length)
	case c.PerArticle < 1 || c.PerArticle > 1<<16:
		return feed.Invalidf("neighbours.per_article", "is %d, not between 1 and %d", c.PerArticle, 1<<16)
	case c.Gap < 1:
		return feed.Invalidf("neighbours.gap", "is %d ms, below 1", c.Gap)
	case !(c.Beyond <= 1):
		return feed.Invalidf("neighbours.beyond", "is %v, above 1", c.Beyond)
	case c.Latest < 1 || c.Latest > feed.MaxActs:
		return feed.Invalidf("neighbours.latest", "is %d, not between 1 and %d", c.Latest, feed.MaxActs)
	case !(c.Recency >= 0.01 && c.Recency <= 1e6):
		return feed.Invalidf("neighbours.recency", "is %v, not between 0.01 and 1e6", c.Recency)
	case !(c.Damping <= 1):
		return feed.Invalidf("neighbours.damping", "is %v, above 1", c.Damping)
	case c.Age < feed.Second:
		return feed.Invalidf("neighbours.age", "is %d ms, below a second", c.Age)
	case c.Neighbours < 1 || c.Neighbours > 1<<16:
		return feed.Invalidf("neighbours.neighbours", "is %d, not between 1 and %d", c.Neighbours, 1<<16)
	case !(c.Distance >= 0.01 && c.Distance <= 1e6):
		return feed.Invalidf("neighbours.distance", "is %v, not between 0.01 and 1e6", c.Distance)
	case !(c.Before <= 1):
		return feed.Invalidf("neighbours.before", "is %v, above 1", c.Before)
	}
	return nil
}
