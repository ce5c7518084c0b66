package neighbours

import (
	"fmt"
	"io"
	"math"
	"slices"

	"readnext/internal/codec"
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 1

const snapshotMagic = "rnNB"

// leastArticle is the fewest bytes that an article takes in a snapshot.
const leastArticle = 5

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian numbers: magic, version, settings; the
// number of articles; the trails, of the reader heard of longest ago first,
// each with its acts, newest first; the articles, each with its flag, channels,
// times and readers, who acted last at the end, as numbers of trails.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	t := &m.trails
	e.Uint(uint64(len(m.articles)))
	e.Uint(uint64(t.keys.Len()))
	number := make([]uint64, len(t.heads)) // of a slot's trail
	count := uint64(0)
	for key, s := range t.keys.All {
		number[s] = count
		count++
		e.Bits(key)
		n, ats := t.heads[s].n, t.atsOf(s)
		e.Uint(uint64(n))
		for i, ord := range t.ordsOf(s)[:n] {
			e.Uint(uint64(ord))
			e.Int(int64(ats[i]))
		}
	}
	for i := range m.articles {
		writeArticle(e, &m.articles[i], number)
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		float64(c.Readers), float64(c.Length), float64(c.PerArticle),
	}}
}

func writeArticle(e *codec.Encoder, a *article, number []uint64) {
	listed := uint64(0)
	if a.listed {
		listed = 1
	}
	e.Uint(listed)
	e.Uint(uint64(len(a.channels)))
	for _, c := range a.channels {
		e.Uint(uint64(c))
	}
	e.Int(int64(a.published))
	e.Int(int64(a.expires))
	e.Uint(uint64(len(a.readers)))
	for _, s := range a.readers {
		e.Uint(number[s])
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("neighbours: %w", err)
	}
	fresh := &Model{cfg: m.cfg, trails: newTrails(m.cfg.Readers, m.cfg.Length)}
	articles := d.Uint(math.MaxInt32)
	held := make(map[feed.Ord]int32)
	for n := d.Uint(uint64(m.cfg.Readers)); n > 0 && d.Err() == nil; n-- {
		fresh.readTrail(d, articles, held)
	}
	lists := make([]feed.Ord, len(fresh.trails.heads)) // the last article, plus 1, that has a trail among its readers
	fresh.articles = make([]article, 0, d.Room(articles, leastArticle))
	for i := uint64(0); i < articles && d.Err() == nil; i++ {
		fresh.readArticle(d, feed.Ord(i), held, lists)
	}
	if d.Err() != nil {
		return fmt.Errorf("neighbours: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	m.articles, m.trails = fresh.articles, fresh.trails
	return nil
}

func (m *Model) readTrail(d *codec.Decoder, articles uint64, held map[feed.Ord]int32) {
	key := d.Bits()
	n := int(d.Uint(uint64(m.cfg.Length)))
	if d.Err() != nil {
		return
	}
	if m.trails.keys.Find(key) != recent.None || n == 0 {
		d.Fail(codec.ErrGarbled)
		return
	}
	s := m.trails.name(key)
	for range n {
		ord, at := d.Uint(articles), feed.Millis(d.Int())
		h := &m.trails.heads[s]
		if d.Err() != nil {
			return
		}
		if ord >= articles || h.n > 0 && at > m.trails.atsOf(s)[h.n-1] || slices.Contains(m.trails.ordsOf(s)[:h.n], feed.Ord(ord)) {
			d.Fail(codec.ErrGarbled)
			return
		}
		m.trails.ordsOf(s)[h.n], m.trails.atsOf(s)[h.n] = feed.Ord(ord), at
		h.n++
		held[feed.Ord(ord)]++
	}
	m.trails.heads[s].latest = m.trails.atsOf(s)[0]
}

func (m *Model) readArticle(d *codec.Decoder, ord feed.Ord, held map[feed.Ord]int32, lists []feed.Ord) {
	a := article{listed: d.Uint(1) == 1, held: held[ord]}
	last := feed.ChannelID(0)
	for n := d.Uint(feed.MaxChannels); n > 0 && d.Err() == nil; n-- {
		c := feed.ChannelID(d.Uint(math.MaxInt32))
		if c <= last {
			d.Fail(codec.ErrGarbled)
		}
		last = c
		a.channels = append(a.channels, c)
	}
	a.published = feed.Millis(d.Int())
	a.expires = feed.Millis(d.Int())
	listed := d.Uint(uint64(min(m.cfg.PerArticle, int(a.held))))
	if listed > 0 {
		a.readers = make([]int32, 0, d.Room(listed, 1))
	}
	for n := listed; n > 0 && d.Err() == nil; n-- {
		s := d.Uint(uint64(len(lists)))
		if d.Err() != nil {
			return
		}
		// A trail is listed once, and holds the article.
		if s == uint64(len(lists)) || lists[s] == ord+1 || !slices.Contains(m.trails.ordsOf(int32(s))[:m.trails.heads[s].n], ord) {
			d.Fail(codec.ErrGarbled)
			return
		}
		lists[s] = ord + 1
		a.readers = append(a.readers, int32(s))
	}
	m.articles = append(m.articles, a)
}
