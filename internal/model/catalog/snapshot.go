package catalog

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/codec"
	"readnext/internal/feed"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 1

const snapshotMagic = "rnCA"

// WriteSnapshot writes the catalogue.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// log's clock and how often it named an article; the names by number from 1 on,
// each with its length, 0 for a free number; the articles by number, each with
// its id, 0 for a free number, and if there is one, which naming was its last,
// its flags, when it was withdrawn if it was, times, names, boost, channels and
// embedding.
func (c *Catalog) WriteSnapshot(w io.Writer) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(c.head())
	e.Int(int64(c.clock))
	e.Uint(c.named)
	e.Uint(uint64(len(c.names.texts) - 1))
	for _, s := range c.names.texts[1:] {
		e.Uint(uint64(len(s)))
		e.String(s)
	}
	e.Uint(uint64(len(c.marks)))
	for ord := range c.marks {
		writeItem(e, c.items.get(feed.Ord(ord)), &c.marks[ord])
	}
	return e.Flush()
}

func (c *Catalog) head() codec.Head {
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{float64(c.cfg.Articles)}}
}

func writeItem(e *codec.Encoder, it *feed.Item, m *mark) {
	if it == nil {
		e.Uint(0)
		return
	}
	e.Uint(uint64(it.ID))
	e.Uint(m.touched)
	if it.Withdrawn {
		e.Uint(1)
		e.Int(int64(m.gone))
	} else {
		e.Uint(0)
	}
	e.Int(int64(it.Published))
	e.Int(int64(it.Expires))
	e.Uint(uint64(it.Author))
	e.Uint(uint64(it.Language))
	e.Uint(uint64(len(it.Tags)))
	for _, t := range it.Tags {
		e.Uint(uint64(t))
	}
	e.Float32(it.Boost)
	e.Uint(uint64(len(it.Channels)))
	for _, ch := range it.Channels {
		e.Uint(uint64(ch))
	}
	e.Uint(uint64(len(it.Embedding)))
	for _, x := range it.Embedding {
		e.Float32(x)
	}
}

// ReadSnapshot fills an empty catalogue with what WriteSnapshot wrote under the
// same settings. On an error the catalogue is of no use any more.
func (c *Catalog) ReadSnapshot(r io.Reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := codec.NewDecoder(r)
	if err := d.Head(c.head()); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	c.clock = feed.Millis(d.Int())
	c.named = d.Uint(math.MaxUint64)
	n := d.Uint(math.MaxUint32 - 1)
	for i := uint64(0); i < n && d.Err() == nil; i++ {
		c.readName(d)
	}
	n = d.Uint(math.MaxInt32)
	const least = 12 // bytes of an article, if its number is not free
	room := d.Room(n, least)
	c.byID, c.marks = make(map[feed.ArticleID]feed.Ord, room), make([]mark, 0, room)
	for ord := feed.Ord(0); uint64(ord) < n && d.Err() == nil; ord++ {
		c.readItem(d, ord)
	}
	if d.Err() != nil {
		return fmt.Errorf("catalog: snapshot: %w", d.Err())
	}
	for id := 1; id < len(c.names.texts); id++ {
		if c.names.refs[id] == 0 && c.names.texts[id] != "" {
			c.names.idle++
		}
	}
	sortDown(c.names.free)
	sortDown(c.free)
	return nil
}

func (c *Catalog) readName(d *codec.Decoder) {
	text := make([]byte, d.Uint(feed.MaxNameBytes))
	d.Bytes(text)
	id := feed.Name(len(c.names.texts))
	c.names.texts, c.names.refs = append(c.names.texts, string(text)), append(c.names.refs, 0)
	if len(text) == 0 {
		c.names.free = append(c.names.free, id)
		return
	}
	if _, twice := c.names.byText[string(text)]; twice {
		d.Fail(codec.ErrGarbled)
	}
	c.names.byText[string(text)] = id
}

func (c *Catalog) readItem(d *codec.Decoder, ord feed.Ord) {
	id := feed.ArticleID(d.Uint(math.MaxInt64))
	if id == 0 {
		c.marks = append(c.marks, mark{})
		c.free = append(c.free, ord)
		return
	}
	it := &feed.Item{ID: id, Ord: ord}
	touched := d.Uint(c.named)
	left := feed.Millis(0)
	if it.Withdrawn = d.Uint(1) == 1; it.Withdrawn {
		left = feed.Millis(d.Int())
	}
	it.Published = feed.Millis(d.Int())
	it.Expires = feed.Millis(d.Int())
	it.Author = c.readRef(d)
	it.Language = c.readRef(d)
	for n := d.Uint(feed.MaxTags); n > 0 && d.Err() == nil; n-- {
		it.Tags = append(it.Tags, c.readRef(d))
	}
	it.Boost = d.Float32()
	for n := d.Uint(feed.MaxChannels); n > 0 && d.Err() == nil; n-- {
		ch := feed.ChannelID(d.Uint(math.MaxInt32))
		if k := len(it.Channels); ch == 0 || k > 0 && ch <= it.Channels[k-1] {
			d.Fail(codec.ErrGarbled)
		}
		it.Channels = append(it.Channels, ch)
	}
	if n := d.Uint(feed.MaxEmbedding); n > 0 && d.Err() == nil {
		it.Embedding = make([]float32, n)
		for i := range it.Embedding {
			it.Embedding[i] = d.Float32()
		}
	}
	if _, twice := c.byID[id]; twice {
		d.Fail(codec.ErrGarbled)
	}
	if d.Err() != nil {
		return
	}
	c.byID[id] = ord
	it = it.Pack()
	c.items.set(it)
	c.shelveLocked(it)
	m := mark{touched: touched}
	m.describe(it, left)
	c.marks = append(c.marks, m)
}

// readRef reads the number of a name that an item has.
func (c *Catalog) readRef(d *codec.Decoder) feed.Name {
	id := feed.Name(d.Uint(uint64(len(c.names.texts) - 1)))
	if id == 0 {
		return 0
	}
	if c.names.texts[id] == "" {
		d.Fail(codec.ErrGarbled)
	}
	c.names.refs[id]++
	return id
}
