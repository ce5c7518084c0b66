package server

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"
)

// AccessLog says which requests are logged.
type AccessLog string

// Which requests are logged.
const (
	LogAll    AccessLog = "all"
	LogErrors AccessLog = "errors" // those that were answered with an error
	LogOff    AccessLog = "off"
)

// Config sets a server; zero fields take their defaults.
type Config struct {
	MaxBody   int64     // bytes of a request's body; 1 MiB
	AccessLog AccessLog // errors

	// MaxInFlight is how many requests are worked on at a time; more are refused.
	// 64 a processor.
	MaxInFlight int
	// MaxWait is how long a request may have waited, once it was there, until it
	// is looked at. Once more than 48 a processor wait longer, and until fewer than
	// 12 do, most of those that did are refused. 10 ms.
	MaxWait time.Duration

	ReadHeaderTimeout time.Duration // 5 s
	ReadTimeout       time.Duration // of a whole request; 15 s
	WriteTimeout      time.Duration // 30 s
	IdleTimeout       time.Duration // 120 s
	MaxHeaderBytes    int           // 32 KiB
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.AccessLog == "" {
		c.AccessLog = LogErrors
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = 64 * runtime.GOMAXPROCS(0)
	}
	setDefault(&c.MaxWait, 10*time.Millisecond)
	setDefault(&c.ReadHeaderTimeout, 5*time.Second)
	setDefault(&c.ReadTimeout, 15*time.Second)
	setDefault(&c.WriteTimeout, 30*time.Second)
	setDefault(&c.IdleTimeout, 120*time.Second)
	if c.MaxHeaderBytes == 0 {
		c.MaxHeaderBytes = 32 << 10
	}
}

func setDefault(d *time.Duration, to time.Duration) {
	if *d == 0 {
		*d = to
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	switch c.AccessLog {
	case LogAll, LogErrors, LogOff:
	default:
		return fmt.Errorf("server: access log %q is none of all, errors, off", c.AccessLog)
	}
	if c.MaxBody < 0 || c.MaxHeaderBytes < 0 || c.MaxInFlight < 0 {
		return errors.New("server: limits are not negative")
	}
	if min(c.MaxWait, c.ReadHeaderTimeout, c.ReadTimeout, c.WriteTimeout, c.IdleTimeout) < 0 {
		return errors.New("server: timeouts are not negative")
	}
	return nil
}

// HTTPServer makes a server with the configured limits. It does not listen.
func (c Config) HTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		WriteTimeout:      c.WriteTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
	}
}
