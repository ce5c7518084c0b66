package server

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/twitchtv/twirp"
)

// Metrics counts what a server does, in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	panics    prometheus.Counter
	pages     *prometheus.CounterVec
	served    prometheus.Counter
	signals   *prometheus.CounterVec
	articles  *prometheus.CounterVec
	effect    *prometheus.HistogramVec
}

// routeStats are a route's metrics for answers without error and for refusals,
// looked up once.
type routeStats struct {
	requests, refusals prometheus.Counter
	duration, refusal  prometheus.Observer
}

// Kinds of pages, outcomes of signals and articles: values of labels.
const (
	pageRefresh  = "refresh"
	pageHistory  = "history"
	pageEmpty    = "empty"
	pageDegraded = "degraded"

	signalAccepted  = "accepted"
	signalDuplicate = "duplicate"

	codeOK = "ok"
)

// NewMetrics makes metrics of a process of the given version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests = m.counters("requests_total", "Requests answered, by method and Twirp code.", "method", "code")
	m.durations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "readnext", Name: "request_duration_seconds",
		Help:    "How long requests took, by method and Twirp code.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
	}, []string{"method", "code"})
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "readnext", Name: "requests_in_flight", Help: "Requests under way.",
	})
	m.panics = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "readnext", Name: "panics_total", Help: "Requests that panicked.",
	})
	m.pages = m.counters("pages_total", "Answers of UserRecommend, by kind: refresh, history, empty or degraded.", "kind")
	m.served = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "readnext", Name: "served_articles_total", Help: "Articles on the pages answered.",
	})
	m.signals = m.counters("signals_total",
		"Rows of Report and Record, by outcome: accepted, duplicate, or why they were rejected.", "method", "outcome")
	m.articles = m.counters("articles_total", "Rows of the catalogue's changes, by outcome.", "outcome")
	m.effect = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "readnext", Name: "event_to_effect_seconds",
		Help:    "Time from the start of a Report or Record until it is durable and in this process's models.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"method"})
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "readnext", Name: "build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.durations, m.inFlight, m.panics, m.served, m.effect, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "readnext", Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

// Register adds a collector; a second one of the same metrics panics.
func (m *Metrics) Register(c prometheus.Collector) { m.registry.MustRegister(c) }

func (m *Metrics) bind(rt *route) {
	rt.stats.requests = m.requests.WithLabelValues(rt.name, codeOK)
	rt.stats.duration = m.durations.WithLabelValues(rt.name, codeOK)
	if rt.request != nil {
		rt.stats.refusals = m.requests.WithLabelValues(rt.name, string(twirp.ResourceExhausted))
		rt.stats.refusal = m.durations.WithLabelValues(rt.name, string(twirp.ResourceExhausted))
	}
}

func (m *Metrics) request(rt *route, code twirp.ErrorCode, took time.Duration) {
	if code == "" {
		rt.stats.requests.Inc()
		rt.stats.duration.Observe(took.Seconds())
		return
	}
	m.requests.WithLabelValues(rt.name, string(code)).Inc()
	m.durations.WithLabelValues(rt.name, string(code)).Observe(took.Seconds())
}

// refused counts a request that the door refused.
func (m *Metrics) refused(rt *route, took time.Duration) {
	rt.stats.refusals.Inc()
	rt.stats.refusal.Observe(took.Seconds())
}

// ModelSizes is a collector of how many things each model holds. sizes is
// called for each scrape.
func ModelSizes(sizes func(yield func(model, name string, n int))) prometheus.Collector {
	return &modelSizes{
		sizes: sizes,
		desc: prometheus.NewDesc("readnext_model_size", "How many things a model holds.",
			[]string{"model", "name"}, nil),
	}
}

type modelSizes struct {
	sizes func(yield func(model, name string, n int))
	desc  *prometheus.Desc
}

func (s *modelSizes) Describe(ch chan<- *prometheus.Desc) { ch <- s.desc }

func (s *modelSizes) Collect(ch chan<- prometheus.Metric) {
	s.sizes(func(model, name string, n int) {
		ch <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, float64(n), model, name)
	})
}
