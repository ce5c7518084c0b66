package app

import (
	"runtime"
	"sync/atomic"
	"time"
)

// courtesy has fits in the background give way to requests: after every bit of
// work a fit sleeps five times as long if requests came meanwhile, or if many rows
// are being written, which takes longer than a bit; as long if it is urgent. So it takes a whole processor where there are none, a sixth or half
// of one where there are many, and never nothing.
type courtesy struct {
	requests atomic.Uint64 // so far
	writing  atomic.Int64  // rows under way
	now      func() time.Duration
	sleep    func(time.Duration)

	seen  atomic.Uint64 // of requests, when a fit looked last
	since atomic.Int64  // when it went on then, by now
}

func newCourtesy() *courtesy {
	began := time.Now()
	return &courtesy{now: func() time.Duration { return time.Since(began) }, sleep: time.Sleep}
}

const (
	fitWork = time.Millisecond
	fitRest = 5 * fitWork
	// urgentRest is that of urgent fits.
	urgentRest = fitWork
	// manyRows take a processor longer than a fit's bit of work does.
	manyRows = 50
	// fitBreak lets the runtime look what the network has, where the fit has
	// the only processor.
	fitBreak = 50 * time.Microsecond
)

// came counts a request.
func (c *courtesy) came() { c.requests.Add(1) }

// write counts the rows of a request while it is under way, and off when it is over.
func (c *courtesy) write(rows int) {
	c.requests.Add(1)
	c.writing.Add(int64(rows))
}

func (c *courtesy) written(rows int) { c.writing.Add(-int64(rows)) }

// busy reports whether a fit is to give way.
func (c *courtesy) busy() bool {
	requests := c.requests.Load()
	return c.seen.Swap(requests) != requests || c.writing.Load() >= manyRows
}

// giveWay returns when a fit may go on.
func (c *courtesy) giveWay(urgent bool) {
	if c.now()-time.Duration(c.since.Load()) < fitWork {
		return
	}
	if c.busy() {
		if urgent {
			c.sleep(urgentRest)
		} else {
			c.sleep(fitRest)
		}
	} else if runtime.GOMAXPROCS(0) == 1 {
		c.sleep(fitBreak)
	}
	c.since.Store(int64(c.now()))
}
