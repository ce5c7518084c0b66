package train

import "readnext/internal/feed"

// Config holds the settings.
type Config struct {
	// Readers and Acts bound the memory of what readers did: so many readers,
	// so many acts of each, the newest by time. Default: 100,000 readers,
	// 50 acts.
	Readers, Acts int

	// Pages bounds how many pages are remembered from their exposure on.
	// Default: 10,000.
	Pages int

	// Window is how long after a page's exposure an act on it still tells what
	// the page was worth. Default: 30 minutes.
	Window feed.Millis

	// Recall is how many proposals each source is asked for. Default: 50.
	Recall int

	// Full is how many acts and how many pages are all learned from; of later
	// ones the share Full/n of the n-th is, and at least one act in Every and
	// one page in EveryPage. Default: 5000, 32, 2.
	Full, Every, EveryPage int

	// Surveyed is of how many acts and pages, the first, all candidates are looked
	// at; of later ones of one in SurveyEvery. Default: 2000, 4.
	Surveyed, SurveyEvery int

	// Rate bounds how many acts, and how many pages, are learned from in a
	// second of the log's time, over ten seconds. Default: 100.
	Rate int
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.Readers, 100_000)
	orElse(&c.Acts, 50)
	orElse(&c.Pages, 10_000)
	orElse(&c.Window, 30*feed.Minute)
	orElse(&c.Recall, 50)
	orElse(&c.Full, 5000)
	orElse(&c.Every, 32)
	orElse(&c.EveryPage, 2)
	orElse(&c.Surveyed, 2000)
	orElse(&c.SurveyEvery, 4)
	orElse(&c.Rate, 100)
}

func orElse[T int | feed.Millis](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, x := range []struct {
		name    string
		v, most int
	}{
		{"readers", c.Readers, 1 << 28},
		{"acts", c.Acts, feed.MaxActs},
		{"pages", c.Pages, 1 << 24},
		{"recall", c.Recall, 1 << 16},
		{"full", c.Full, 1 << 40},
		{"every", c.Every, 1 << 30},
		{"every_page", c.EveryPage, 1 << 30},
		{"surveyed", c.Surveyed, 1 << 40},
		{"survey_every", c.SurveyEvery, 1 << 30},
		{"rate", c.Rate, 1 << 30},
	} {
		if x.v < 1 || x.v > x.most {
			return feed.Invalidf("train."+x.name, "is %d, not between 1 and %d", x.v, x.most)
		}
	}
	if c.Window < 0 {
		return feed.Invalidf("train.window", "is %d ms; spans are not negative", c.Window)
	}
	return nil
}
