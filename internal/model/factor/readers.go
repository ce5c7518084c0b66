package factor

import (
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"readnext/internal/feed"
)

// readers holds the articles of the readers last heard of. Readers are known by
// a 64-bit hash of their id: among a million, two share one with a chance of 1
// in 30 million, and then merely count as one.
//
// Invariant: no reader without articles; total is the sum of their numbers and
// at most most.
type readers struct {
	lru       *simplelru.LRU[uint64, *reader]
	limit     int // readers
	perReader int
	total     int // interactions
	most      int
}

// reader is the articles of one, each once, oldest first by the log.
type reader struct {
	ords []feed.Ord
}

func newReaders(cfg *Config) readers {
	lru, err := simplelru.NewLRU[uint64, *reader](cfg.Readers, nil)
	if err != nil {
		panic(err) // Validate lets no such size pass
	}
	return readers{lru: lru, limit: cfg.Readers, perReader: cfg.PerReader, most: cfg.Interactions}
}

func keyOf(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

// add takes in a reader's act on an article and returns whether it is the
// first that is remembered. Whoever must make room goes.
func (r *readers) add(key uint64, ord feed.Ord) bool {
	who, ok := r.lru.Get(key)
	if ok && slices.Contains(who.ords, ord) {
		return false
	}
	if !ok {
		if r.lru.Len() == r.limit {
			r.evict()
		}
		who = &reader{}
		r.lru.Add(key, who)
	}
	if len(who.ords) == r.perReader {
		who.ords = slices.Delete(who.ords, 0, 1)
		r.total--
	}
	who.ords = append(who.ords, ord)
	for r.total++; r.total > r.most; { // perReader <= most: never the one just added
		r.evict()
	}
	return true
}

func (r *readers) evict() {
	if _, who, ok := r.lru.RemoveOldest(); ok {
		r.total -= len(who.ords)
	}
}

// remove takes a reader's article back and returns whether it was there.
func (r *readers) remove(key uint64, ord feed.Ord) bool {
	who, ok := r.lru.Get(key)
	if !ok {
		return false
	}
	i := slices.Index(who.ords, ord)
	if i < 0 {
		return false
	}
	who.ords = slices.Delete(who.ords, i, i+1)
	r.total--
	if len(who.ords) == 0 {
		r.lru.Remove(key)
	}
	return true
}

// forget erases a reader and returns whether there was one.
func (r *readers) forget(key uint64) bool {
	who, ok := r.lru.Peek(key)
	if ok {
		r.total -= len(who.ords)
		r.lru.Remove(key)
	}
	return ok
}

// all yields the readers, the one heard of longest ago first.
func (r *readers) all(yield func(key uint64, ords []feed.Ord) bool) {
	for _, key := range r.lru.Keys() {
		who, _ := r.lru.Peek(key)
		if !yield(key, who.ords) {
			return
		}
	}
}
