// Package catalog holds every article in memory, small and dense, as a fold of
// the log: models number their tables by it, and requests read it without
// taking a lock.
//
// It trades completeness for size: titles and addresses stay in the store, and
// so do all facts about the articles that are dropped here when more are known
// than [Config] allows: see [Catalog.Sweep]. An article that was dropped and is
// put again is a new one, under any number. Withdrawn and expired articles stay,
// marked, until they are dropped, because readers have acted on them.
//
// One goroutine may change a Catalog (Put, Withdraw, Ensure, Sweep,
// WriteSnapshot, ReadSnapshot); any number may read it, and Retire, meanwhile.
// Use [New]; the zero value is not usable.
package catalog

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"

	"readnext/internal/feed"
)

// Catalog is the articles in memory.
type Catalog struct {
	cfg   Config
	items table

	// These belong to the goroutine that changes the catalogue.
	marks []mark      // by number
	free  []feed.Ord  // descending
	named uint64      // how many times the log named an article
	clock feed.Millis // the newest event's time

	mu       sync.RWMutex // guards what follows
	byID     map[feed.ArticleID]feed.Ord
	channels map[feed.ChannelID]*shelf
	ends     *btree.BTreeG[end] // of what is on live shelves
	retired  feed.Millis        // what expired by then may be moved aside
	names    names
}

// New makes an empty catalogue. Zero settings take their defaults.
func New(cfg Config) (*Catalog, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Catalog{
		cfg:      cfg,
		byID:     make(map[feed.ArticleID]feed.Ord),
		channels: make(map[feed.ChannelID]*shelf),
		ends:     newEnds(),
		names:    newNames(),
	}
	c.items.chunks.Store(new([]*chunk))
	c.items.members.Store(new([]*feed.MemberChunk))
	return c, nil
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
		Boost:     max(float32(a.Boost), math.SmallestNonzeroFloat32),
		Withdrawn: a.Withdrawn,
		Embedding: a.Embedding,
	}
	if len(a.Tags) > 0 {
		it.Tags = make([]feed.Name, len(a.Tags))
		for i, t := range a.Tags {
			it.Tags[i] = c.names.intern(t)
		}
	}
	if ord, ok := c.byID[it.ID]; ok {
		c.releaseLocked(c.items.get(ord)) // after the new ones are interned, so that none is given up in between
	}
	it = it.Pack()
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

// Ensure returns the item of an article that an event of a time names, and makes
// one without channels, never eligible, for an id that nothing else has named
// so far.
func (c *Catalog) Ensure(id feed.ArticleID, at feed.Millis) *feed.Item {
	c.clock = max(c.clock, at)
	if it := c.Lookup(id); it != nil {
		c.touch(it)
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
		it.Ord = c.nextLocked()
		c.byID[it.ID] = it.Ord
	}
	c.items.set(it)
	c.shelveLocked(it)
	c.touch(it)
}

// nextLocked returns the number of the next article.
func (c *Catalog) nextLocked() feed.Ord {
	if n := len(c.free); n > 0 {
		ord := c.free[n-1]
		c.free = c.free[:n-1]
		return ord
	}
	return feed.Ord(len(c.byID))
}

// releaseLocked gives up an item's names.
func (c *Catalog) releaseLocked(it *feed.Item) {
	c.names.release(it.Author)
	c.names.release(it.Language)
	for _, t := range it.Tags {
		c.names.release(t)
	}
}

// Item returns the item of a number, nil if its article was dropped: who asks
// while the log is folded may have the number from a moment before.
func (c *Catalog) Item(ord feed.Ord) *feed.Item { return c.items.get(ord) }

// Boosted reports whether any article has a boost other than 1.
func (c *Catalog) Boosted() bool { return c.items.boosted.Load() > 0 }

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
	yield("names", len(c.names.byText))
}

// table maps numbers to items and to the channels they are in; readers take no
// lock.
type table struct {
	chunks  atomic.Pointer[[]*chunk]
	members atomic.Pointer[[]*feed.MemberChunk] // as many
	boosted atomic.Int64                        // items with a boost other than 1
}

const chunkSize = feed.MemberChunkSize

type chunk [chunkSize]atomic.Pointer[feed.Item]

// get returns nil for a number that is free.
func (t *table) get(ord feed.Ord) *feed.Item {
	chunks := *t.chunks.Load()
	if ord < 0 || int(ord/chunkSize) >= len(chunks) {
		return nil
	}
	return chunks[ord/chunkSize][ord%chunkSize].Load()
}

func (t *table) clear(ord feed.Ord) {
	t.count(t.get(ord), -1)
	(*t.members.Load())[ord/chunkSize][ord%chunkSize].Store(0)
	(*t.chunks.Load())[ord/chunkSize][ord%chunkSize].Store(nil)
}

// set is called by one goroutine at a time.
func (t *table) set(it *feed.Item) {
	chunks := *t.chunks.Load()
	if need := int(it.Ord/chunkSize) + 1; need > len(chunks) {
		grown := make([]*chunk, need)
		for i := copy(grown, chunks); i < need; i++ {
			grown[i] = new(chunk)
		}
		chunks = grown
		t.growMembers(need)
		t.chunks.Store(&chunks)
	}
	t.count(it, 1) // before: who finds it must know that there is one
	t.count(chunks[it.Ord/chunkSize][it.Ord%chunkSize].Swap(it), -1)
	(*t.members.Load())[it.Ord/chunkSize][it.Ord%chunkSize].Store(it.ChannelBits())
}

func (t *table) count(it *feed.Item, n int64) {
	if it != nil && it.Boost != 1 {
		t.boosted.Add(n)
	}
}

func (t *table) growMembers(need int) {
	grown := make([]*feed.MemberChunk, need)
	for i := copy(grown, *t.members.Load()); i < need; i++ {
		grown[i] = new(feed.MemberChunk)
	}
	t.members.Store(&grown)
}
