package factor

import (
	"sync/atomic"
	"time"
)

// fit is a view in the making.
type fit struct {
	in      atomic.Pointer[input]
	stopped atomic.Bool
	awaited atomic.Bool   // the fold waits: no more giving way
	from    uint64        // of a settled fit: the interactions when it was taken
	until   uint64        // and when it is put to use; 0 for others
	done    chan struct{} // closed once out is set
	out     *view         // of a settled fit; nil if it was stopped
}

// start begins a fit in the background. What serves is offered to requests as
// soon as it is done, and its input let go; that of a settled fit is state until
// the fit is put to use.
func (m *Model) start(in *input, serves, urgent bool) *fit {
	f := &fit{done: make(chan struct{})}
	if !serves {
		f.from, f.until = m.due.base, m.due.next()
	}
	f.in.Store(in)
	go func() {
		defer close(f.done)
		began := m.now()
		var idle time.Duration
		out := solve(in, &m.cfg, func() bool {
			if m.cfg.GiveWay != nil && !f.awaited.Load() && !f.late(in, m.heard.Load()) {
				from := m.now()
				m.cfg.GiveWay(urgent)
				idle += m.now() - from
			}
			return f.stopped.Load()
		})
		end := m.now()
		m.worked.Store(int64(end - began - idle))
		m.ended.Store(int64(end))
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

// lateShare is how much less of a settled fit than of its interactions may be
// done, of either's whole.
const lateShare = 1. / 16

// late reports whether a settled fit is so far behind the interactions that it
// would not be done when it is put to use: the fold would have to wait for it.
func (f *fit) late(in *input, heard uint64) bool {
	if f.until <= f.from || heard <= f.from {
		return false
	}
	came := float64(heard-f.from) / float64(f.until-f.from)
	done := float64(in.done.Load()) / float64(max(len(in.ords), 1))
	return came > done+lateShare
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
	spent uint64 // what fits cost so far, that of N(k) included if it is taken
	cost  uint64 // of the fit of N(k), if it is taken
}

// slowest bounds how many interactions one settled fit is behind the one
// before, unless it costs more than they pay for.
const slowest = 500_000

func firstDue(cfg *Config) schedule { return schedule{base: uint64(cfg.First)} }

// next returns the count at which something is to be done.
func (s schedule) next() uint64 {
	if s.taken {
		return s.base + max(1, min(s.base/4, slowest/2), paid(s.cost, instant))
	}
	return s.base
}

// take notes that the fit of N(k) is under way.
func (s schedule) take(cost uint64) schedule {
	return schedule{base: s.base, taken: true, spent: s.spent + cost, cost: cost}
}

// following is after the fit of N(k) was put to use.
func (s schedule) following() schedule {
	return schedule{base: max(s.base+max(1, min(s.base/2, slowest)), s.next(), paid(s.spent, credit)), spent: s.spent}
}

// settle takes the next settled fit, or puts the one under way to use. It waits
// for it if need be, without a lock.
func (m *Model) settle() {
	if !m.due.taken {
		m.state.Lock()
		defer m.state.Unlock()
		in := m.input()
		m.due = m.due.take(in.cost(&m.cfg))
		m.pending = m.start(in, false, false)
		return
	}
	f := m.pending
	f.awaited.Store(true)
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

// What is new is little below 1 in littleOf of all, and much from 1 in muchOf on.
const littleOf, muchOf = 200, 10

// Refit has requests catch up: it begins a fit of the present state in the
// background, unless one is under way, or has just been and processors rest,
// or there is nothing new. While the log moves, what is new must be half a
// percent of all; a log that stood still between two calls is fitted to its
// last event, though such fits take a tenth of a processor at most. So two
// replicas at rest at the log's end answer the same. Where it stood still and a
// tenth is new, as after an import, processors rest a tenth as long, and no
// settled fit is waited for.
//
// It is for the goroutine that folds, to be called about once a second when it
// is near the log's end; it takes microseconds, or a copy's time.
func (m *Model) Refit() {
	m.state.Lock()
	defer m.state.Unlock()
	moving := m.changes != m.askedChanges
	m.askedChanges = m.changes
	behind := m.behind()
	all := uint64(m.readers.total)
	little, much := behind*littleOf < all, !moving && behind*muchOf >= all
	switch {
	case behind == 0 || m.refit.busy() || m.pending.busy() && !much:
	case moving && little:
	case m.resting(little, much):
	default:
		m.refit = m.start(m.input(), true, much)
	}
}

// behind is how many changes requests know nothing of.
func (m *Model) behind() uint64 { return m.changes - m.serving.Load().at }

// resting reports whether processors rest from the last fit.
func (m *Model) resting(little, much bool) bool {
	share := m.cfg.FitCPU
	if little {
		share = min(share, 0.1)
	}
	pause := float64(m.worked.Load()) * max(0, 1/share-1)
	if much {
		pause /= 10
	}
	return m.cfg.Clock != nil && m.now() < time.Duration(m.ended.Load())+time.Duration(pause)
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
