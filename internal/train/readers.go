package train

import (
	"github.com/cespare/xxhash/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"readnext/internal/feed"
)

// readers holds the latest acts of the readers last heard of, newest first by
// time. Readers are known by a 64-bit hash of their id: among a million, two
// share one with a chance of 1 in 30 million, and then merely blur examples.
type readers struct {
	acts int
	lru  *simplelru.LRU[uint64, *history]
}

// history is a reader's acts, at least one.
type history struct{ acts []act }

type act struct {
	at      feed.Millis
	ord     feed.Ord
	channel feed.ChannelID
	value   float32
}

func readerKey(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

func newReaders(limit, acts int) *readers {
	lru, err := simplelru.NewLRU[uint64, *history](limit, nil)
	if err != nil {
		panic(err) // a limit of 0 or less, which Config.Validate has refused
	}
	return &readers{acts, lru}
}

// of returns a reader's acts; they hold until the next add.
func (r *readers) of(key uint64) []act {
	if h, ok := r.lru.Peek(key); ok {
		return h.acts
	}
	return nil
}

// add takes in an act. Late ones are put where their time belongs, or left out
// if they are too old.
func (r *readers) add(key uint64, a act) {
	h, ok := r.lru.Get(key)
	if !ok {
		h = new(history)
		r.lru.Add(key, h)
	}
	p := 0
	for p < len(h.acts) && h.acts[p].at > a.at {
		p++
	}
	if p < r.acts {
		if len(h.acts) < r.acts {
			h.acts = append(h.acts, act{})
		}
		copy(h.acts[p+1:], h.acts[p:])
		h.acts[p] = a
	}
}

func (r *readers) forget(key uint64) { r.lru.Remove(key) }

// acted reports whether an article is among acts.
func acted(acts []act, ord feed.Ord) bool {
	for i := range acts {
		if acts[i].ord == ord {
			return true
		}
	}
	return false
}
