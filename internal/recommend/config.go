package recommend

import (
	"errors"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

// Config sets a Recommender; zero fields take their defaults.
type Config struct {
	// Recall is how many proposals each source is asked for; 100. A request
	// for more than a third as many articles asks for three times as many.
	Recall int
	// Acts is how many of a reader's latest acts are looked at; 50.
	Acts int
	// Explore says how slates are drawn; the zero value is greedy.
	Explore explore.Policy
	// FreshFor is how long after its publication an article is fresh to
	// Explore; 24 hours.
	FreshFor feed.Millis
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.Recall == 0 {
		c.Recall = 100
	}
	if c.Acts == 0 {
		c.Acts = 50
	}
	if c.FreshFor == 0 {
		c.FreshFor = feed.Day
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if c.Recall < 0 || c.Acts < 0 {
		return errors.New("recommend: recall and acts are not negative")
	}
	if c.FreshFor < 0 {
		return errors.New("recommend: fresh for less than no time")
	}
	return c.Explore.Validate()
}
