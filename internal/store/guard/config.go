package guard

import (
	"errors"
	"log/slog"
	"time"
)

// Bound is what one class of calls may take.
type Bound struct {
	// Time is how long a call may take; below 0 for as long as it likes.
	Time time.Duration
	// Calls is how many may be under way; below 0 for any number.
	Calls int
}

func (b *Bound) ensureDefaults(time time.Duration) {
	if b.Time == 0 {
		b.Time = time
	}
	if b.Calls == 0 {
		b.Calls = 1024
	}
}

// Config sets a Store; zero fields take their defaults.
type Config struct {
	// Reads bounds Profile, PageAt and Articles; 100 ms, 1024 calls.
	Reads Bound
	// Pages bounds PutPage; 100 ms, 1024 calls. With Reads it is what a refresh
	// may wait for the store.
	Pages Bound
	// Writes bounds what must be durable; 1.5 s, 1024 calls.
	Writes Bound
	// Row is what each article or signal of a call adds to its time; 1 ms.
	Row time.Duration
	// List is how long ListArticles and SigningKeys may take; 1.5 s; below 0
	// for as long as they like.
	List time.Duration
	// Trip is how many failures in a row open a breaker; 5. Half of at least
	// four times as many calls within [window] failing opens it too. Below 0
	// there are no breakers.
	Trip int
	// Rest is how long a breaker stays open before it lets a call try; 250 ms.
	Rest   time.Duration
	Logger *slog.Logger
}

// InFlight bounds nothing but how many calls are under way.
func InFlight() Config {
	untimed := Bound{Time: -1}
	return Config{Reads: untimed, Pages: untimed, Writes: untimed, List: -1, Trip: -1}
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	c.Reads.ensureDefaults(100 * time.Millisecond)
	c.Pages.ensureDefaults(100 * time.Millisecond)
	c.Writes.ensureDefaults(1500 * time.Millisecond)
	if c.List == 0 {
		c.List = 1500 * time.Millisecond
	}
	if c.Row == 0 {
		c.Row = time.Millisecond
	}
	if c.Trip == 0 {
		c.Trip = 5
	}
	if c.Rest == 0 {
		c.Rest = 250 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if c.Rest < 0 || c.Row < 0 {
		return errors.New("guard: a breaker's rest and a row's time are not negative")
	}
	if c.Trip > 1<<20 {
		return errors.New("guard: a breaker opens after more than 1048576 failures")
	}
	return nil
}
