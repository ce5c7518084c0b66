package learn

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"readnext/internal/feed"
)

// Config sets a Learner; zero fields take their defaults.
type Config struct {
	// Values says what an action is worth to the models.
	Values feed.Values
	// Stretch is how many log entries are folded at a time; 512.
	Stretch int
	// SnapshotEvery is how long changes may be in no snapshot; 5 minutes.
	SnapshotEvery time.Duration
	// AwaitTimeout is how long a write waits to be folded; 2 seconds.
	AwaitTimeout time.Duration
	Logger       *slog.Logger
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.Values == (feed.Values{}) {
		c.Values = feed.DefaultValues()
	}
	if c.Stretch == 0 {
		c.Stretch = 512
	}
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = 5 * time.Minute
	}
	if c.AwaitTimeout == 0 {
		c.AwaitTimeout = 2 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if c.Stretch < 0 || c.SnapshotEvery < 0 || c.AwaitTimeout < 0 {
		return errors.New("learn: stretch, snapshot period and await timeout are not negative")
	}
	v := c.Values
	for _, x := range []float64{v.Click, v.ReadFull, v.Collect, v.Share, v.Dislike} {
		if !(math.Abs(x) <= 1000) {
			return fmt.Errorf("learn: an action is worth %v; that lies between -1000 and 1000", x)
		}
	}
	if c.Values.ReadFullTime <= 0 {
		return errors.New("learn: the read time that counts in full is above 0")
	}
	return nil
}
