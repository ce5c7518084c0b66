package train

import (
	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/recent"
)

// readers holds the latest acts of the readers last heard of, newest first by
// time. Readers are known by a 64-bit hash of their id: among a million, two
// share one with a chance of 1 in 30 million, and then merely blur examples.
type readers struct {
	limit int // acts of each
	keys  recent.Keys
	acts  [][]act // by the key's number; at least one
}

type act struct {
	at      feed.Millis
	ord     feed.Ord
	channel feed.ChannelID
	value   float32
}

func readerKey(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

func newReaders(limit, acts int) *readers {
	return &readers{limit: acts, keys: recent.New(limit)}
}

// of returns a reader's acts; they hold until the next add.
func (r *readers) of(key uint64) []act {
	if who := r.keys.Find(key); who != recent.None {
		return r.acts[who]
	}
	return nil
}

// add takes in an act. Late ones are put where their time belongs, or left out
// if they are too old.
func (r *readers) add(key uint64, a act) {
	who := r.name(key)
	acts := r.acts[who]
	p := 0
	for p < len(acts) && acts[p].at > a.at {
		p++
	}
	if p < r.limit {
		if len(acts) < r.limit {
			acts = append(acts, act{})
		}
		copy(acts[p+1:], acts[p:])
		acts[p] = a
		r.acts[who] = acts
	}
}

// name puts a reader last heard of; a new one has no acts.
func (r *readers) name(key uint64) int32 {
	who, fresh := r.keys.Name(key)
	if int(who) == len(r.acts) {
		r.acts = append(r.acts, nil)
	}
	if fresh {
		r.acts[who] = nil
	}
	return who
}

func (r *readers) forget(key uint64) {
	if who := r.keys.Find(key); who != recent.None {
		r.erase(who)
	}
}

func (r *readers) erase(who int32) {
	r.keys.Remove(who)
	r.acts[who] = nil
}

// acted reports whether an article is among acts.
func acted(acts []act, ord feed.Ord) bool {
	for i := range acts {
		if acts[i].ord == ord {
			return true
		}
	}
	return false
}
