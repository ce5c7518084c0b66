// Package catalog holds every article in memory, small and dense, as a fold of
// the log: models number their tables by it, and requests read it without
// taking a lock.
//
// It trades completeness for size: titles and addresses stay in the store. An
// article once known keeps its number for the life of the catalogue; withdrawn
// and expired articles stay, marked, because readers have acted on them.
//
// One goroutine may change a Catalog (Put, Withdraw, Ensure, ReadSnapshot);
// any number may read it, and Retire, meanwhile. Use [New]; the zero value is not usable.
package catalog

import (
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"

	"readnext/internal/feed"
)

// Catalog is the articles in memory.
type Catalog struct {
	items table

	mu       sync.RWMutex // guards what follows
	byID     map[feed.ArticleID]feed.Ord
	channels map[feed.ChannelID]*shelf
	ends     *btree.BTreeG[end] // of what is on live shelves
	retired  feed.Millis        // what expired by then may be moved aside
	names    names
}

// New makes an empty catalogue.
func New() *Catalog {
	return &Catalog{
		byID:     make(map[feed.ArticleID]feed.Ord),
		channels: make(map[feed.ChannelID]*shelf),
		ends:     newEnds(),
		names:    newNames(),
	}
}

// Put creates or replaces an article and returns its item. A withdrawn article
// that is put is back, unless a itself is marked withdrawn.
func (c *Catalog) Put(a *feed.Article) *feed.Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := &feed.Item{
		ID:        a.ID,
		Channels:  a.Channels,
		Published: a.Published,
		Expires:   a.Expires,
		Author:    c.names.intern(a.Author),
		Language:  c.names.intern(a.Language),
		Boost:     float32(a.Boost),
		Withdrawn: a.Withdrawn,
		Embedding: a.Embedding,
	}
	if len(a.Tags) > 0 {
		it.Tags = make([]feed.Name, len(a.Tags))
		for i, t := range a.Tags {
			it.Tags[i] = c.names.intern(t)
		}
	}
	c.placeLocked(it)
	return it
}

// Withdraw marks an article withdrawn and returns its item, nil if there is no
// such article.
func (c *Catalog) Withdraw(id feed.ArticleID) *feed.Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	ord, ok := c.byID[id]
	if !ok {
		return nil
	}
	it := *c.items.get(ord)
	it.Withdrawn = true
	c.placeLocked(&it)
	return &it
}

// Ensure returns an article's item and makes one without channels, never
// eligible, for an id that only events have named so far.
func (c *Catalog) Ensure(id feed.ArticleID) *feed.Item {
	if it := c.Lookup(id); it != nil {
		return it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	it := &feed.Item{ID: id, Boost: 1}
	c.placeLocked(it)
	return it
}

// placeLocked puts the item into the tables, under the number of the one it
// replaces if there is one.
func (c *Catalog) placeLocked(it *feed.Item) {
	if ord, ok := c.byID[it.ID]; ok {
		it.Ord = ord
		c.unshelveLocked(c.items.get(ord))
	} else {
		it.Ord = feed.Ord(len(c.byID))
		c.byID[it.ID] = it.Ord
	}
	c.items.set(it)
	c.shelveLocked(it)
}

// Item returns the item of a number that was given out.
func (c *Catalog) Item(ord feed.Ord) *feed.Item { return c.items.get(ord) }

// Lookup returns the item of an id, nil if the id is unknown.
func (c *Catalog) Lookup(id feed.ArticleID) *feed.Item {
	c.mu.RLock()
	ord, ok := c.byID[id]
	c.mu.RUnlock()
	if !ok {
		return nil
	}
	return c.items.get(ord)
}

// Len returns how many articles are known.
func (c *Catalog) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byID)
}

// Name returns the text of an interned name, "" for 0 and unknown ones.
func (c *Catalog) Name(n feed.Name) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.names.text(n)
}

// Number returns the interned number of a name, 0 if no article has it.
func (c *Catalog) Number(name string) feed.Name {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.names.byText[name]
}

// Sizes reports the sizes of the tables.
func (c *Catalog) Sizes(yield func(name string, n int)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	yield("articles", len(c.byID))
	yield("channels", len(c.channels))
	yield("names", len(c.names.texts))
}

// table maps numbers to items; readers take no lock.
type table struct {
	chunks atomic.Pointer[[]*chunk]
}

const chunkSize = 1024

type chunk [chunkSize]atomic.Pointer[feed.Item]

func (t *table) get(ord feed.Ord) *feed.Item {
	chunks := *t.chunks.Load()
	return chunks[ord/chunkSize][ord%chunkSize].Load()
}

// set is called by one goroutine at a time.
func (t *table) set(it *feed.Item) {
	var chunks []*chunk
	if p := t.chunks.Load(); p != nil {
		chunks = *p
	}
	if int(it.Ord/chunkSize) == len(chunks) {
		grown := make([]*chunk, len(chunks)+1)
		copy(grown, chunks)
		grown[len(chunks)] = new(chunk)
		chunks = grown
		t.chunks.Store(&chunks)
	}
	chunks[it.Ord/chunkSize][it.Ord%chunkSize].Store(it)
}
