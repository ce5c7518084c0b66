package factor

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/recent"
)

// readers holds the articles of the readers last heard of. Readers are known by
// a 64-bit hash of their id: among a million, two share one with a chance of 1
// in 30 million, and then merely count as one.
//
// Invariant: no reader without articles; total is the sum of their numbers and
// at most most.
type readers struct {
	keys      recent.Keys
	ords      [][]feed.Ord // by the key's number: the articles, each once, oldest first by the log
	perReader int
	total     int // interactions
	most      int
}

func newReaders(cfg *Config) readers {
	return readers{keys: recent.New(cfg.Readers), perReader: cfg.PerReader, most: cfg.Interactions}
}

func keyOf(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

// add takes in a reader's act on an article and returns whether it is the
// first that is remembered. Whoever must make room goes.
func (r *readers) add(key uint64, ord feed.Ord) bool {
	if r.keys.Full() && r.keys.Find(key) == recent.None {
		r.erase(r.keys.Oldest())
	}
	who := r.name(key)
	ords := r.ords[who]
	if slices.Contains(ords, ord) {
		return false
	}
	if len(ords) == r.perReader {
		ords = slices.Delete(ords, 0, 1)
		r.total--
	}
	r.ords[who] = append(ords, ord)
	for r.total++; r.total > r.most; { // perReader <= most: never the one just added
		r.erase(r.keys.Oldest())
	}
	return true
}

// name puts a reader newest; a new one has no articles. There must be less than
// the limit then.
func (r *readers) name(key uint64) int32 {
	who, fresh := r.keys.Name(key)
	if fresh && int(who) == len(r.ords) {
		r.ords = append(r.ords, nil)
	}
	return who
}

func (r *readers) erase(who int32) {
	r.total -= len(r.ords[who])
	r.keys.Remove(who)
	r.ords[who] = nil
}

// remove takes a reader's article back and returns whether it was there.
func (r *readers) remove(key uint64, ord feed.Ord) bool {
	if r.keys.Find(key) == recent.None {
		return false
	}
	who := r.name(key)
	i := slices.Index(r.ords[who], ord)
	if i < 0 {
		return false
	}
	r.ords[who] = slices.Delete(r.ords[who], i, i+1)
	r.total--
	if len(r.ords[who]) == 0 {
		r.erase(who)
	}
	return true
}

// forget erases a reader and returns whether there was one.
func (r *readers) forget(key uint64) bool {
	who := r.keys.Find(key)
	if who == recent.None {
		return false
	}
	r.erase(who)
	return true
}

// all yields the readers, the one heard of longest ago first.
func (r *readers) all(yield func(key uint64, ords []feed.Ord) bool) {
	for key, who := range r.keys.All {
		if !yield(key, r.ords[who]) {
			return
		}
	}
}
