package learn

import (
	"runtime"
	"sync"

	"readnext/internal/feed"
)

// Toucher is an observer, or a trainer, that wants to know what it is about to be
// told.
type Toucher interface {
	// Touch reads what the next observations will need, for all of them in a loop
	// that does nothing else: what is kept of readers and articles lies far apart in
	// memory, and such a loop waits for many places at a time, where folding waits
	// for each. It changes nothing that is folded.
	Touch(ahead []feed.Observation)
}

const (
	// together is how many observations a model is told in a row, if so many are
	// there: what the model needs of itself then stays near the processor, and no
	// more is read ahead than does.
	together = 64
	// apart is from how many on models are told side by side.
	apart = 32
	// entriesAhead is how many entries the trainer is told of ahead, and eventsAhead
	// how many events at most.
	entriesAhead, eventsAhead = 32, 64
)

// tell tells the models what was folded and they were not told of yet: each of all
// of it, in order. They know nothing of each other, so it does not matter who comes
// first, and where processors are idle they are told side by side. The trainer asks
// for it before it asks the models anything.
func (l *Learner) tell() {
	if len(l.untold) == 0 {
		return
	}
	if len(l.untold) < apart || runtime.GOMAXPROCS(0) == 1 {
		for _, o := range l.models.Observers {
			observe(o, l.untold)
		}
	} else {
		var telling sync.WaitGroup
		for _, o := range l.models.Observers {
			telling.Go(func() { observe(o, l.untold) })
		}
		telling.Wait()
	}
	l.untold = l.untold[:0]
}

func observe(o Observer, all []feed.Observation) {
	if t, ok := o.(Toucher); ok && len(all) > 1 { // the first waits for no other
		t.Touch(all)
	}
	for i := range all {
		o.Observe(all[i])
	}
}

// lookAhead finds the articles that some entries name, and tells the trainer, which
// hears of each signal on its own, of their events together.
func (l *Learner) lookAhead(entries []feed.Entry) {
	if len(entries) < 2 {
		return
	}
	l.ahead = l.ahead[:0]
	for i := range entries {
		if entries[i].Signal == nil {
			continue
		}
		events := entries[i].Signal.Events
		for j := range events[:min(len(events), eventsAhead-len(l.ahead))] {
			if it := l.models.Catalog.Lookup(events[j].Article); it != nil {
				l.ahead = append(l.ahead, feed.Observation{Event: &events[j], Item: it})
			}
		}
	}
	if t, ok := l.models.Trainer.(Toucher); ok {
		t.Touch(l.ahead)
	}
}
