package covisit

import (
	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/recent"
)

// readers holds the latest articles of the readers last heard of. Readers are
// known by a 64-bit hash of their id: among a million, two share one with a
// chance of 1 in 30 million, and then merely link each other's acts.
type readers struct {
	positions int
	keys      recent.Keys
	held      []int32 // acts, by the key's number; 0 for a number that is free
	acts      [][]act // pages of actsPage readers, so that growing copies nothing
}

// act is a reader's latest act on an article.
type act struct {
	at    feed.Millis
	ord   feed.Ord
	value float32 // of the best act on it
}

const actsPage = 1024

func newReaders(limit, positions int) readers {
	return readers{positions: positions, keys: recent.New(limit)}
}

func keyOf(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

// actsOf returns the room for the acts of a reader, by number.
func (r *readers) actsOf(s int32) []act {
	i := int(s) % actsPage * r.positions
	return r.acts[s/actsPage][i : i+r.positions : i+r.positions]
}

// place takes in an act on an article. It returns the reader's acts, each of
// another article, newest first; the place of this one among them, below 0 if
// it is too old to be remembered; and what it is worth beyond what is
// remembered of the same article.
func (r *readers) place(key uint64, ord feed.Ord, at feed.Millis, value float64) (acts []act, p int, gain float64) {
	s := r.name(key)
	n := int(r.held[s])
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
	r.held[s] = int32(n)
	return room[:n], p, gain
}

// name puts a reader newest, and makes room if it is a new one.
func (r *readers) name(key uint64) int32 {
	s, fresh := r.keys.Name(key)
	if int(s) == len(r.held) {
		r.held = append(r.held, 0)
		if s%actsPage == 0 {
			r.acts = append(r.acts, make([]act, actsPage*r.positions))
		}
	}
	if fresh {
		r.held[s] = 0
	}
	return s
}

// forget erases a reader.
func (r *readers) forget(key uint64) {
	if s := r.keys.Find(key); s != recent.None {
		r.erase(s)
	}
}

func (r *readers) erase(s int32) {
	r.keys.Remove(s)
	clear(r.actsOf(s))
	r.held[s] = 0
}
