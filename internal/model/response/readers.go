package response

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// readers holds what is believed of the readers that were shown something last.
// They are known by a 64-bit hash of their id: among a million, two share one
// with a chance of 1 in 30 million, and then blur each other's tastes.
type readers struct {
	lru *simplelru.LRU[uint64, *reader]
}

// reader is what is believed of a reader, and what they were shown.
type reader struct {
	level  belief
	tastes []taste // ascending by name
	shown  []shown // oldest first, each article once
}

// taste is what is believed of a reader's taste for a tag or author, and how
// many articles of it they were shown lately, as of the same time.
type taste struct {
	name  feed.Name
	tired float32
	belief
}

// shown is an article that a reader was shown.
type shown struct {
	at    feed.Millis
	ord   feed.Ord
	tired float32 // of its tags and author, when it was shown
	place uint8
	taken bool // it was acted on
}

// tiredHalf is how fast a reader recovers from much on one tag.
const tiredHalf = 15 * feed.Minute

func readerKey(user feed.UserID) uint64 { return xxhash.Sum64String(string(user)) }

func newReaders(limit int) readers {
	lru, err := simplelru.NewLRU[uint64, *reader](limit, nil)
	if err != nil {
		panic(err) // a limit of 0 or less, which Config.Validate has refused
	}
	return readers{lru}
}

// of returns a reader, nil if none is known.
func (r *readers) of(key uint64) *reader {
	x, _ := r.lru.Peek(key)
	return x
}

// touch finds or makes a reader, who is then the last to make room.
func (r *readers) touch(key uint64) *reader {
	x, ok := r.lru.Get(key)
	if !ok {
		x = new(reader)
		r.lru.Add(key, x)
	}
	return x
}

// find returns the exposure of an article, nil if none is remembered. It is
// good until the next one is.
func (r *reader) find(ord feed.Ord) *shown {
	for i := len(r.shown) - 1; i >= 0; i-- {
		if r.shown[i].ord == ord {
			return &r.shown[i]
		}
	}
	return nil
}

// show remembers an exposure. The reader tires of its tags and author.
func (r *reader) show(x shown, it *feed.Item, bound int) {
	if len(r.shown) >= bound {
		r.shown = slices.Delete(r.shown, 0, len(r.shown)-bound+1)
	}
	r.shown = append(r.shown, x)
	for name := range namesOf(it) {
		if i, ok := r.taste(name); ok {
			r.tastes[i].tired++
		}
	}
}

// namesOf yields the tags and author of an article.
func namesOf(it *feed.Item) func(yield func(feed.Name) bool) {
	return func(yield func(feed.Name) bool) {
		for _, t := range it.Tags {
			if !yield(t) {
				return
			}
		}
		if it.Author != 0 && !slices.Contains(it.Tags, it.Author) {
			yield(it.Author)
		}
	}
}

// taste returns the place of a name among the tastes, or where it belongs.
func (r *reader) taste(name feed.Name) (int, bool) {
	return slices.BinarySearchFunc(r.tastes, name, func(t taste, n feed.Name) int { return cmp.Compare(t.name, n) })
}

// meet takes an article's tags and author among the reader's tastes, and all
// that are there to a time. Where there is no room, the taste that is nearest to
// nothing makes some, if it is of another time: one page's names do not take
// each other's places.
func (r *reader) meet(it *feed.Item, now feed.Millis, c *Config) {
	for name := range namesOf(it) {
		i, ok := r.taste(name)
		if !ok {
			if len(r.tastes) >= c.Tastes {
				faintest := r.faintest(now)
				if faintest < 0 {
					continue
				}
				r.tastes = slices.Delete(r.tastes, faintest, faintest+1)
				if faintest < i {
					i--
				}
			}
			r.tastes = slices.Insert(r.tastes, i, taste{name: name})
		}
		p := &c.Taste
		if name == it.Author {
			p = &c.AuthorTaste
		}
		r.tastes[i].relax(now, p)
	}
}

// faintest returns the taste whose mean is nearest to 0 of those of other times,
// below 0 if there is none.
func (r *reader) faintest(now feed.Millis) int {
	at := -1
	for i := range r.tastes {
		t := &r.tastes[i]
		if t.at != max(now, 1) && (at < 0 || t.mean*t.mean < r.tastes[at].mean*r.tastes[at].mean) {
			at = i
		}
	}
	return at
}

// relax takes a taste to a time, tiredness included.
func (t *taste) relax(now feed.Millis, p *Prior) {
	t.tired = t.tiredAt(now)
	t.belief.relax(now, p)
}

// tiredAt is what is left of a taste's tiredness by a time.
func (t *taste) tiredAt(now feed.Millis) float32 {
	if t.tired == 0 || now <= t.at {
		return t.tired
	}
	return t.tired * float32(decay.Since(t.at, now, 1/float64(tiredHalf)))
}

// tired is how tired the reader is of an article: of that of its tags, or its
// author, that they tired of most.
func (r *reader) tired(it *feed.Item, now feed.Millis) float32 {
	most := float32(0)
	for name := range namesOf(it) {
		if i, ok := r.taste(name); ok {
			most = max(most, r.tastes[i].tiredAt(now))
		}
	}
	return min(most, tirings)
}
