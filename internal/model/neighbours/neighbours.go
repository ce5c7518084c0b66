// Package neighbours knows what those went on to who lately read the same as a
// reader does now.
//
// It is a session-based nearest-neighbour method: V-SkNN (Ludewig, Jannach:
// Evaluation of session-based recommendation algorithms, 2018) with the three
// decays of STAN (Garg, Gupta, Malhotra, Vig, Shroff: Sequence and time aware
// neighborhood for session-based recommendations, 2019), all of them with
// heavy tails, 1/(1+x) where STAN has exp(-x), so that one setting serves news,
// which is old within the hour, and shelves, where last month still speaks.
//
// Each reader has a trail: their latest distinct articles, in order of time. A
// silence longer than Gap ends a session within it. The reader who asks has
// articles x at places k = 0, 1, ... back from the newest, with weights
//
//	w(x) = beyond · 1/(1 + k/Recency) / readers(x)^Damping
//
// where beyond is 1 in the latest session and Beyond before it. The similarity
// of another reader's trail s is
//
//	sim(s) = Σ w(x) over the common articles / √|s| · 1/(1 + age/Age)
//
// age being that of s's newest act. Of the Neighbours most similar trails, each
// speaks for its articles i by
//
//	Σ w(x)/√|s| · 1/(1 + age(i)/Age) · beyond · 1/(1 + (d-1)/Distance)
//
// where d is how many places i is from the common article that is the reader's
// newest, beyond is Beyond if a session ended between the two, and it counts
// Before times if i came before that article.
//
// Dead ends: trails that end with the session (Beyond negative) find half as
// much where readers come once a week and no more in a stream of news;
// exponential ages find less in news and less on shelves without age; and by
// the age of the trail instead of each article's, old acts of busy readers
// count as new.
//
// A trail speaks as soon as it has two articles, in the next request. The
// reader's own trail is never their neighbour. Acts that come in late are put
// where their time belongs; those too old for a full trail are ignored. A
// repeated article keeps one place, that of its newest act. Dislikes and acts
// of anonymous readers leave no trail.
//
// What it trades: it sees only the latest readers of each article, of the k-th
// article in a reader's past the newest PerArticle/(1+k), so that no request is
// slow; and unlike covisit it keeps no sums: what the last trail of its kind
// said is forgotten with it. Do not use it alone for readers without acts, for
// whom it has nothing.
//
// One goroutine may change a Model (ObserveItem, Observe, Forget,
// ReadSnapshot); any number may read it meanwhile. The zero value is not
// usable; use [New].
package neighbours

import (
	"math"
	"slices"
	"sync"

	"readnext/internal/feed"
	"readnext/internal/recent"
)

// Model is the latest trails of readers, and who read what.
type Model struct {
	cfg     Config
	weigh   weights
	scratch sync.Pool // *scratch

	mu       sync.RWMutex
	version  uint64 // counts changes
	articles []article
	trails   trails

	ahead   []int32     // of Touch: slots
	touched feed.Millis // keeps Touch from being optimised away
}

// article is what proposing it needs to know, and who read it.
type article struct {
	channels  []feed.ChannelID // ascending; the item's own memory
	published feed.Millis
	expires   feed.Millis
	readers   []int32 // slots of the trails that hold it, who acted on it last at the end; at most PerArticle
	held      int32   // trails that hold it
	listed    bool    // put and not withdrawn
}

func (a *article) eligible(c feed.ChannelID, now feed.Millis) bool {
	if !a.listed || a.published > now || a.expires != 0 && now >= a.expires {
		return false
	}
	return c == feed.AllChannels || slices.Contains(a.channels, c)
}

// New makes an empty model. Zero settings take their defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, weigh: newWeights(&cfg), trails: newTrails(cfg.Readers, cfg.Length)}
	m.scratch.New = func() any { return &scratch{version: math.MaxUint64} }
	return m, nil
}

// Name returns "neighbours".
func (m *Model) Name() string { return "neighbours" }

// FeatureNames returns the columns that Score fills.
func (m *Model) FeatureNames() []string { return []string{"neighbours", "neighbours_share"} }

// Sizes reports how much is kept: entries are of articles in trails, listed
// those that an article's readers are found by.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	articles, trails, entries, listed := len(m.articles), m.trails.keys.Len(), 0, 0
	for i := range m.articles {
		entries += int(m.articles[i].held)
		listed += len(m.articles[i].readers)
	}
	m.mu.RUnlock()
	yield("articles", articles)
	yield("trails", trails)
	yield("entries", entries)
	yield("listed", listed)
}

// ObserveItem takes in an article that was put, changed or withdrawn. One that
// was withdrawn stays in trails, unproposed, in case it is put back.
func (m *Model) ObserveItem(it *feed.Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	m.growLocked(it.Ord)
	a := &m.articles[it.Ord]
	a.channels, a.published, a.expires = it.Channels, it.Published, it.Expires
	a.listed = !it.Withdrawn && len(it.Channels) > 0
}

// Observe takes in an event: an act of positive value by a known reader goes on
// their trail.
func (m *Model) Observe(o feed.Observation) {
	if o.User == feed.Anonymous || !(o.Value > 0) {
		return
	}
	key, ord := keyOf(o.User), o.Item.Ord
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	m.growLocked(ord)
	t := &m.trails
	if t.keys.Full() && t.keys.Find(key) == recent.None {
		m.eraseLocked(t.keys.Oldest())
	}
	s := t.name(key)
	switch change, dropped := t.place(s, ord, o.Time); change {
	case joined:
		if dropped != nothing {
			m.leaveLocked(dropped, s)
		}
		m.articles[ord].held++
		m.enlistLocked(ord, s)
	case moved:
		m.articles[ord].drop(s)
		m.enlistLocked(ord, s)
	}
}

// enlistLocked puts a trail last among an article's readers, in the place of
// the first if there are too many.
func (m *Model) enlistLocked(ord feed.Ord, s int32) {
	a := &m.articles[ord]
	if n := len(a.readers); n == m.cfg.PerArticle {
		copy(a.readers, a.readers[1:])
		a.readers[n-1] = s
		return
	}
	a.readers = append(a.readers, s)
}

// leaveLocked notes that a trail no longer holds an article.
func (m *Model) leaveLocked(ord feed.Ord, s int32) {
	a := &m.articles[ord]
	a.held--
	a.drop(s)
}

// drop takes a trail from the article's readers, should it be among them.
func (a *article) drop(s int32) {
	if i := slices.Index(a.readers, s); i >= 0 {
		a.readers = append(a.readers[:i], a.readers[i+1:]...)
	}
}

// Forget erases a reader's trail: no request finds it from then on.
func (m *Model) Forget(user feed.UserID) {
	key := keyOf(user)
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.trails.keys.Find(key); s != recent.None {
		m.version++
		m.eraseLocked(s)
	}
}

func (m *Model) eraseLocked(s int32) {
	for _, ord := range m.trails.ordsOf(s)[:m.trails.heads[s].n] {
		m.leaveLocked(ord, s)
	}
	m.trails.remove(s)
}

func (m *Model) growLocked(ord feed.Ord) {
	for int(ord) >= len(m.articles) {
		m.articles = append(m.articles, article{})
	}
}
