package truth

import (
	"fmt"

	"readnext/internal/feed"
)

// Config describes a world; zero fields take their defaults.
type Config struct {
	Seed uint64
	// Born is when readers begin to come, midnight UTC. Required.
	Born feed.Millis
	// Days is how long they come. Default 14.
	Days int
	// Readers is how many are there on the first day. Default 1500.
	Readers int
	// Newcomers is how many more come each day, as a share of Readers.
	// Default 0.05; below 0 none.
	Newcomers float64
	// Visits is how often the median reader comes in a day. Default 1.3.
	Visits float64
	// Leave is the probability that a visit ends after a page. Default 0.45.
	Leave float64
	// Articles is how many are published in a day. Default 720.
	Articles int
	// Topics is how many topics there are; each has Subtopics. Default 40 and 4.
	Topics, Subtopics int
	// Circles is how many sets of interests readers share. Default 16.
	Circles int
	// Drift is the chance a day that a loved topic gives way to another.
	// Default 0.01; below 0 none.
	Drift float64
	// Named is the share of articles whose tags name the sub-topic that they
	// are mostly about. Default 0.8; below 0 none.
	Named float64
	// Base is the click hazard of a median article on the day's news for a
	// reader who loves it. Default 0.42.
	Base float64
	// QualitySpread is the standard deviation of log quality. Default 0.5.
	QualitySpread float64
	// HalfLife is the median of articles' half-lives. Default 8 hours.
	HalfLife feed.Millis
	// Fatigue is what is left of an interest after each article on the topic
	// shown in the visit. Default 0.92.
	Fatigue float64
	// Breaks is how many news breaks there are in a day, on average. Default 1;
	// below 0 none.
	Breaks float64
	// Direct is how many clicks a median article gets from outside, from
	// searches and messages. Default 2; below 0 none.
	Direct float64
}

// EnsureDefaults replaces zero fields by their defaults.
func (c *Config) EnsureDefaults() {
	setDefault(&c.Days, 14)
	setDefault(&c.Readers, 1500)
	setDefault(&c.Newcomers, 0.05)
	setDefault(&c.Visits, 1.3)
	setDefault(&c.Leave, 0.45)
	setDefault(&c.Articles, 720)
	setDefault(&c.Topics, 40)
	setDefault(&c.Subtopics, 4)
	setDefault(&c.Circles, 16)
	setDefault(&c.Drift, 0.01)
	setDefault(&c.Named, 0.8)
	setDefault(&c.Base, 0.42)
	setDefault(&c.QualitySpread, 0.5)
	setDefault(&c.HalfLife, 8*feed.Hour)
	setDefault(&c.Fatigue, 0.92)
	setDefault(&c.Breaks, 1)
	setDefault(&c.Direct, 2)
}

// Validate reports the first thing out of range.
func (c *Config) Validate() error {
	switch {
	case c.Born <= back || c.Born%feed.Day != 0:
		return fmt.Errorf("truth: Born is %d; it is a midnight, and not the first", c.Born)
	case c.Days < 1 || c.Days > 365:
		return fmt.Errorf("truth: Days is %d; it lies between 1 and 365", c.Days)
	case c.Readers < 1 || c.Readers > 1e6:
		return fmt.Errorf("truth: Readers is %d; it lies between 1 and a million", c.Readers)
	case c.Articles < 1 || c.Articles > 1e5:
		return fmt.Errorf("truth: Articles is %d a day; it lies between 1 and 100000", c.Articles)
	case c.Topics < lovedMost+1 || c.Subtopics < 2 || c.Circles < 1:
		return fmt.Errorf("truth: %d topics of %d sub-topics and %d circles; there are at least %d, 2 and 1",
			c.Topics, c.Subtopics, c.Circles, lovedMost+1)
	case !(c.Drift <= 1) || !(c.Named <= 1):
		return fmt.Errorf("truth: Drift is %v and Named %v; they are at most 1", c.Drift, c.Named)
	case !(c.Newcomers <= 10) || !(c.Breaks <= 100) || !(c.Direct <= 1000):
		return fmt.Errorf("truth: Newcomers is %v, Breaks %v, Direct %v; that is too many", c.Newcomers, c.Breaks, c.Direct)
	case !(c.Visits > 0 && c.Visits <= 50) || !(c.Leave > 0 && c.Leave <= 1):
		return fmt.Errorf("truth: Visits is %v and Leave %v; they lie above 0, up to 50 and 1", c.Visits, c.Leave)
	case !(c.Base > 0) || !(c.QualitySpread >= 0) || c.HalfLife < feed.Minute || !(c.Fatigue > 0 && c.Fatigue <= 1):
		return fmt.Errorf("truth: Base %v, QualitySpread %v, HalfLife %d ms or Fatigue %v is out of range",
			c.Base, c.QualitySpread, c.HalfLife, c.Fatigue)
	}
	return nil
}

// back is how long before Born the newsroom began to publish.
const back = 2 * feed.Day

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
