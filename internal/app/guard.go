package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"readnext/internal/engine"
	"readnext/internal/store"
	"readnext/internal/store/guard"
	"readnext/internal/store/pebblestore"
)

// Degraded says what a refresh is answered with that cannot be recorded.
type Degraded string

// The answers.
const (
	// Serve is a page from the models that is not recorded.
	Serve Degraded = "serve"
	// Refuse is the error unavailable.
	Refuse Degraded = "refuse"
)

// patient is how long a refresh waits for each answer of the store where the
// alternative is an error.
const patient = time.Second

// guarded puts a guard around a store, or as much of one as does it good: an
// embedded store knows by itself when it cannot write, and says so at once. It
// changes cfg to serve from that store.
func guarded(st store.Store, cfg *Config) (*guard.Store, error) {
	_, embedded := st.(*pebblestore.Store)
	bounds := cfg.Guard
	switch {
	case embedded:
		bounds = guard.InFlight()
		bounds.Reads.Calls, bounds.Pages.Calls, bounds.Writes.Calls = cfg.Guard.Reads.Calls, cfg.Guard.Pages.Calls, cfg.Guard.Writes.Calls
	case cfg.Degraded == Refuse:
		setDefault(&bounds.Reads.Time, patient)
		setDefault(&bounds.Pages.Time, patient)
	}
	if bounds.Logger == nil {
		bounds.Logger = cfg.Logger
	}
	cfg.LiveEngine.Recommend.Degraded = cfg.Degraded == Serve
	cfg.LiveEngine.Recommend.Profiles = cfg.Degraded == Serve && !embedded
	return guard.New(st, bounds)
}

// shared is a guarded store that several processes share.
type shared struct {
	*guard.Store
	store.Sharing
}

// withSharing adds to a guard what the store under it can do beyond the
// contract, which works in the background and needs no guard.
func withSharing(safe *guard.Store, st store.Store) engine.Store {
	if sharing, ok := st.(store.Sharing); ok {
		return shared{safe, sharing}
	}
	return safe
}

// guardMetrics collects how calls of the store are doing.
type guardMetrics struct{ guard *guard.Store }

var guardGauges = []struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	reason string
	value  func(*guard.Class) float64
}{
	{guardDesc("breaker_open", "1 while the breaker keeps calls from a failing store.", "calls"), prometheus.GaugeValue, "",
		func(c *guard.Class) float64 {
			if c.Open {
				return 1
			}
			return 0
		}},
	{guardDesc("calls_in_flight", "Calls of the store under way.", "calls"), prometheus.GaugeValue, "",
		func(c *guard.Class) float64 { return float64(c.InFlight) }},
	{guardFailed, prometheus.CounterValue, "open", func(c *guard.Class) float64 { return float64(c.Refused) }},
	{guardFailed, prometheus.CounterValue, "full", func(c *guard.Class) float64 { return float64(c.Full) }},
	{guardFailed, prometheus.CounterValue, "late", func(c *guard.Class) float64 { return float64(c.Late) }},
}

var guardFailed = guardDesc("calls_cut_short_total",
	"Calls of the store that were not made because its breaker was open or too many were under way, or ended because they were late.", "calls", "reason")

func guardDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("readnext_store_"+name, help, labels, nil)
}

// Describe is for Prometheus.
func (s guardMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range guardGauges {
		if g.reason == "" {
			ch <- g.desc
		}
	}
	ch <- guardFailed
}

// Collect is for Prometheus.
func (s guardMetrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range s.guard.Classes() {
		for _, g := range guardGauges {
			labels := []string{c.Calls}
			if g.reason != "" {
				labels = append(labels, g.reason)
			}
			ch <- prometheus.MustNewConstMetric(g.desc, g.kind, g.value(&c), labels...)
		}
	}
}
