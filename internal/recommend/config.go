package recommend

import "errors"

// Config sets a Recommender; zero fields take their defaults.
type Config struct {
	// Recall is how many proposals each source is asked for; 100. A request
	// for more than a third as many articles asks for three times as many.
	Recall int
	// Acts is how many of a reader's latest acts are looked at; 50.
	Acts int
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.Recall == 0 {
		c.Recall = 100
	}
	if c.Acts == 0 {
		c.Acts = 50
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if c.Recall < 0 || c.Acts < 0 {
		return errors.New("recommend: recall and acts are not negative")
	}
	return nil
}
