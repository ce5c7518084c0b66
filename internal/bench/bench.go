package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Target is a server to measure.
type Target struct {
	Name string
	URL  string // http://host:port
}

// Config sets a measurement of pages; zero fields take their defaults.
type Config struct {
	Targets  []Target
	Conns    int           // keep-alive connections; 32
	Duration time.Duration // of one target in one round; 5 s
	Rounds   int           // 3, after one that is not counted
	Readers  int           // requests come from so many readers at random; 100,000
	Channels []int32       // asked for at random; channel 1
	Num      int32         // articles a page; 10
	JSON     bool          // else protobuf
	APIKey   string
	Seed     uint64
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	setDefault(&c.Conns, 32)
	setDefault(&c.Duration, 5*time.Second)
	setDefault(&c.Rounds, 3)
	setDefault(&c.Readers, 100_000)
	setDefault(&c.Num, 10)
	if len(c.Channels) == 0 {
		c.Channels = []int32{1}
	}
}

func setDefault[T comparable](field *T, to T) {
	var zero T
	if *field == zero {
		*field = to
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if len(c.Targets) == 0 {
		return errors.New("bench: there is no target")
	}
	if c.Conns < 0 || c.Duration < 0 || c.Rounds < 0 || c.Readers < 0 || c.Num < 0 {
		return errors.New("bench: numbers are not negative")
	}
	return nil
}

// Run measures all targets in closed loops and returns the counted rounds of
// each, by name.
func Run(ctx context.Context, cfg Config, progress func(string)) (map[string][]*Round, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	pages := Pages{Num: cfg.Num, JSON: cfg.JSON, Reader: func(rng *rand.Rand, id []byte) ([]byte, int32) {
		id = strconv.AppendInt(append(id, "bench-"...), int64(rng.IntN(cfg.Readers)), 10)
		return id, cfg.Channels[rng.IntN(len(cfg.Channels))]
	}}
	out := make(map[string][]*Round)
	for round := range cfg.Rounds + 1 {
		for i, target := range cfg.Targets {
			load := Load{
				URL: target.URL, APIKey: cfg.APIKey, JSON: cfg.JSON, Conns: cfg.Conns, Duration: cfg.Duration,
				Seed: cfg.Seed<<16 + uint64(round*len(cfg.Targets)+i), Script: pages.Script,
			}
			r, err := load.Run(ctx)
			if err != nil {
				return nil, fmt.Errorf("bench: %s: %w", target.Name, err)
			}
			progress(fmt.Sprintf("round %d of %d: %s %.0f/s", round, cfg.Rounds, target.Name, r.PerSecond()))
			if round > 0 {
				out[target.Name] = append(out[target.Name], r)
			}
		}
	}
	return out, nil
}
