package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"readnext/internal/engine"
	"readnext/internal/server"
	"readnext/internal/store/guard"
)

// Engine says what answers UserRecommend.
type Engine string

// The engines.
const (
	// Live recommends from what was put and recorded.
	Live Engine = "live"
	// Pseudo invents the tutorial's answer. It needs no store.
	Pseudo Engine = "pseudo"
)

// Config sets a service; zero fields take their defaults.
type Config struct {
	Listen      string // 127.0.0.1:8888; port 0 takes a free one
	AdminListen string // 127.0.0.1:8889; "off" for none
	Store       string // pebble:./data
	// SnapshotDir is where a process on a Redis keeps its snapshots; a folder
	// for temporary files, named after the store, by default.
	SnapshotDir string
	// WaitReplicas is how many replicas of a Redis must have a change before it
	// counts as durable; 0.
	WaitReplicas int
	// RedisTimeout bounds every exchange with a Redis; 2 seconds.
	RedisTimeout time.Duration
	// KeepEntries is how many of the log's latest entries stay in a Redis
	// whatever snapshots cover; a million.
	KeepEntries int
	Engine      Engine // live
	// Degraded says what a refresh gets while the store cannot record it: Serve,
	// which is the default, or Refuse.
	Degraded Degraded
	// Guard bounds calls of the store. An embedded one takes no time-outs and no
	// breaker of it.
	Guard guard.Config
	// APIKeysFile holds the keys that backends must show; "" for none.
	APIKeysFile string
	// Insecure allows what [Config.Validate] refuses: answering everybody on an
	// address that other machines reach.
	Insecure bool

	// DrainDelay is how long requests are still answered after /readyz began
	// to say no, so that load balancers notice; 0.
	DrainDelay time.Duration
	// ShutdownTimeout is how long requests under way may take after that; 20 s.
	ShutdownTimeout time.Duration
	// HousekeepingEvery is how often old pages, marks and keys are removed;
	// 1 hour.
	HousekeepingEvery time.Duration

	// Demo, if set, fills an empty store with an invented newsroom, whose
	// readers keep reading for a while. It is called once the newsroom is
	// in, which takes a second; until then the service is not ready. It is not
	// called for a store that has articles.
	Demo func()

	unfinished bool // the store may hold a part of a copy

	Version string
	Logger  *slog.Logger
	Now     func() time.Time // the system's clock

	Server     server.Config
	LiveEngine engine.Config
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	setDefault(&c.Listen, "127.0.0.1:8888")
	setDefault(&c.AdminListen, "127.0.0.1:8889")
	setDefault(&c.Store, "pebble:./data")
	setDefault(&c.Engine, Live)
	setDefault(&c.Degraded, Serve)
	setDefault(&c.ShutdownTimeout, 20*time.Second)
	setDefault(&c.HousekeepingEvery, time.Hour)
	setDefault(&c.Version, "devel")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.LiveEngine.Learn.Logger == nil {
		c.LiveEngine.Learn.Logger = c.Logger
	}
	c.Server.EnsureDefaults()
	c.LiveEngine.EnsureDefaults()
}

func setDefault[T comparable](field *T, to T) {
	var zero T
	if *field == zero {
		*field = to
	}
}

// adminOff says that there is no operator's listener.
const adminOff = "off"

// Validate reports what is out of range or unsafe.
func (c *Config) Validate() error {
	if c.Engine != Live && c.Engine != Pseudo {
		return fmt.Errorf("engine %q is none of live, pseudo", c.Engine)
	}
	if c.Degraded != Serve && c.Degraded != Refuse {
		return fmt.Errorf("degraded %q is none of serve, refuse", c.Degraded)
	}
	if c.Demo != nil && c.Engine != Live {
		return errors.New("the demo needs the live engine")
	}
	if c.DrainDelay < 0 || c.ShutdownTimeout < 0 || c.HousekeepingEvery < 0 {
		return errors.New("delays and periods are not negative")
	}
	if err := c.validateAddress("listen", c.Listen, c.APIKeysFile != ""); err != nil {
		return err
	}
	if c.AdminListen != adminOff {
		if err := c.validateAddress("admin-listen", c.AdminListen, false); err != nil {
			return err
		}
	}
	if c.Engine == Live {
		if err := checkStoreURL(c.Store); err != nil {
			return err
		}
		redis := c.redis("unused")
		if err := redis.Validate(); err != nil {
			return err
		}
	}
	return errors.Join(c.Guard.Validate(), c.Server.Validate(), c.LiveEngine.Validate())
}

// validateAddress refuses an address that other machines reach, unless keys
// guard it.
func (c *Config) validateAddress(name, addr string, guarded bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s %q is no host:port: %w", name, addr, err)
	}
	if guarded || c.Insecure || isLoopback(host) {
		return nil
	}
	if name == "listen" {
		return fmt.Errorf("listen %s is reached from other machines and no API keys are set: "+
			"give an API keys file (--api-keys-file), or say --insecure if something else guards it", addr)
	}
	return fmt.Errorf("%s %s is reached from other machines and asks nobody for a key: "+
		"say --insecure if something else guards it", name, addr)
}

// isLoopback reports whether only this machine reaches a host. Names other than
// localhost could mean anything.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
