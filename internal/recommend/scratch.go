package recommend

import (
	"cmp"
	"slices"
	"sync"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

// scratch is the memory of one request, used again by later ones.
type scratch struct {
	query     feed.Query
	acts      []feed.ItemAct
	acted     []feed.Ord
	proposals []feed.Proposal
	found     table     // where an article is noted, by Ord
	noted     []noted   // what was proposed
	trust     []float32 // by source: how much its list counts
	depth     int       // how many that stand highest are enough
	lists     []float32 // by noted article and source: where it stands in the list
	width     int       // sources to an article in lists: 0 where nobody asks
	explain   bool      // collect hits
	hits      []hit
	order     []uint64       // noted articles, what stands highest first
	high      []uint64       // of shortlist
	items     []*feed.Item   // of noted articles
	touched   feed.ArticleID // keeps fetch from being optimised away
	index     table          // by ArticleID
	cands     []feed.Candidate
	features  []float32
	slots     []slot

	drawn   []explore.Candidate
	choices []explore.Choice
	draw    explore.Scratch
}

// noted is a proposed article.
type noted struct {
	ord         feed.Ord
	sources     uint32  // that proposed it, a bit each
	stand       float32 // how high it stands in their lists
	also, acted bool    // see Offer
}

// hit is one source's proposal of one article.
type hit struct {
	ord    feed.Ord
	source uint8
	score  float32
}

// empty drops what the last request left.
func (s *scratch) empty() {
	s.proposals, s.noted, s.hits, s.cands, s.lists, s.width = s.proposals[:0], s.noted[:0], s.hits[:0], s.cands[:0], s.lists[:0], 0
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// take returns a scratch whose query is what profile and request say.
func (r *Recommender) take(profile *feed.Profile, user feed.UserID, channel feed.ChannelID, now feed.Millis) *scratch {
	s := scratches.Get().(*scratch)
	s.empty()
	s.acts, s.acted = s.acts[:0], s.acted[:0]
	for i := len(profile.Acts) - 1; i >= 0; i-- {
		act := profile.Acts[i]
		it := r.Catalog.Lookup(act.Article)
		if it == nil {
			continue
		}
		ev := feed.Event{Action: act.Action, ReadTime: act.ReadTime}
		s.acts = append(s.acts, feed.ItemAct{Act: act, Item: it, Value: r.Values.Of(&ev)})
	}
	// Recorded order is time order but for late imports.
	slices.SortStableFunc(s.acts, func(a, b feed.ItemAct) int { return cmp.Compare(b.Time, a.Time) })
	r.recollect(s, profile)
	acts := s.acts[:min(len(s.acts), r.cfg.Acts)]
	s.query = feed.Query{Self: r.Catalog.Number(string(user)), User: user, Channel: channel, Now: now, Acts: acts, Acted: s.acted,
		Members: r.Catalog.Members(channel)}
	return s
}

// history is how many of the articles that a reader ever acted on a query
// names, the newest.
const history = 300

// recollect fills in what the reader ever acted on, but for articles whose
// newest act was a dislike.
func (r *Recommender) recollect(s *scratch, profile *feed.Profile) {
	s.acted = s.acted[:0]
	for _, id := range profile.Acted[max(0, len(profile.Acted)-history):] {
		if it := r.Catalog.Lookup(id); it != nil && !s.disliked(id) {
			s.acted = append(s.acted, it.Ord)
		}
	}
}

// disliked reports whether the newest of the reader's acts on an article is a
// dislike.
func (s *scratch) disliked(id feed.ArticleID) bool {
	for i := range s.acts {
		if s.acts[i].Article == id {
			return s.acts[i].Action == feed.Dislike
		}
	}
	return false
}

// largeTable is how many slots a table may have and still be used again: the
// history of one reader must not be cleared for every other.
const largeTable = 1 << 14

// release gives the scratch back. Nothing that points into it may be kept.
func (s *scratch) release() {
	for _, t := range []*table{&s.found, &s.index} {
		if cap(t.slots) > largeTable {
			t.slots = nil
		}
	}
	clear(s.acts)
	clear(s.cands)
	clear(s.items)
	clear(s.slots)
	clear(s.drawn)
	s.drawn = s.drawn[:0]
	s.query, s.explain = feed.Query{}, false
	scratches.Put(s)
}

// table finds numbers by keys: open addressing, at most half full.
type table struct {
	slots []pair
	mask  uint64
}

type pair struct {
	key uint64 // plus 1; 0: free
	at  int32
}

// reset empties the table and makes room for n keys.
func (t *table) reset(n int) {
	size := 64
	for size < 2*n {
		size *= 2
	}
	if size > cap(t.slots) {
		t.slots = make([]pair, size)
	} else {
		t.slots = t.slots[:size]
		clear(t.slots)
	}
	t.mask = uint64(size - 1)
}

func (t *table) start(key uint64) uint64 { return (key * 0x9E3779B97F4A7C15) >> 32 & t.mask }

// find returns a key's number, -1 if there is none.
func (t *table) find(key uint64) int32 {
	for i := t.start(key); ; i = (i + 1) & t.mask {
		switch t.slots[i].key {
		case key + 1:
			return t.slots[i].at
		case 0:
			return -1
		}
	}
}

// add enters a key that is not there, or returns the number it has.
func (t *table) add(key uint64, at int32) (has int32, added bool) {
	for i := t.start(key); ; i = (i + 1) & t.mask {
		switch t.slots[i].key {
		case key + 1:
			return t.slots[i].at, false
		case 0:
			t.slots[i] = pair{key + 1, at}
			return at, true
		}
	}
}
