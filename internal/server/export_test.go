package server

import "time"

// Gate is a gate that is told how long requests waited.
type Gate struct{ g *gate }

// NewGate makes the gate of a server.
func NewGate(cfg Config) Gate { return Gate{newGate(&cfg)} }

// GateOf is that of a handler.
func GateOf(e *Edge) Gate { return Gate{e.gate} }

// Queue is how many requests may wait.
func (g Gate) Queue() float64 { return g.g.queue }

// Strict reports whether what is late is refused.
func (g Gate) Strict() bool { return g.g.strict.Load() }

// Judge reports whether a request that waited so long is one too many.
func (g Gate) Judge(took time.Duration, now time.Time) bool {
	g.g.mu.Lock()
	defer g.g.mu.Unlock()
	return g.g.judgeLocked(took, now)
}
