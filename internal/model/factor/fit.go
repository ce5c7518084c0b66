package factor

import (
	"sync/atomic"
	"time"
)

// fit is a view in the making.
type fit struct {
	in      atomic.Pointer[input]
	stopped atomic.Bool
	done    chan struct{} // closed once out is set
	out     *view         // of a settled fit; nil if it was stopped
}

// start begins a fit in the background. What serves is offered to requests as
// soon as it is done, and its input let go; that of a settled fit is state until
// the fit is put to use.
func (m *Model) start(in *input, serves bool) *fit {
	f := &fit{done: make(chan struct{})}
	f.in.Store(in)
	go func() {
		defer close(f.done)
		began := m.now()
		out := solve(in, &m.cfg, f.stopped.Load)
		end := m.now()
		pause := float64(end-began) * max(0, 1/m.cfg.FitCPU-1)
		m.rest.Store(int64(end) + int64(pause))
		if !serves {
			f.out = out
			return
		}
		f.in.Store(nil)
		if out != nil {
			m.offer(out)
		}
	}()
	return f
}

// has reports whether the fit, nil for none, holds a reader's articles.
func (f *fit) has(key uint64) bool {
	in := f.held()
	return in != nil && in.has(key)
}

// held is the input that the fit, nil for none, still holds, or nil.
func (f *fit) held() *input {
	if f == nil {
		return nil
	}
	return f.in.Load()
}

// busy reports whether the fit, nil for none, is under way.
func (f *fit) busy() bool {
	if f == nil {
		return false
	}
	select {
	case <-f.done:
		return false
	default:
		return true
	}
}

// end stops the fit and waits for its end.
func (f *fit) end() {
	if f != nil {
		f.stopped.Store(true)
		<-f.done
	}
}

// offer makes a view the one that requests use, unless they have a newer one.
func (m *Model) offer(v *view) {
	for {
		had := m.serving.Load()
		if had.at > v.at || m.serving.CompareAndSwap(had, v) {
			return
		}
	}
}

// schedule says at which counts of interactions settled fits are taken and put
// to use.
type schedule struct {
	base  uint64 // N(k)
	taken bool   // the fit of N(k) is under way
}

// slowest bounds how many interactions one settled fit is behind the one
// before.
const slowest = 500_000

func firstDue(cfg *Config) schedule { return schedule{base: uint64(cfg.First)} }

// next returns the count at which something is to be done.
func (s schedule) next() uint64 {
	if s.taken {
		return s.base + max(1, min(s.base/4, slowest/2))
	}
	return s.base
}

func (s schedule) following() schedule {
	return schedule{base: s.base + max(1, min(s.base/2, slowest))}
}

// settle takes the next settled fit, or puts the one under way to use. It waits
// for it if need be, without a lock.
func (m *Model) settle() {
	if !m.due.taken {
		m.state.Lock()
		defer m.state.Unlock()
		m.due.taken = true
		m.pending = m.start(m.input(), false)
		return
	}
	f := m.pending
	<-f.done
	out := f.out
	if out == nil { // Close came before
		out = solve(f.in.Load(), &m.cfg, func() bool { return false })
	}
	m.state.Lock()
	defer m.state.Unlock()
	m.pending, m.due = nil, m.due.following()
	m.settled.Store(out)
	m.offer(out)
}

// Refit has requests catch up: it begins a fit of the present state in the
// background, unless one is under way, or has just been and processors rest,
// or there is nothing new. While the log moves, what is new must be half a
// percent of all; a log that stood still between two calls is fitted to its
// last event. So two replicas at rest at the log's end answer the same.
//
// It is for the goroutine that folds, to be called about once a second when it
// has reached the log's end; it takes microseconds, or a copy's time.
func (m *Model) Refit() {
	m.state.Lock()
	defer m.state.Unlock()
	moving := m.changes != m.askedChanges
	m.askedChanges = m.changes
	behind := m.changes - m.serving.Load().at
	switch {
	case behind == 0 || m.refit.busy() || m.pending.busy():
	case moving && behind*200 < uint64(m.readers.total):
	case m.now() < time.Duration(m.rest.Load()):
	default:
		m.refit = m.start(m.input(), true)
	}
}

// Fit fits the present state and returns once requests are answered from it.
func (m *Model) Fit() {
	m.state.Lock()
	in := m.input()
	m.state.Unlock()
	m.offer(solve(in, &m.cfg, func() bool { return false }))
}

// Wait waits for the fits under way.
func (m *Model) Wait() {
	for _, f := range []*fit{m.refit, m.pending} {
		if f != nil {
			<-f.done
		}
	}
}

// Close stops the fits under way and waits for their end. The model can be
// asked, and its snapshot written, as before.
func (m *Model) Close() {
	m.refit.end()
	m.pending.end()
}
