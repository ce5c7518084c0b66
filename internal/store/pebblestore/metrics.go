package pebblestore

import "time"

// Metrics is how a store is doing.
type Metrics struct {
	DiskBytes      uint64        // all of the database
	WALBytes       uint64        // write-ahead logs not yet in tables
	CachedProfiles int           // profiles in memory
	ProfileBytes   int64         // about their size
	LastSync       time.Duration // how long the last sync took
	Syncs          uint64        // syncs of write-ahead logs since Open
	Failure        error         // why writes are refused, or nil
}

// Metrics measures. It takes every stripe's lock for a moment: once in a few
// seconds is fine.
func (s *Store) Metrics() Metrics {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return Metrics{Failure: errClosed}
	}
	db := s.db.Metrics()
	m := Metrics{
		DiskBytes: db.DiskSpaceUsage(),
		WALBytes:  db.WAL.Size,
		LastSync:  time.Duration(s.sync.last.Load()),
		Syncs:     s.sync.syncs.Load(),
		Failure:   s.sync.failure(),
	}
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		n, bytes := st.cachedLocked()
		m.CachedProfiles += n
		m.ProfileBytes += bytes
		st.mu.Unlock()
	}
	return m
}
