package pebblestore

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// pebbleLog tells Pebble's troubles to a slog.Logger. What Pebble calls fatal
// freezes the store instead of ending the process.
type pebbleLog struct {
	log    *slog.Logger
	freeze func(error)
}

var _ pebble.Logger = (*pebbleLog)(nil)

func (l *pebbleLog) Infof(format string, args ...any) {}

func (l *pebbleLog) Errorf(format string, args ...any) {
	l.log.Error("pebble", "message", fmt.Sprintf(format, args...))
}

func (l *pebbleLog) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.freeze(err)
	l.log.Error("pebble failed; the store takes no more writes until restarted", "error", err)
}

// events are what the store wants to hear of Pebble. A flush that fails is
// tried again by Pebble until it succeeds; until then no writes are taken, which
// would pile up in memory and then stall.
func (s *Store) events() *pebble.EventListener {
	var flush atomic.Pointer[error] // of the last flush; an empty one has an error too
	return &pebble.EventListener{
		FlushEnd: func(info pebble.FlushInfo) {
			if info.Err == nil {
				flush.Store(nil)
				s.sync.flushes.Store(nil)
				return
			}
			flush.Store(&info.Err)
		},
		BackgroundError: func(err error) {
			if p := flush.Load(); p != nil && errors.Is(err, *p) {
				s.sync.flushes.Store(&err)
			}
			s.log.log.Error("pebble cannot flush or compact", "error", err)
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			s.log.log.Error("pebble found a damaged file", "info", info.String())
		},
	}
}
