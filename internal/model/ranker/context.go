package ranker

import "readnext/internal/feed"

// Context is a reader's situation at a request.
type Context uint8

// The contexts. Their numbers are part of snapshots.
const (
	Unknown  Context = iota // nothing is known of the reader
	Returned                // they come back after a silence, with few acts known
	Regular                 // they come back after a silence, with many
	First                   // the session has one article
	Early                   // the session has two to four
	Deep                    // the session has five or more
	contexts = 6
)

// SessionGap is the silence that ends a reader's session.
const SessionGap = 30 * feed.Minute

const (
	manyActs  = 10
	deepDepth = 5
)

// ContextOf tells a query's context.
func ContextOf(q *feed.Query) Context {
	if len(q.Acts) == 0 {
		return Unknown
	}
	depth, at, last := 0, q.Now, feed.Ord(-1)
	for i := range q.Acts {
		a := &q.Acts[i]
		if at-a.Time > SessionGap || depth == deepDepth {
			break
		}
		at = min(at, a.Time)
		if a.Item.Ord != last { // a click and a read of it are one
			depth++
		}
		last = a.Item.Ord
	}
	switch {
	case depth >= deepDepth:
		return Deep
	case depth > 1:
		return Early
	case depth == 1:
		return First
	case len(q.Acts) >= manyActs:
		return Regular
	}
	return Returned
}
