package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config sets a measurement; zero fields take their defaults.
type Config struct {
	Binary   string        // readnext itself
	Dir      string        // for stores, which are left there; it exists and is empty
	World    World         // 100,000 articles, 2,000 a channel up to 50 of them, 200,000 readers, 1,000,000 events
	Num      int32         // articles a page; 10
	Conns    int           // of closed loops; 32
	Rounds   int           // 3
	Duration time.Duration // of one target in one round; 1.5 s
	Serve    []string      // more flags of the live servers
	Seed     uint64
	// Settle is how long a server's models are waited for before it is asked for
	// pages; a minute, and three for those that grow.
	Settle time.Duration
	// Effects is how many reports are looked for in the next preview; 200.
	Effects int
	// Axes are what grows in a growth run: articles, readers, channels,
	// article_num, both (articles and readers); nil for all.
	Axes []string
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	setDefault(&c.World.Articles, 100_000)
	setDefault(&c.World.Channels, min(max(c.World.Articles/2000, 1), 50))
	setDefault(&c.World.Readers, 200_000)
	setDefault(&c.World.Events, 5*c.World.Readers)
	setDefault(&c.Num, 10)
	setDefault(&c.Conns, 32)
	setDefault(&c.Rounds, 3)
	setDefault(&c.Duration, 1500*time.Millisecond)
	setDefault(&c.Settle, time.Minute)
	setDefault(&c.Effects, 200)
}

func setDefault[T comparable](field *T, to T) {
	var zero T
	if *field == zero {
		*field = to
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	w := c.World
	switch {
	case c.Binary == "" || c.Dir == "":
		return errors.New("bench: there is no binary, or no directory")
	case min(w.Articles, w.Channels, w.Readers, w.Events, int(c.Num), c.Conns, c.Rounds, c.Effects) < 1:
		return errors.New("bench: numbers are above 0")
	case w.Articles/w.Channels < int(c.Num)*4:
		return errors.New("bench: a channel holds four pages of articles at least")
	case slices.ContainsFunc(c.Axes, func(a string) bool { return !slices.Contains(axes(), a) }):
		return fmt.Errorf("bench: growth is of %s", strings.Join(axes(), ", "))
	case c.Duration <= 0 || c.Settle <= 0:
		return errors.New("bench: times are above 0")
	}
	return nil
}
