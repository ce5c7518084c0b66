package ranker

import "readnext/internal/feed"

// rhythm tells readers' times from a machine's. Logs are imported whose rows
// were given times one by one (every millisecond, second or minute in the order
// of a file), that tell the day only, or in which readers ticked off what a page
// listed: then what stands next to what is the doing of the file or the list,
// and so is what seems a session. Readers are never silent for exactly as long
// as the one before, nor do they read two articles within a second.
//
// It is the fading share, over some 200 of them, of silences between a reader's
// acts that lasted to the millisecond as long as the one heard of before, or
// less than a second. Where times tell no seconds, a silence of 0 is not a
// hurry. An even sequence of which a third was left out at random has half of
// its silences equal; true times that tell minutes have a fifth to a third.
type rhythm struct {
	last  feed.Millis
	share float64
}

const (
	silences = 200 // of how many the share is about
	machine  = 0.4 // the share from which times are a machine's
	tooQuick = feed.Second
)

// heed takes in the times of two acts of a reader; seen says that what ended
// the silence came from a screen.
func (r *rhythm) heed(from, to feed.Millis, seen bool) {
	typed := 0.0
	if !seen {
		silence := max(to-from, from-to)
		seconds := from%feed.Minute != 0 || to%feed.Minute != 0
		if silence == r.last || silence < tooQuick && seconds {
			typed = 1
		}
		r.last = silence
	}
	r.share += (typed - r.share) / silences
}

// own reports whether times are the readers' own.
func (r *rhythm) own() bool { return r.share < machine }

// Heed takes in when a reader acted on an article after another one. seen says
// that a page explains the second act, as none does that was imported or
// recorded. While many such times are a machine's, nobody is taken to be in a
// session.
func (m *Model) Heed(from, to feed.Millis, seen bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rhythm.heed(from, to, seen)
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
		c = c&^(Session|Further|Deep) | Shelved
	}
	return c
}
