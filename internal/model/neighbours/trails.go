package neighbours

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/recent"
)

// trails holds the latest articles of the readers last heard of. Readers are
// known by a 64-bit hash of their id: among a million, two share one with a
// chance of 1 in 30 million, and then merely share a trail.
type trails struct {
	length int
	keys   recent.Keys
	heads  []head // by the key's number, which is the trail's slot
	pages  []page // of pageTrails slots, so that growing copies nothing
}

// head is what a request needs to know of every trail that it looks at.
type head struct {
	latest feed.Millis // of its acts
	n      int32       // articles
}

// page holds the articles of trails, newest first, and the times of their
// newest acts.
type page struct {
	ords []feed.Ord
	ats  []feed.Millis
}

const (
	nothing    = feed.Ord(-1)
	pageTrails = 1024
)

func newTrails(limit, length int) trails {
	return trails{length: length, keys: recent.New(limit)}
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

// name puts a trail newest, and makes an empty one if there is none: there must be
// less than the limit then.
func (t *trails) name(key uint64) int32 {
	s, fresh := t.keys.Name(key)
	if int(s) == len(t.heads) {
		t.heads = append(t.heads, head{})
		if s%pageTrails == 0 {
			room := pageTrails * t.length
			t.pages = append(t.pages, page{make([]feed.Ord, room), make([]feed.Millis, room)})
		}
	}
	if fresh {
		t.heads[s] = head{}
	}
	return s
}

// remove erases a trail.
func (t *trails) remove(s int32) {
	t.keys.Remove(s)
	clear(t.ordsOf(s))
	clear(t.atsOf(s))
	t.heads[s] = head{}
}
