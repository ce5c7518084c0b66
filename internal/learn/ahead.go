package learn

import "readnext/internal/feed"

// Toucher is an observer, or a trainer, that can be told of what is about to be
// folded.
type Toucher interface {
	// Touch reads what the next observations will need, for all of them in a loop
	// that does nothing else: what is kept of readers and articles lies far apart in
	// memory, and such a loop waits for many places at a time, where folding waits
	// for each. It changes nothing that is folded. Not all of the observations need
	// follow, and others may come between. Values are not told.
	Touch(ahead []feed.Observation)
}

// Entries are looked at together before they are folded, so many of them, and no
// more events: more would push each other out of the nearest memory.
const (
	entriesAhead = 32
	eventsAhead  = 64
)

// touch has the models read what some entries will need.
func (l *Learner) touch(entries []feed.Entry) {
	if len(entries) < 2 {
		return // the first does not wait for another
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
	for _, t := range l.touchers {
		t.Touch(l.ahead)
	}
}

// touchersOf returns the models that are told what is ahead.
func touchersOf(m *Models) (all []Toucher) {
	if t, ok := m.Trainer.(Toucher); ok {
		all = append(all, t)
	}
	for _, o := range m.Observers {
		if t, ok := o.(Toucher); ok {
			all = append(all, t)
		}
	}
	return all
}
