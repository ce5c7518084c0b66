package covisit

import (
	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
)

// readers holds the latest articles of the readers last heard of. Readers are
// known by a 64-bit hash of their id: among a million, two share one with a
// chance of 1 in 30 million, and then merely link each other's acts.
type readers struct {
	limit, positions int
	index            map[uint64]int32 // slot by key
	slots            []slot
	acts             [][]act // pages of actsPage slots, so that growing copies nothing
	free             []int32
	newest, oldest   int32 // ends of the list by last act taken in; none if empty
}

// slot is one reader, linked with those heard of just before and after.
type slot struct {
	key          uint64
	older, newer int32
	n            int32 // acts
}

// act is a reader's latest act on an article.
type act struct {
	at    feed.Millis
	ord   feed.Ord
	value float32 // of the best act on it
}

const (
	none     = int32(-1)
	actsPage = 1024
)

func newReaders(limit, positions int) readers {
	return readers{limit: limit, positions: positions, index: make(map[uint64]int32), newest: none, oldest: none}
}

func keyOf(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

// actsOf returns the room for a slot's acts.
func (r *readers) actsOf(s int32) []act {
	i := int(s) % actsPage * r.positions
	return r.acts[s/actsPage][i : i+r.positions : i+r.positions]
}

// place takes in an act on an article. It returns the reader's acts, each of
// another article, newest first; the place of this one among them, below 0 if
// it is too old to be remembered; and what it is worth beyond what is
// remembered of the same article.
func (r *readers) place(key uint64, ord feed.Ord, at feed.Millis, value float64) (acts []act, p int, gain float64) {
	s := r.touch(key)
	n := int(r.slots[s].n)
	room := r.actsOf(s)
	gain = value
	for i := range n {
		if room[i].ord != ord {
			continue
		}
		had := room[i]
		gain = float64(float32(value) - had.value)
		value = max(value, float64(had.value))
		at = max(at, had.at)
		copy(room[i:n-1], room[i+1:n])
		n--
		break
	}
	for p < n && room[p].at > at {
		p++
	}
	if p == r.positions {
		return room, -1, gain
	}
	n = min(n+1, r.positions)
	copy(room[p+1:n], room[p:])
	room[p] = act{at, ord, float32(value)}
	r.slots[s].n = int32(n)
	return room[:n], p, gain
}

// touch finds or makes a reader's slot and puts it newest.
func (r *readers) touch(key uint64) int32 {
	s, ok := r.index[key]
	switch {
	case ok:
		r.unlink(s)
	case len(r.index) == r.limit:
		s = r.oldest
		r.unlink(s)
		delete(r.index, r.slots[s].key)
	case len(r.free) > 0:
		s = r.free[len(r.free)-1]
		r.free = r.free[:len(r.free)-1]
	default:
		s = int32(len(r.slots))
		r.slots = append(r.slots, slot{})
		if s%actsPage == 0 {
			r.acts = append(r.acts, make([]act, actsPage*r.positions))
		}
	}
	if !ok {
		r.index[key] = s
		r.slots[s] = slot{key: key}
	}
	r.slots[s].older, r.slots[s].newer = r.newest, none
	if r.newest != none {
		r.slots[r.newest].newer = s
	} else {
		r.oldest = s
	}
	r.newest = s
	return s
}

func (r *readers) unlink(s int32) {
	older, newer := r.slots[s].older, r.slots[s].newer
	if older != none {
		r.slots[older].newer = newer
	} else {
		r.oldest = newer
	}
	if newer != none {
		r.slots[newer].older = older
	} else {
		r.newest = older
	}
}

// forget erases a reader.
func (r *readers) forget(key uint64) {
	s, ok := r.index[key]
	if !ok {
		return
	}
	r.unlink(s)
	delete(r.index, key)
	clear(r.actsOf(s))
	r.slots[s] = slot{}
	r.free = append(r.free, s)
}
