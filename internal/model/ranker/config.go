package ranker

import (
	"math"

	"readnext/internal/feed"
)

// Config holds the settings.
type Config struct {
	// Initial are the weights that serve before anything was learned, by
	// feature; a feature without one begins at 0.
	Initial map[string]float64

	// Reported are those of readers of sites that report what pages show, as far
	// as they foretell the choices on pages better than Initial does.
	// Default: Initial.
	Reported map[string]float64

	// Pages is after how many choices on pages, in one situation, acts that no page
	// explains teach nothing more there; below 0 they always do. Default: 100.
	Pages int

	// Shelved are those of known readers while the log's times are a machine's
	// ([Model.Own]), as where a catalogue's past is imported without times: then
	// articles are old and new at once. Default: Initial.
	Shelved map[string]float64

	// Rate is the step of the weights; below 0 nothing is learned.
	// Default: 0.05.
	Rate float64

	// ContextRate is the step of what a context and a channel add to the
	// weights; below 0 they add nothing. It is that of the looks of places, too,
	// unless Rate is larger. Default: 0.2.
	ContextRate float64

	// ClassRate is the step of what tells the classes of choices apart; below 0
	// there is one class. Default: 0.5.
	ClassRate float64

	// Shrink pulls what a context or a channel adds to 0: the gradient's share
	// for each unit of weight. Default: 0.001.
	Shrink float64

	// Memory is after how many examples a squared gradient counts 1/e in the
	// length of the steps, so that steps never become too small to follow a
	// change. Default: 20,000.
	Memory float64

	// Examination is the power of a place's number, from 1, by which its share
	// of looks is taken to fall before anything was learned about it.
	// Default: 0.7.
	Examination float64

	// Gap is the silence that ends a reader's session. Default: 30 minutes.
	Gap feed.Millis

	// Caution is what every sum of squared gradients begins with: the higher,
	// the less a day-old site is led by its first readers. Default: 10.
	Caution float64

	// Spare is how much of what a page is worth, by the probabilities that its
	// articles are chosen, it may lose where sources are not asked that cost much;
	// below 0 all are always asked. Default: 0.005.
	Spare float64

	// Channels bounds how many channels add to the weights: the first ones
	// that were learned of. Default: 256.
	Channels int
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.Rate, 0.05)
	orElse(&c.ContextRate, 0.2)
	orElse(&c.ClassRate, 0.5)
	orElse(&c.Shrink, 0.001)
	orElse(&c.Memory, 20_000)
	orElse(&c.Examination, 0.7)
	orElse(&c.Gap, 30*feed.Minute)
	orElse(&c.Caution, 10)
	orElse(&c.Spare, 0.005)
	orElse(&c.Channels, 256)
	orElse(&c.Pages, 100)
	if c.Reported == nil {
		c.Reported = c.Initial
	}
}

func orElse[T int | float64 | feed.Millis](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	for field, initial := range map[string]map[string]float64{"ranker.initial": c.Initial, "ranker.reported": c.Reported, "ranker.shelved": c.Shelved} {
		for name, w := range initial {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return feed.Invalidf(field, "weighs %s by %v", name, w)
			}
		}
	}
	switch {
	case !(c.Rate <= 10):
		return feed.Invalidf("ranker.rate", "is %v, above 10", c.Rate)
	case !(c.ContextRate <= 10):
		return feed.Invalidf("ranker.context_rate", "is %v, above 10", c.ContextRate)
	case !(c.ClassRate <= 10):
		return feed.Invalidf("ranker.class_rate", "is %v, above 10", c.ClassRate)
	case !(c.Shrink >= 0 && c.Shrink <= 1):
		return feed.Invalidf("ranker.shrink", "is %v, not between 0 and 1", c.Shrink)
	case !(c.Memory >= 1):
		return feed.Invalidf("ranker.memory", "is %v, below 1", c.Memory)
	case c.Gap < 1:
		return feed.Invalidf("ranker.gap", "is %d ms, below 1", c.Gap)
	case !(c.Caution > 0 && c.Caution <= 1e9):
		return feed.Invalidf("ranker.caution", "is %v, not above 0", c.Caution)
	case !(c.Examination >= 0 && c.Examination <= 10):
		return feed.Invalidf("ranker.examination", "is %v, not between 0 and 10", c.Examination)
	case !(c.Spare >= -1 && c.Spare <= 1):
		return feed.Invalidf("ranker.spare", "is %v, not between -1 and 1", c.Spare)
	case c.Channels < 0 || c.Channels > 1<<16:
		return feed.Invalidf("ranker.channels", "is %d, not between 0 and %d", c.Channels, 1<<16)
	}
	return nil
}
