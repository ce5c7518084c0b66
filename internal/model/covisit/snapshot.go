package covisit

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/codec"
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 2

const snapshotMagic = "rnCV"

// leastArticle is the fewest bytes that an article takes in a snapshot.
const leastArticle = 13

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// articles, each with its flags, channels, times, mass and edges; the newest
// act's time; the readers,
// the one heard of longest ago first, each with its acts, newest first.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Uint(uint64(len(m.articles)))
	for i := range m.articles {
		m.writeArticle(e, i)
	}
	e.Int(int64(m.clock))
	r := &m.readers
	e.Uint(uint64(r.keys.Len()))
	for key, s := range r.keys.All {
		e.Bits(key)
		e.Uint(uint64(r.held[s]))
		for _, a := range r.actsOf(s)[:r.held[s]] {
			e.Int(int64(a.at))
			e.Uint(uint64(a.ord))
			e.Float32(a.value)
		}
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		float64(c.Neighbours), float64(c.Readers), float64(c.Positions), float64(c.HalfLife),
		float64(c.Window), float64(c.GapHalf), c.GapFloor, c.Reverse,
	}}
}

func (m *Model) writeArticle(e *codec.Encoder, i int) {
	a, r := &m.articles[i], &m.rows[i]
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
	e.Float(a.mass)
	e.Uint(uint64(len(r.to)))
	if len(r.to) > 0 {
		e.Float(r.landmark)
	}
	for j, to := range r.to {
		e.Uint(uint64(to))
		e.Float32(r.weights[j].count)
		e.Float32(r.weights[j].sure)
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("covisit: %w", err)
	}
	fresh := &Model{cfg: m.cfg, readers: newReaders(m.cfg.Readers, m.cfg.Positions)}
	n := d.Uint(math.MaxInt32)
	fresh.articles, fresh.rows = make([]article, 0, d.Room(n, leastArticle)), make([]row, 0, d.Room(n, leastArticle))
	for i := uint64(0); i < n && d.Err() == nil; i++ {
		fresh.readArticle(d, n)
	}
	fresh.clock = feed.Millis(d.Int())
	for i := d.Uint(uint64(m.cfg.Readers)); i > 0 && d.Err() == nil; i-- {
		fresh.readReader(d, n)
	}
	if d.Err() != nil {
		return fmt.Errorf("covisit: snapshot: %w", d.Err())
	}
	for i := range fresh.rows {
		for _, to := range fresh.rows[i].to {
			if math.IsInf(fresh.articles[to].mass, -1) {
				return fmt.Errorf("covisit: snapshot: %w", codec.ErrGarbled) // both ends of an edge were acted on
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.articles, m.rows, m.readers, m.clock = fresh.articles, fresh.rows, fresh.readers, fresh.clock
	return nil
}

func (m *Model) readArticle(d *codec.Decoder, articles uint64) {
	a := article{listed: d.Uint(1) == 1}
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
	a.mass = d.Float()
	if math.IsNaN(a.mass) || math.IsInf(a.mass, 1) {
		d.Fail(codec.ErrGarbled)
	}
	var r row
	edges := d.Uint(uint64(m.cfg.Neighbours))
	if edges > 0 {
		r.landmark = d.Float()
		if !(math.Abs(r.landmark) < 1<<52) || r.landmark != math.Trunc(r.landmark) || math.IsInf(a.mass, -1) {
			d.Fail(codec.ErrGarbled)
		}
		r.to, r.weights = make([]feed.Ord, 0, edges), make([]weight, 0, edges)
	}
	for ; edges > 0 && d.Err() == nil; edges-- {
		to := d.Uint(articles)
		w := weight{d.Float32(), d.Float32()}
		if to >= articles || !(w.count >= w.sure && w.sure >= 0 && w.count >= faintest) || math.IsInf(float64(w.count), 1) {
			d.Fail(codec.ErrGarbled)
		}
		if n := len(r.to); n > 0 && w.count < r.weights[(n-1)/2].count {
			d.Fail(codec.ErrGarbled)
		}
		r.to = append(r.to, feed.Ord(to))
		r.weights = append(r.weights, w)
	}
	m.articles = append(m.articles, a)
	m.rows = append(m.rows, r)
}

func (m *Model) readReader(d *codec.Decoder, articles uint64) {
	key := d.Bits()
	n := int(d.Uint(uint64(m.cfg.Positions)))
	if d.Err() != nil {
		return
	}
	if m.readers.keys.Find(key) != recent.None || n == 0 {
		d.Fail(codec.ErrGarbled)
		return
	}
	s := m.readers.name(key)
	m.readers.held[s] = int32(n)
	acts := m.readers.actsOf(s)[:n]
	for i := range acts {
		acts[i].at = feed.Millis(d.Int())
		ord := d.Uint(articles)
		acts[i].value = d.Float32()
		if ord >= articles || i > 0 && acts[i].at > acts[i-1].at || !(acts[i].value > 0) || math.IsInf(float64(acts[i].value), 1) {
			d.Fail(codec.ErrGarbled)
			return
		}
		acts[i].ord = feed.Ord(ord)
	}
}
