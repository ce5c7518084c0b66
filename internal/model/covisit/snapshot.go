package covisit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"

	"readnext/internal/feed"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 1

const snapshotMagic = "rnCV"

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// articles, each with its flags, channels, times, mass and edges; the readers,
// the one heard of longest ago first, each with its acts, newest first.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := &encoder{w: bufio.NewWriterSize(w, 1<<16)}
	e.w.WriteString(snapshotMagic)
	e.uint(snapshotVersion)
	for _, v := range m.settings() {
		e.float(v)
	}
	e.uint(uint64(len(m.articles)))
	for i := range m.articles {
		m.writeArticle(e, i)
	}
	r := &m.readers
	e.uint(uint64(len(r.index)))
	for s := r.oldest; s != none; s = r.slots[s].newer {
		e.bits(r.slots[s].key)
		e.uint(uint64(r.slots[s].n))
		for _, a := range r.actsOf(s)[:r.slots[s].n] {
			e.int(int64(a.at))
			e.uint(uint64(a.ord))
			e.float32(a.value)
		}
	}
	return e.w.Flush()
}

// settings are those that state depends on.
func (m *Model) settings() []float64 {
	c := &m.cfg
	return []float64{
		float64(c.Neighbours), float64(c.Readers), float64(c.Positions), float64(c.HalfLife),
		float64(c.Window), float64(c.GapHalf), c.GapFloor, c.Reverse,
	}
}

func (m *Model) writeArticle(e *encoder, i int) {
	a, r := &m.articles[i], &m.rows[i]
	listed := uint64(0)
	if a.listed {
		listed = 1
	}
	e.uint(listed)
	e.uint(uint64(len(a.channels)))
	for _, c := range a.channels {
		e.uint(uint64(c))
	}
	e.int(int64(a.published))
	e.int(int64(a.expires))
	e.float(a.mass)
	e.uint(uint64(len(r.to)))
	if len(r.to) > 0 {
		e.float(r.landmark)
	}
	for j, to := range r.to {
		e.uint(uint64(to))
		e.float32(r.weights[j].count)
		e.float32(r.weights[j].sure)
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := newDecoder(r)
	var magic [4]byte
	if _, err := io.ReadFull(d.r, magic[:]); err != nil {
		return fmt.Errorf("covisit: snapshot: %w", err)
	}
	if string(magic[:]) != snapshotMagic {
		return errGarbled
	}
	if v := d.uint(math.MaxUint64); d.err == nil && v != snapshotVersion {
		return fmt.Errorf("covisit: snapshot has version %d, not %d", v, snapshotVersion)
	}
	for _, want := range m.settings() {
		if got := d.float(); d.err == nil && got != want {
			return errors.New("covisit: snapshot was made under other settings")
		}
	}
	fresh := &Model{cfg: m.cfg, readers: newReaders(m.cfg.Readers, m.cfg.Positions)}
	n := d.uint(math.MaxInt32)
	for i := uint64(0); i < n && d.err == nil; i++ {
		fresh.readArticle(d, n)
	}
	for i := d.uint(uint64(m.cfg.Readers)); i > 0 && d.err == nil; i-- {
		fresh.readReader(d, n)
	}
	if d.err != nil {
		return fmt.Errorf("covisit: snapshot: %w", d.err)
	}
	for i := range fresh.rows {
		for _, to := range fresh.rows[i].to {
			if math.IsInf(fresh.articles[to].mass, -1) {
				return errGarbled // both ends of an edge were acted on
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.articles, m.rows, m.readers = fresh.articles, fresh.rows, fresh.readers
	return nil
}

func (m *Model) readArticle(d *decoder, articles uint64) {
	a := article{listed: d.uint(1) == 1}
	last := feed.ChannelID(0)
	for n := d.uint(feed.MaxChannels); n > 0 && d.err == nil; n-- {
		c := feed.ChannelID(d.uint(math.MaxInt32))
		if c <= last {
			d.fail(errGarbled)
		}
		last = c
		a.channels = append(a.channels, c)
	}
	a.published = feed.Millis(d.int())
	a.expires = feed.Millis(d.int())
	a.mass = d.float()
	if math.IsNaN(a.mass) || math.IsInf(a.mass, 1) {
		d.fail(errGarbled)
	}
	var r row
	edges := d.uint(uint64(m.cfg.Neighbours))
	if edges > 0 {
		r.landmark = d.float()
		if !(math.Abs(r.landmark) < 1<<52) || r.landmark != math.Trunc(r.landmark) || math.IsInf(a.mass, -1) {
			d.fail(errGarbled)
		}
	}
	for ; edges > 0 && d.err == nil; edges-- {
		to := d.uint(articles)
		w := weight{d.float32(), d.float32()}
		if to >= articles || !(w.count >= w.sure && w.sure >= 0 && w.count >= faintest) || math.IsInf(float64(w.count), 1) {
			d.fail(errGarbled)
		}
		if n := len(r.to); n > 0 && w.count < r.weights[(n-1)/2].count {
			d.fail(errGarbled)
		}
		r.to = append(r.to, feed.Ord(to))
		r.weights = append(r.weights, w)
	}
	m.articles = append(m.articles, a)
	m.rows = append(m.rows, r)
}

func (m *Model) readReader(d *decoder, articles uint64) {
	key := d.bits()
	n := int(d.uint(uint64(m.cfg.Positions)))
	if d.err != nil {
		return
	}
	if _, twice := m.readers.index[key]; twice || n == 0 {
		d.fail(errGarbled)
		return
	}
	s := m.readers.touch(key)
	m.readers.slots[s].n = int32(n)
	acts := m.readers.actsOf(s)[:n]
	for i := range acts {
		acts[i].at = feed.Millis(d.int())
		ord := d.uint(articles)
		acts[i].value = d.float32()
		if ord >= articles || i > 0 && acts[i].at > acts[i-1].at || !(acts[i].value > 0) || math.IsInf(float64(acts[i].value), 1) {
			d.fail(errGarbled)
			return
		}
		acts[i].ord = feed.Ord(ord)
	}
}
