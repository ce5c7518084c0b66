package factor

import (
	"time"

	"readnext/internal/feed"
)

// Config holds the settings.
type Config struct {
	// PerReader bounds the articles kept of a reader, the newest by the order
	// of the log. Default: 500.
	PerReader int

	// Interactions bounds the pairs of reader and article that are kept in
	// all, Readers the readers. The reader heard of longest ago goes first.
	// Default: 4,000,000 and 500,000.
	Interactions, Readers int

	// Articles bounds the articles of a fit, the most read. Default: 50,000.
	Articles int

	// Dense is the most articles for which the model is solved exactly; its
	// cost is their number cubed. Default: 2,500.
	Dense int

	// Neighbours bounds the edges that leave an article, the strongest.
	// Default: 400.
	Neighbours int

	// Ridge is λ of the package comment, RidgeShare its β. A negative share is
	// none. Default: 30, 0.3.
	Ridge, RidgeShare float64

	// Activity is the power of a reader's number of articles by which their
	// row's weight is divided, at most 2; negative for none. Default: 0.5.
	Activity float64

	// First is the number of interactions at which the first settled fit is
	// taken. Default: 200.
	First int

	// History is how many of a reader's articles a request looks at, the
	// newest. Default: 300.
	History int

	// Clock returns a time that only goes forward, for [Model.Refit] to pace
	// itself by: after fits that took t it rests for t/FitCPU - t. Nil: no rest.
	Clock func() time.Duration

	// GiveWay is called between pieces of work of a fit, some tenths of a
	// millisecond each, by the goroutine that fits. As long as it takes to
	// return, others have the processor. Urgent fits are those for requests that
	// do not know of a tenth of all. It is not called while the fold waits for
	// the fit. Nil: fits do not give way.
	GiveWay func(urgent bool)

	// FitCPU is the share of one processor that fits take in the long run,
	// where there is a Clock. From 1 on there is no rest. Default: 0.5.
	FitCPU float64
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.PerReader, 500)
	orElse(&c.Interactions, 4_000_000)
	orElse(&c.Readers, 500_000)
	orElse(&c.Articles, 50_000)
	orElse(&c.Dense, 2500)
	orElse(&c.Neighbours, 400)
	orElse(&c.Ridge, 30)
	orElse(&c.RidgeShare, 0.3)
	orElse(&c.Activity, 0.5)
	orElse(&c.First, 200)
	orElse(&c.History, 300)
	orElse(&c.FitCPU, 0.5)
}

func orElse[T int | float64](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.PerReader < 2 || c.PerReader > 10_000:
		return feed.Invalidf("factor.per_reader", "is %d, not between 2 and 10000", c.PerReader)
	case c.Interactions < c.PerReader || c.Interactions > 1<<28:
		return feed.Invalidf("factor.interactions", "is %d, not between per_reader and %d", c.Interactions, 1<<28)
	case c.Readers < 1 || c.Readers > 1<<28:
		return feed.Invalidf("factor.readers", "is %d, not between 1 and %d", c.Readers, 1<<28)
	case c.Articles < 2 || c.Articles > 1<<20:
		return feed.Invalidf("factor.articles", "is %d, not between 2 and %d", c.Articles, 1<<20)
	case c.Dense < 0 || c.Dense > 20_000:
		return feed.Invalidf("factor.dense", "is %d, not between 0 and 20000", c.Dense)
	case c.Neighbours < 1 || c.Neighbours > 20_000:
		return feed.Invalidf("factor.neighbours", "is %d, not between 1 and 20000", c.Neighbours)
	case !(c.Ridge >= 1e-3 && c.Ridge <= 1e9):
		return feed.Invalidf("factor.ridge", "is %v, not between 0.001 and 1e9", c.Ridge)
	case !(c.RidgeShare <= 1000):
		return feed.Invalidf("factor.ridge_share", "is %v, above 1000", c.RidgeShare)
	case !(c.Activity <= 2):
		return feed.Invalidf("factor.activity", "is %v, above 2", c.Activity)
	case c.First < 1 || c.First > 1<<28:
		return feed.Invalidf("factor.first", "is %d, not between 1 and %d", c.First, 1<<28)
	case c.History < 1 || c.History > feed.MaxActed:
		return feed.Invalidf("factor.history", "is %d, not between 1 and %d", c.History, feed.MaxActed)
	case !(c.FitCPU > 0 && c.FitCPU <= 1024):
		return feed.Invalidf("factor.fit_cpu", "is %v, not above 0 and at most 1024", c.FitCPU)
	}
	return nil
}
