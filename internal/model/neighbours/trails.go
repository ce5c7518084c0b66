package neighbours

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
)

// trails holds the latest articles of the readers last heard of. Readers are
// known by a 64-bit hash of their id: among a million, two share one with a
// chance of 1 in 30 million, and then merely share a trail.
type trails struct {
	limit, length  int
	index          map[uint64]int32 // slot by key
	heads          []head           // by slot
	links          []link           // by slot
	pages          []page           // of pageTrails slots, so that growing copies nothing
	free           []int32
	newest, oldest int32 // ends of the list by last act taken in; none if empty
}

// head is what a request needs to know of every trail that it looks at.
type head struct {
	latest feed.Millis // of its acts
	n      int32       // articles
}

type link struct {
	key          uint64
	older, newer int32
}

// page holds the articles of trails, newest first, and the times of their
// newest acts.
type page struct {
	ords []feed.Ord
	ats  []feed.Millis
}

const (
	none       = int32(-1)
	nothing    = feed.Ord(-1)
	pageTrails = 1024
)

func newTrails(limit, length int) trails {
	return trails{limit: limit, length: length, index: make(map[uint64]int32), newest: none, oldest: none}
}

func keyOf(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

// ordsOf returns the room for a trail's articles.
func (t *trails) ordsOf(s int32) []feed.Ord {
	i := int(s) % pageTrails * t.length
	return t.pages[s/pageTrails].ords[i : i+t.length : i+t.length]
}

// atsOf returns the room for their times.
func (t *trails) atsOf(s int32) []feed.Millis {
	i := int(s) % pageTrails * t.length
	return t.pages[s/pageTrails].ats[i : i+t.length : i+t.length]
}

// change is what an act did to a trail.
type change int

const (
	ignored change = iota
	joined         // the article is new on it
	moved          // the article was on it and is newer now
)

// place takes in an act on an article. It returns what that did, and the
// article that had to make room, or nothing.
func (t *trails) place(s int32, ord feed.Ord, at feed.Millis) (change, feed.Ord) {
	h, ords, ats := &t.heads[s], t.ordsOf(s), t.atsOf(s)
	n := int(h.n)
	did, dropped := joined, nothing
	end := n // where the room is that the article will take
	if i := slices.Index(ords[:n], ord); i >= 0 {
		if at <= ats[i] {
			return ignored, nothing
		}
		did, end = moved, i
	}
	p := 0
	for p < end && ats[p] > at {
		p++
	}
	if p == t.length {
		return ignored, nothing
	}
	if end == t.length {
		end--
		dropped = ords[end]
	}
	copy(ords[p+1:end+1], ords[p:end])
	copy(ats[p+1:end+1], ats[p:end])
	ords[p], ats[p] = ord, at
	if did == joined && dropped == nothing {
		h.n++
	}
	h.latest = ats[0]
	return did, dropped
}

// add makes an empty trail. There must be less than the limit.
func (t *trails) add(key uint64) int32 {
	var s int32
	if n := len(t.free); n > 0 {
		s = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		s = int32(len(t.heads))
		t.heads = append(t.heads, head{})
		t.links = append(t.links, link{})
		if s%pageTrails == 0 {
			room := pageTrails * t.length
			t.pages = append(t.pages, page{make([]feed.Ord, room), make([]feed.Millis, room)})
		}
	}
	t.index[key] = s
	t.heads[s] = head{}
	t.links[s].key = key
	t.link(s)
	return s
}

// link puts a trail newest.
func (t *trails) link(s int32) {
	t.links[s].older, t.links[s].newer = t.newest, none
	if t.newest != none {
		t.links[t.newest].newer = s
	} else {
		t.oldest = s
	}
	t.newest = s
}

func (t *trails) unlink(s int32) {
	older, newer := t.links[s].older, t.links[s].newer
	if older != none {
		t.links[older].newer = newer
	} else {
		t.oldest = newer
	}
	if newer != none {
		t.links[newer].older = older
	} else {
		t.newest = older
	}
}

// remove erases a trail.
func (t *trails) remove(s int32) {
	t.unlink(s)
	delete(t.index, t.links[s].key)
	clear(t.ordsOf(s))
	clear(t.atsOf(s))
	t.heads[s], t.links[s] = head{}, link{}
	t.free = append(t.free, s)
}
