package catalog

import (
	"slices"

	"readnext/internal/feed"
)

// names interns authors, tags and languages in one table: number 0 is "". The
// lowest free number is given out first, so that which are free says all of
// what will be given out next.
//
// Invariant: a number above 0 is in use (refs > 0), idle (a text, but no refs)
// or free (no text).
type names struct {
	byText map[string]feed.Name
	texts  []string
	refs   []int32     // how many times items have it
	free   []feed.Name // descending
	idle   int         // how many are
}

func newNames() names {
	return names{byText: map[string]feed.Name{"": 0}, texts: []string{""}, refs: []int32{0}}
}

// intern returns the number of a name, which has one item more from now on.
func (n *names) intern(s string) feed.Name {
	if s == "" {
		return 0
	}
	id, ok := n.byText[s]
	switch {
	case ok:
		if n.refs[id] == 0 {
			n.idle--
		}
	case len(n.free) > 0:
		id = n.free[len(n.free)-1]
		n.free = n.free[:len(n.free)-1]
		n.byText[s], n.texts[id] = id, s
	default:
		id = feed.Name(len(n.texts))
		n.byText[s] = id
		n.texts, n.refs = append(n.texts, s), append(n.refs, 0)
	}
	n.refs[id]++
	return id
}

// release tells that an item has a name no longer.
func (n *names) release(id feed.Name) {
	if id == 0 {
		return
	}
	if n.refs[id]--; n.refs[id] == 0 {
		n.idle++
	}
}

// drop frees the idle numbers and returns them, ascending.
func (n *names) drop() []feed.Name {
	if n.idle == 0 {
		return nil
	}
	gone := make([]feed.Name, 0, n.idle)
	for id := 1; id < len(n.texts); id++ {
		if n.refs[id] == 0 && n.texts[id] != "" {
			gone = append(gone, feed.Name(id))
			delete(n.byText, n.texts[id])
			n.texts[id] = ""
		}
	}
	n.idle = 0
	n.free = append(n.free, gone...)
	sortDown(n.free)
	return gone
}

func (n *names) text(id feed.Name) string {
	if int(id) < len(n.texts) {
		return n.texts[id]
	}
	return ""
}

func sortDown[T feed.Name | feed.Ord](list []T) {
	slices.Sort(list)
	slices.Reverse(list)
}
