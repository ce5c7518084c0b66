package bench

import (
	"context"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"
)

// pace says when requests of an open loop are due.
type pace struct {
	offsets []time.Duration // from the beginning, ascending
	done    chan struct{}
}

// newPace draws the times of a Poisson process; there is one at least.
func newPace(rate float64, during time.Duration, seed uint64) *pace {
	rng := rand.New(rand.NewPCG(seed, 0x9ace))
	p := &pace{done: make(chan struct{})}
	for at := 0.0; ; {
		at += rng.ExpFloat64() / rate
		if at >= during.Seconds() {
			if len(p.offsets) == 0 {
				p.offsets = append(p.offsets, 0)
			}
			return p
		}
		p.offsets = append(p.offsets, time.Duration(at*float64(time.Second)))
	}
}

// run hands out each request when it is due, to whichever connection is free;
// those that find none wait in the channel, and their latency runs. When ctx
// ends, the rest is dropped. It sleeps by the system's clock on a thread of its
// own: Go's timers may be a millisecond late in an idle process.
func (p *pace) run(ctx context.Context) <-chan time.Time {
	due := make(chan time.Time, len(p.offsets))
	go func() {
		defer close(p.done)
		defer close(due)
		// The thread outlives the goroutine: child processes may be bound to it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		timerSlack(time.Nanosecond)
		defer timerSlack(0)
		begin := time.Now()
		for _, offset := range p.offsets {
			for wait := offset - time.Since(begin); wait > 0; wait = offset - time.Since(begin) {
				ts := syscall.NsecToTimespec(int64(min(wait, 50*time.Millisecond)))
				syscall.Nanosleep(&ts, nil) //nolint:errcheck // interrupted: it sleeps again
				if ctx.Err() != nil {
					return
				}
			}
			due <- begin.Add(offset)
		}
	}()
	return due
}

func (p *pace) wait() { <-p.done }

// timerSlack sets how late the system may wake this thread; 0 is the default
// again. Without it, waking is only less exact.
func timerSlack(d time.Duration) {
	const setTimerSlack = 29
	syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, uintptr(d), 0)
}
