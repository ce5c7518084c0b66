package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"readnext/internal/store/pebblestore"
)

// storeMetrics collects how an embedded store is doing.
type storeMetrics struct {
	store interface{ Metrics() pebblestore.Metrics }
}

var storeGauges = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(pebblestore.Metrics) float64
}{
	{storeDesc("refuses_writes", "1 while the store refuses writes, because the disk is full or failed."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 {
			if m.Failure != nil {
				return 1
			}
			return 0
		}},
	{storeDesc("disk_bytes", "Size of the database on disk."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 { return float64(m.DiskBytes) }},
	{storeDesc("log_bytes", "Write-ahead logs that are not in tables yet."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 { return float64(m.WALBytes) }},
	{storeDesc("cached_profiles", "Readers' profiles in memory."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 { return float64(m.CachedProfiles) }},
	{storeDesc("cached_profile_bytes", "About the memory of those."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 { return float64(m.ProfileBytes) }},
	{storeDesc("last_sync_seconds", "How long the last sync of the write-ahead log took."), prometheus.GaugeValue,
		func(m pebblestore.Metrics) float64 { return m.LastSync.Seconds() }},
	{storeDesc("syncs_total", "Syncs of write-ahead logs since the start."), prometheus.CounterValue,
		func(m pebblestore.Metrics) float64 { return float64(m.Syncs) }},
}

func storeDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("readnext_store_"+name, help, nil, nil)
}

// Describe is for Prometheus.
func (s storeMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range storeGauges {
		ch <- g.desc
	}
}

// Collect is for Prometheus.
func (s storeMetrics) Collect(ch chan<- prometheus.Metric) {
	m := s.store.Metrics()
	for _, g := range storeGauges {
		ch <- prometheus.MustNewConstMetric(g.desc, g.kind, g.value(m))
	}
}
