package ranker

import "readnext/internal/feed"

// rhythm tells readers' times from a machine's. Logs are imported whose rows
// were given times one by one (every millisecond, second or minute in the order
// of a file) or have a day's resolution: then what stands next to what is the
// file's doing, and so is what seems a session. Readers never keep silent for
// exactly as long as the reader before; a machine does most of the time.
//
// It is the fading share, over some 200 of them, of silences between a reader's
// acts that lasted to the millisecond as long as the one heard of before, or
// less than a second without being 0. Rows that were dropped out of an even
// sequence leave more than half of the rest equal; true times of a minute's
// resolution have a fifth.
type rhythm struct {
	last  feed.Millis
	share float64
}

const (
	silences = 200 // of how many the share is about
	machine  = 0.4 // the share from which times are a machine's
	tooQuick = feed.Second
)

// heed takes in a silence; seen says that what ended it came from a screen.
func (r *rhythm) heed(silence feed.Millis, seen bool) {
	typed := 0.0
	if !seen && (silence == r.last || silence > 0 && silence < tooQuick) {
		typed = 1
	}
	if !seen {
		r.last = silence
	}
	r.share += (typed - r.share) / silences
}

// own reports whether times are the readers' own.
func (r *rhythm) own() bool { return r.share < machine }

// Heed takes in how long a reader was silent between two acts on different
// articles, whichever was first. seen says that a page explains the later one,
// as none does that was imported or recorded. While most such times are a
// machine's, nobody is taken to be in a session.
func (m *Model) Heed(silence feed.Millis, seen bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rhythm.heed(max(silence, -silence), seen)
}

// Own reports whether the times of acts that no page explains are the readers'
// own: then their order says what was chosen when.
func (m *Model) Own() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.rhythm.own()
}

// contextLocked tells a query's context.
func (m *Model) contextLocked(q *feed.Query) Context {
	c := ContextOf(q, m.cfg.Gap)
	if !m.rhythm.own() {
		c &^= Session | Further | Deep
	}
	return c
}
