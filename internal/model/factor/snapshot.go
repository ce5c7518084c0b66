package factor

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/codec"
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// snapshotVersion is raised when the layout changes, or what a fit makes of its
// input: an older snapshot is refused, and the log folded anew.
const snapshotVersion = 2

const snapshotMagic = "rnFA"

// WriteSnapshot writes the whole folded state, bit for bit. Same state, same
// bytes. Fits beyond the settled one are not state: they can be made again.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// articles, each with its flags, channels and times; the latest time, the
// counts of interactions and changes, the schedule; the readers, the one heard
// of longest ago first, each with its articles; the settled fit; and the input
// of the one under way, if there is one.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.state.Lock()
	defer m.state.Unlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Uint(uint64(len(m.articles)))
	for i := range m.articles {
		m.articles[i].write(e)
	}
	e.Int(int64(m.latest))
	e.Uint(m.seen)
	e.Uint(m.changes)
	e.Uint(m.due.base)
	e.Uint(bit(m.due.taken))
	e.Uint(m.due.spent)
	e.Uint(m.due.cost)
	e.Uint(uint64(m.readers.keys.Len()))
	for key, ords := range m.readers.all {
		e.Bits(key)
		writeList(e, ords)
	}
	m.settled.Load().write(e)
	if m.due.taken {
		m.pending.in.Load().write(e)
	}
	return e.Flush()
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		float64(c.PerReader), float64(c.Interactions), float64(c.Readers), float64(c.Articles), float64(c.Dense),
		float64(c.Neighbours), c.Ridge, c.RidgeShare, c.Activity, float64(c.First),
	}}
}

// maxCount bounds counts, so that sums of two stay numbers.
const maxCount = 1 << 62

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings, and begins the settled fit again that was under way. On an error
// the state is as it was. It reads no further than the snapshot's end if r is
// an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("factor: %w", err)
	}
	fresh := &Model{cfg: m.cfg, readers: newReaders(&m.cfg)}
	n := d.Uint(math.MaxInt32)
	const least = 4 // bytes of an article
	fresh.articles = make([]article, 0, d.Room(n, least))
	for i := uint64(0); i < n && d.Err() == nil; i++ {
		fresh.articles = append(fresh.articles, readArticle(d))
	}
	fresh.latest = feed.Millis(d.Int())
	fresh.seen, fresh.changes = d.Uint(maxCount), d.Uint(maxCount)
	fresh.due = schedule{base: d.Uint(maxCount), taken: d.Uint(1) == 1, spent: d.Uint(maxCount), cost: d.Uint(maxCount)}
	for i := d.Uint(uint64(m.cfg.Readers)); i > 0 && d.Err() == nil; i-- {
		fresh.readReader(d, n)
	}
	settled := readView(d, &m.cfg, n)
	var in *input
	if fresh.due.taken && d.Err() == nil {
		in = readInput(d, &m.cfg, n)
	}
	if d.Err() == nil && (fresh.changes < settled.at || in != nil && fresh.changes < in.at) {
		d.Fail(codec.ErrGarbled)
	}
	if d.Err() != nil {
		return fmt.Errorf("factor: snapshot: %w", d.Err())
	}
	m.Close()
	m.state.Lock()
	defer m.state.Unlock()
	m.mu.Lock()
	m.articles = fresh.articles
	m.mu.Unlock()
	m.readers, m.latest, m.seen, m.changes, m.due = fresh.readers, fresh.latest, fresh.seen, fresh.changes, fresh.due
	m.heard.Store(m.seen)
	m.pending, m.refit, m.askedChanges = nil, nil, 0
	m.settled.Store(settled)
	m.serving.Store(settled)
	if in != nil {
		m.pending = m.start(in, false, false)
	}
	return nil
}

func (a *article) write(e *codec.Encoder) {
	e.Uint(bit(a.put) | bit(a.withdrawn)<<1)
	e.Uint(uint64(len(a.channels)))
	for _, c := range a.channels {
		e.Uint(uint64(c))
	}
	e.Int(int64(a.published))
	e.Int(int64(a.expires))
}

func readArticle(d *codec.Decoder) article {
	flags := d.Uint(3)
	a := article{put: flags&1 != 0, withdrawn: flags&2 != 0}
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
	return a
}

func (m *Model) readReader(d *codec.Decoder, articles uint64) {
	key := d.Bits()
	ords := readList[feed.Ord](d, m.cfg.PerReader, articles)
	if m.readers.keys.Find(key) != recent.None || len(ords) == 0 || m.readers.total+len(ords) > m.cfg.Interactions {
		d.Fail(codec.ErrGarbled)
		return
	}
	who := m.readers.name(key) // which may move the others
	m.readers.ords[who] = ords
	m.readers.total += len(ords)
}
