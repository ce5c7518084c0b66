package sim

import (
	"fmt"

	"readnext/internal/feed"
)

// WorldConfig says how large a world is and when it takes place.
type WorldConfig struct {
	Seed uint64
	// Born is the moment around which articles are published. Required.
	Born feed.Millis
	// Articles is how many articles the newsroom ever writes. Default 600.
	Articles int
	// Readers is how many readers there are. Default 200.
	Readers int
	// Back is how long before Born the first article was published. Default 5
	// days.
	Back feed.Millis
	// Ahead is how long after Born the last article is published. Default 12
	// hours.
	Ahead feed.Millis
	// Lead is how long before its publication the newsroom hands an article
	// in. Default 12 hours.
	Lead feed.Millis
}

// EnsureDefaults replaces zero fields by their defaults.
func (c *WorldConfig) EnsureDefaults() {
	setDefault(&c.Articles, 600)
	setDefault(&c.Readers, 200)
	setDefault(&c.Back, 5*feed.Day)
	setDefault(&c.Ahead, 12*feed.Hour)
	setDefault(&c.Lead, 12*feed.Hour)
}

// Validate reports the first thing wrong with c.
func (c *WorldConfig) Validate() error {
	switch {
	case c.Born <= 0:
		return fmt.Errorf("sim: Born is %d; a world has a time", c.Born)
	case c.Articles < 1 || c.Articles > maxArticles:
		return fmt.Errorf("sim: Articles is %d; it lies between 1 and %d", c.Articles, maxArticles)
	case c.Readers < 1:
		return fmt.Errorf("sim: Readers is %d; it is above 0", c.Readers)
	case c.Back < feed.Minute || c.Back >= c.Born:
		return fmt.Errorf("sim: Back is %d ms; it is at least a minute and less than Born", c.Back)
	case c.Ahead < 0 || c.Lead < 0:
		return fmt.Errorf("sim: Ahead is %d ms and Lead %d ms; spans are not negative", c.Ahead, c.Lead)
	}
	return nil
}

// Config says how the readers of a world behave towards a backend.
type Config struct {
	// Seed draws whatever happens in the run; the world has its own.
	Seed uint64
	// Past is how far back the invented past reaches. Default 8 hours.
	Past feed.Millis
	// Visits is how many visits a reader has made in the past, on average;
	// below 0 there is no past. Default 6.
	Visits int
	// Batch is how many signals go into one Submit of the past. Default 256.
	Batch int
	// For is how long Live lasts; below 0 Live is left out. Default 10 minutes.
	For feed.Millis
	// Rate is how many pages all readers together ask for in a second, on
	// average. Default 3; more than 20 is not gentle any more.
	Rate float64
	// Num is how many articles a page has. Default 10.
	Num int
	// Spare is how many of the first readers Live leaves alone, so that
	// somebody else can be them; they have a past like everybody.
	Spare int
}

// Demo is the run for somebody who watches: reader-1 is theirs.
func Demo() Config { return Config{Spare: 1} }

// EnsureDefaults replaces zero fields by their defaults.
func (c *Config) EnsureDefaults() {
	setDefault(&c.Past, 8*feed.Hour)
	setDefault(&c.Visits, 6)
	setDefault(&c.Batch, 256)
	setDefault(&c.For, 10*feed.Minute)
	setDefault(&c.Rate, 3)
	setDefault(&c.Num, 10)
}

// Validate reports the first thing wrong with c.
func (c *Config) Validate() error {
	switch {
	case c.Past < feed.Minute:
		return fmt.Errorf("sim: Past is %d ms; it is at least a minute", c.Past)
	case c.Batch < 1:
		return fmt.Errorf("sim: Batch is %d; it is above 0", c.Batch)
	case !(c.Rate > 0) || c.Rate > maxRate:
		return fmt.Errorf("sim: Rate is %v; it lies above 0 and at most at %d", c.Rate, maxRate)
	case c.Num < 1:
		return fmt.Errorf("sim: Num is %d; it is above 0", c.Num)
	case c.Spare < 0:
		return fmt.Errorf("sim: Spare is %d; it is not negative", c.Spare)
	}
	return nil
}

const (
	maxArticles = 20000 // beyond it the templates run out of titles
	maxRate     = 1000
)

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
