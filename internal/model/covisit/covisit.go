// Package covisit knows what follows what: which articles the readers of an
// article went on to, or had come from.
//
// It learns sequential rules (Ludewig, Jannach: Evaluation of session-based
// recommendation algorithms, 2018) over each reader's latest articles. When a
// reader acts on B at t, each earlier article A within the window adds to the
// edge A→B
//
//	w = gain/distance · max(floor, 1/(1 + gap/GapHalf))
//
// and Reverse·w to B→A; distance counts the reader's articles from A to B, gap
// is the time between the acts, and gain is the act's value, less what the
// same reader's remembered acts on B were already worth: a click and then a
// read of one article is one visit, and going back and forth between two is
// not evidence without end. Acts that come in late are put where their time
// belongs. Dislikes and acts of anonymous readers link nothing.
//
// Edges decay forward (Cormode et al., 2009): weights at t are scaled by
// 2^(t/HalfLife), so none needs touching as time passes. An article has a
// bounded number of edges, kept by Space-Saving (Metwally, Agrawal, El Abbadi:
// Efficient computation of frequent and top-k elements in data streams, 2005):
// a new edge takes the weakest one's place and inherits its count, so that an
// edge that keeps recurring is sure to stay, while only the part of the count
// that is sure to be its own, the weight g, is evidence.
//
// The evidence for an article B, from one article A in the reader's past, is
//
//	g(A,B) / (mass(A)^SourceDamping · mass(B)^Damping)
//
// where an article's mass is the decayed sum of all gains of acts on it. With
// both powers at 1/2 it would be a cosine. The ratio of two evidences does not
// change with the time of the question. Beside it stands the share of A's edges
// that leads to B, with a prior so that little evidence makes small shares,
//
//	p(A,B) = g(A,B) / (Prior + Σ_X g(A,X))
//
// where weights are as of the newest act in the log: a silent night makes
// nobody's evidence older than that of others.
//
// What it trades: precision for bounds, as above, and the cold article for the
// known one: an article that nobody acted on has no edges, for which see the
// affinity model. Do not use it to tell how often two articles were read
// together; it keeps weights, not counts.
//
// One goroutine may change a Model (ObserveItem, Observe, Forget,
// Drop, ReadSnapshot); any number may read it meanwhile. The zero value is not
// usable; use [New].
package covisit

import (
	"math"
	"sync"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// Model is a graph of articles.
type Model struct {
	cfg     Config
	scratch sync.Pool // *scratch

	mu       sync.RWMutex
	articles []article // by Ord
	rows     []row     // by Ord
	readers  readers
	clock    feed.Millis // the newest act's time
	touched  feed.Ord    // keeps touchLocked from being optimised away
	ahead    []int32     // of Touch: numbers of readers
}

// article is what evidence for it and proposing it need to know, together
// since they are needed together.
type article struct {
	mass      float64          // log2 Σ gain·2^(t/HalfLife), -Inf for none
	channels  []feed.ChannelID // ascending; the item's own memory
	published feed.Millis
	expires   feed.Millis
	listed    bool // put and not withdrawn
}

func (a *article) eligible(c feed.ChannelID, now feed.Millis) bool {
	if !a.listed || a.published > now || a.expires != 0 && now >= a.expires {
		return false
	}
	if c == feed.AllChannels {
		return true
	}
	for _, have := range a.channels {
		if have == c {
			return true
		}
	}
	return false
}

// New makes an empty model. Zero settings take their defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, readers: newReaders(cfg.Readers, cfg.Positions)}
	m.scratch.New = func() any { return new(scratch) }
	return m, nil
}

// Name returns the configured name.
func (m *Model) Name() string { return m.cfg.Name }

// FeatureNames returns the columns that Score fills.
func (m *Model) FeatureNames() []string {
	return []string{m.cfg.Name, m.cfg.Name + "_last", m.cfg.Name + "_p"}
}

// Sizes reports how much is kept.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	articles, readers, edges := len(m.articles), m.readers.keys.Len(), 0
	for i := range m.rows {
		edges += len(m.rows[i].to)
	}
	m.mu.RUnlock()
	yield("articles", articles)
	yield("edges", edges)
	yield("readers", readers)
}

// Forget drops what is remembered of a reader. What others' requests learned
// from them is a sum over readers and stays.
func (m *Model) Forget(user feed.UserID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers.forget(keyOf(user))
}

// ObserveItem takes in an article that was put, changed or withdrawn. Edges of
// a withdrawn article stay, unproposed, in case it is put back.
func (m *Model) ObserveItem(it *feed.Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.growLocked(it.Ord)
	m.articles[it.Ord] = article{
		mass:      m.articles[it.Ord].mass,
		channels:  it.Channels,
		published: it.Published,
		expires:   it.Expires,
		listed:    !it.Withdrawn && len(it.Channels) > 0,
	}
}

// maxValue is the most that one act may be worth, so that sums of weights stay
// far from a float32's end.
const maxValue = 1 << 20

// Observe takes in an event: an act of positive value by a known reader is
// linked with the acts before it, and after it should it come late.
func (m *Model) Observe(o feed.Observation) {
	if o.User == feed.Anonymous || !(o.Value > 0) {
		return
	}
	value, key := min(o.Value, maxValue), keyOf(o.User)
	m.mu.Lock()
	defer m.mu.Unlock()
	ord := o.Item.Ord
	m.growLocked(ord)
	m.clock = max(m.clock, o.Time)
	acts, p, gain := m.readers.place(key, ord, o.Time, value)
	if !(gain > 0) {
		return
	}
	now := timeOf(o.Time, m.cfg.HalfLife)
	m.articles[ord].mass = decay.LogAdd(m.articles[ord].mass, math.Log2(gain)+now.halfLives())
	if p < 0 {
		return
	}
	at := acts[p].at
	if at != o.Time {
		now = timeOf(at, m.cfg.HalfLife)
	}
	m.touchLocked(acts)
	for i := p + 1; i < len(acts) && at-acts[i].at <= m.cfg.Window; i++ {
		m.linkLocked(acts[i].ord, ord, now, gain*m.fade(at-acts[i].at)/float64(i-p))
	}
	for i := p - 1; i >= 0 && acts[i].at-at <= m.cfg.Window; i-- {
		m.linkLocked(ord, acts[i].ord, timeOf(acts[i].at, m.cfg.HalfLife), gain*m.fade(acts[i].at-at)/float64(p-i))
	}
}

// lineOfOrds is how many fit in a line of the processor's cache.
const lineOfOrds = 16

// touchLocked reads the edges of the articles that are about to be linked. They
// lie far apart in memory: a loop that does nothing but fetch them waits for
// many at a time, one that computes waits for each.
func (m *Model) touchLocked(acts []act) {
	sum := feed.Ord(0)
	for i := range acts {
		sum += feed.Ord(len(m.rows[acts[i].ord].to))
	}
	for i := range acts {
		r := &m.rows[acts[i].ord]
		for j := 0; j < len(r.to); j += lineOfOrds {
			sum += r.to[j]
		}
		if len(r.weights) > 0 {
			sum += feed.Ord(r.weights[0].count)
		}
	}
	m.touched = sum
}

// linkLocked adds evidence that to follows from.
func (m *Model) linkLocked(from, to feed.Ord, t moment, w float64) {
	m.rows[from].add(to, t, w, m.cfg.Neighbours)
	if m.cfg.Reverse > 0 {
		m.rows[to].add(from, t, w*m.cfg.Reverse, m.cfg.Neighbours)
	}
}

// fade returns what a link over a gap in time weighs, at most 1.
func (m *Model) fade(gap feed.Millis) float64 {
	return max(m.cfg.GapFloor, 1/(1+float64(gap)/float64(m.cfg.GapHalf)))
}

func (m *Model) growLocked(ord feed.Ord) {
	for int(ord) >= len(m.articles) {
		m.articles = append(m.articles, article{mass: math.Inf(-1)})
		m.rows = append(m.rows, row{})
	}
}
