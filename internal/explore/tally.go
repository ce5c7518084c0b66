package explore

import (
	"slices"

	"readnext/internal/feed"
)

// tally counts the groups of one kind (this author, that author) in the places
// that a window sees from the next one.
type tally struct {
	window Window
	counts map[uint32]int
	full   []uint32 // the groups that have Most places
}

// tallies are what a draw knows of the windows, by kind.
type tallies [kinds]tally

// reset begins a slate.
func (t *tallies) reset(w *Windows) {
	for k := range t {
		x := &t[k]
		x.window, x.full = *w.of(kind(k)), x.full[:0]
		if x.counts == nil {
			x.counts = make(map[uint32]int)
		}
		clear(x.counts)
	}
}

// place takes in the last choice and drops the one that its window does not
// see from the next place.
func (t *tallies) place(cands []Candidate, slate []Choice) {
	for k := range t {
		x := &t[k]
		if x.window.Of == 0 {
			continue
		}
		x.add(kind(k), cands[slate[len(slate)-1].Index].Item, 1)
		if gone := len(slate) - x.window.Of; gone >= 0 {
			x.add(kind(k), cands[slate[gone].Index].Item, -1)
		}
	}
}

// broken returns how much must give way before an article may take the next
// place: 0 for nothing, else 1 more than the sternest kind of window that it
// would break.
func (t *tallies) broken(it *feed.Item) int {
	for k := kinds - 1; k >= 0; k-- {
		if len(t[k].full) > 0 && t[k].blocks(kind(k), it) {
			return k + 1
		}
	}
	return 0
}

func (t *tally) add(k kind, it *feed.Item, n int) {
	switch k {
	case byAuthor:
		if it.Author != 0 {
			t.count(uint32(it.Author), n)
		}
	case byChannel:
		for _, c := range it.Channels {
			t.count(uint32(c), n)
		}
	case byTag:
		for _, tag := range it.Tags {
			t.count(uint32(tag), n)
		}
	}
}

// count adds n, 1 or -1, to a group.
func (t *tally) count(group uint32, n int) {
	was := t.counts[group]
	t.counts[group] = was + n
	switch most := t.window.Most; {
	case n > 0 && was == most-1:
		t.full = append(t.full, group)
	case n < 0 && was == most:
		i, last := slices.Index(t.full, group), len(t.full)-1
		t.full[i] = t.full[last]
		t.full = t.full[:last]
	}
}

// blocks reports whether one of an article's groups is full.
func (t *tally) blocks(k kind, it *feed.Item) bool {
	switch k {
	case byAuthor:
		return it.Author != 0 && t.isFull(uint32(it.Author))
	case byChannel:
		for _, c := range it.Channels {
			if t.isFull(uint32(c)) {
				return true
			}
		}
	case byTag:
		for _, tag := range it.Tags {
			if t.isFull(uint32(tag)) {
				return true
			}
		}
	}
	return false
}

// fewFull is how many groups are looked through faster than looked up.
const fewFull = 8

func (t *tally) isFull(group uint32) bool {
	if len(t.full) > fewFull {
		return t.counts[group] >= t.window.Most
	}
	return slices.Contains(t.full, group)
}
