// Package affinity knows what a reader likes by what articles say of
// themselves: their tags, authors, channels, languages and embeddings.
//
// A reader's taste is computed from their latest acts when it is asked for;
// nothing of a reader is kept here. The act of rank r (from 0, the newest),
// older than the newest by a, weighs
//
//	w = value · 2^(-a/HalfLife) / (1 + r/RankHalf)
//
// Dislikes weigh below 0 and push down what they touch. Taste does not fade
// while a reader is away.
//
// What is kept are the catalogue's statistics: how many articles have each tag,
// for its inverse document frequency
//
//	idf = ln(1 + articles) - ln(articles with the tag)
//
// and, for recall, the newest articles under each tag and author, and an index
// of embeddings that finds most of those nearest to a reader or an article: by
// locality-sensitive hashing, see docs/decisions/0013-nearest-neighbours.md. It
// trades exactness for time, and never answers differently on two machines.
//
// It works from the first act on and on articles that nobody has read, and it
// knows only what it is told: where tags are missing or mean little, it says
// little. Do not use it to learn what goes together; covisit does that.
//
// One goroutine may change a Model (ObserveItem, Observe, Forget,
// Drop, ReadSnapshot); any number may read it meanwhile. The zero value is not
// usable; use [New].
package affinity

import (
	"bytes"
	"math"
	"slices"
	"sync"

	"readnext/internal/feed"
)

// Model is the catalogue by tag and author.
type Model struct {
	cfg     Config
	probing probing
	scratch sync.Pool // *scratch

	mu       sync.RWMutex
	articles []article // by Ord
	tags     []shelf   // by Name
	authors  []shelf   // by Name
	listed   int
	index    index     // of sketches
	logAll   float64   // ln(1+listed articles)
	logTags  []float64 // by Name: ln(articles with the tag), 0 for none
}

// article is what is known of one. Slices are the item's own memory, but for
// sketch.
type article struct {
	channels  []feed.ChannelID // ascending
	tags      []feed.Name
	author    feed.Name
	language  feed.Name
	published feed.Millis
	expires   feed.Millis
	listed    bool // put and not withdrawn
	sketch    sketch
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
	m := &Model{cfg: cfg, probing: newProbing(), index: index{flat: cfg.Flat}}
	m.scratch.New = func() any { return new(scratch) }
	return m, nil
}

// Name returns "affinity".
func (m *Model) Name() string { return "affinity" }

// FeatureNames returns the columns that Score fills.
func (m *Model) FeatureNames() []string {
	return []string{"affinity_tag", "affinity_author", "affinity_channel", "affinity_embedding", "affinity_own", "affinity_language",
		"affinity_tag_lift", "affinity_tag_lift_mean", "affinity_author_lift"}
}

// Sizes reports how much is kept.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	articles, tags, authors, listed, embedded := len(m.articles), 0, 0, 0, m.index.count
	for i := range m.tags {
		listed += len(m.tags[i].articles)
		if m.tags[i].count > 0 {
			tags++
		}
	}
	for i := range m.authors {
		listed += len(m.authors[i].articles)
		if m.authors[i].count > 0 {
			authors++
		}
	}
	m.mu.RUnlock()
	yield("articles", articles)
	yield("tags", tags)
	yield("authors", authors)
	yield("listed", listed)
	yield("embedded", embedded)
}

// Forget does nothing: no reader is known here.
func (m *Model) Forget(feed.UserID) {}

// Observe does nothing: a reader's acts come with each query.
func (m *Model) Observe(feed.Observation) {}

// ObserveItem takes in an article that was put, changed or withdrawn.
func (m *Model) ObserveItem(it *feed.Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for int(it.Ord) >= len(m.articles) {
		m.articles = append(m.articles, article{})
	}
	a := &m.articles[it.Ord]
	if a.listed {
		m.unlistLocked(it.Ord, a)
	}
	next := article{
		channels:  it.Channels,
		tags:      it.Tags,
		author:    it.Author,
		language:  it.Language,
		published: it.Published,
		expires:   it.Expires,
		listed:    !it.Withdrawn && len(it.Channels) > 0,
		sketch:    sketchOf(it.Embedding, m.cfg.Dimensions),
	}
	if a.indexed() && next.indexed() && a.published == next.published && bytes.Equal(a.sketch.bytes, next.sketch.bytes) {
		m.index.rows[it.Ord].channels = maskOf(next.channels)
		*a = next
	} else {
		if a.indexed() {
			m.index.remove(m.articles, it.Ord)
		}
		*a = next
		if a.indexed() {
			m.index.insert(m.articles, it.Ord)
		}
	}
	if a.listed {
		m.listLocked(it.Ord, a)
	}
	m.logAll = math.Log(1 + float64(m.listed))
}

// indexed reports whether the article is in the index of sketches.
func (a *article) indexed() bool { return a.listed && len(a.sketch.bytes) > 0 }

// Drop erases articles. Names that are given up have no article left: what
// memory their shelves have is given back.
func (m *Model) Drop(gone *feed.Gone) {
	for part := range slices.Chunk(gone.Ords, lockFor) {
		m.dropSome(part)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, shelves := range [][]shelf{m.tags, m.authors} {
		for _, name := range gone.Names {
			if int(name) < len(shelves) && shelves[name].count == 0 {
				shelves[name] = shelf{}
			}
		}
	}
}

// lockFor is how many articles are dropped under one lock, so that requests
// wait for no more.
const lockFor = 1024

func (m *Model) dropSome(ords []feed.Ord) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, ord := range ords {
		if int(ord) >= len(m.articles) {
			return // it was never told of those
		}
		if a := &m.articles[ord]; a.listed {
			if a.indexed() {
				m.index.remove(m.articles, ord)
			}
			m.unlistLocked(ord, a)
		}
		m.articles[ord] = article{}
	}
	m.logAll = math.Log(1 + float64(m.listed))
}

func (m *Model) listLocked(ord feed.Ord, a *article) {
	m.listed++
	for _, t := range a.tags {
		s := shelfOf(&m.tags, t)
		s.count++
		m.countTagLocked(t)
		s.insert(ord, a.published, m.cfg.PerName)
	}
	if a.author != 0 {
		s := shelfOf(&m.authors, a.author)
		s.count++
		s.insert(ord, a.published, m.cfg.PerName)
	}
}

func (m *Model) unlistLocked(ord feed.Ord, a *article) {
	m.listed--
	for _, t := range a.tags {
		m.tags[t].count--
		m.countTagLocked(t)
		m.tags[t].remove(ord, a.published)
	}
	if a.author != 0 {
		m.authors[a.author].count--
		m.authors[a.author].remove(ord, a.published)
	}
}

// countTagLocked notes that a tag's count has changed.
func (m *Model) countTagLocked(t feed.Name) {
	for int(t) >= len(m.logTags) {
		m.logTags = append(m.logTags, 0)
	}
	m.logTags[t] = math.Log(float64(max(1, m.tags[t].count)))
}

// idf returns a tag's inverse document frequency; that of an unknown tag is
// the highest.
func (m *Model) idf(t feed.Name) float64 {
	if int(t) >= len(m.logTags) {
		return m.logAll
	}
	return max(0, m.logAll-m.logTags[t])
}

// norm returns the length of an article's vector of tags.
func (m *Model) norm(tags []feed.Name) float64 {
	sum := 0.0
	for _, t := range tags {
		x := m.idf(t)
		sum += x * x
	}
	return math.Sqrt(sum)
}
