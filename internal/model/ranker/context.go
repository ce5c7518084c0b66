package ranker

import "readnext/internal/feed"

// Context is a reader's situation at a request: what is true of it, a bit each.
type Context uint8

// What may be true. The bits are part of snapshots.
const (
	Known   Context = 1 << iota // something is known of the reader
	Regular                     // much is
	Session                     // they are in a session
	Further                     // that has two articles or more
	Deep                        // that has five or more

	facets = 5

	// Shelved is that of known readers while the log's times are a machine's; it
	// is no facet.
	Shelved Context = 1 << 7
)

// situations is how many sets of weights there are.
const situations = 4

// shelved is the situation of [Shelved].
const shelved = 3

// situation returns which of them serves: that of unknown readers, of those who
// come back, of those in a session, or of those whose times are a machine's.
func (c Context) situation() int {
	switch {
	case c&Known == 0:
		return 0
	case c&Shelved != 0:
		return shelved
	case c&Session == 0:
		return 1
	}
	return 2
}

const (
	manyActs  = 10
	deepDepth = 5
)

// ContextOf tells a query's context; gap is the silence that ends a session.
func ContextOf(q *feed.Query, gap feed.Millis) Context {
	if len(q.Acts) == 0 {
		return 0
	}
	depth, at, last := 0, q.Now, feed.Ord(-1)
	for i := range q.Acts {
		a := &q.Acts[i]
		if at-a.Time > gap || depth == deepDepth {
			break
		}
		at = min(at, a.Time)
		if a.Item.Ord != last { // a click and a read of it are one
			depth++
		}
		last = a.Item.Ord
	}
	c := Known
	for _, f := range []struct {
		facet Context
		holds bool
	}{{Regular, len(q.Acts) >= manyActs}, {Session, depth > 0}, {Further, depth > 1}, {Deep, depth >= deepDepth}} {
		if f.holds {
			c |= f.facet
		}
	}
	return c
}
