package proof

import (
	"fmt"
	"strings"
	"time"
)

// Kind says which promise was broken.
type Kind string

// The kinds.
const (
	LostArticle Kind = "lost article"
	LostEvent   Kind = "lost event"
	LostAct     Kind = "lost act" // an event's mark on its reader
	LostSignal  Kind = "lost signal"
	LostPage    Kind = "lost page" // or one that changed
	Doubled     Kind = "doubled"   // counted twice
	Repeat      Kind = "repeat"    // an article served twice to a reader, or acted on before
	Back        Kind = "back"      // withdrawn or forgotten, and there again
	Answer      Kind = "answer"    // one that cannot be right
)

// Finding is one broken promise.
type Finding struct {
	Kind
	Text string
	At   time.Time // of the call that made the promise, zero if unknown
}

// Findings are broken promises.
type Findings []Finding

func (f *Findings) add(kind Kind, at time.Time, format string, args ...any) {
	*f = append(*f, Finding{kind, fmt.Sprintf(format, args...), at})
}

// Count counts those of some kinds.
func (f Findings) Count(kinds ...Kind) int {
	n := 0
	for _, one := range f {
		for _, k := range kinds {
			if one.Kind == k {
				n++
			}
		}
	}
	return n
}

// String is a line for each of the first 20.
func (f Findings) String() string {
	var b strings.Builder
	for i, one := range f {
		if i == 20 {
			fmt.Fprintf(&b, "and %d more\n", len(f)-i)
			break
		}
		fmt.Fprintf(&b, "%s: %s\n", one.Kind, one.Text)
	}
	return b.String()
}
