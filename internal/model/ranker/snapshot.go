package ranker

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"readnext/internal/codec"
	"readnext/internal/feed"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 1

const snapshotMagic = "rnRK"

// maxName bounds the length of a feature's name in a snapshot.
const maxName = 256

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// features' names; the version; the weights and sums of squares, general, by
// context, of the looks, and by channel, ascending; the hidden layer's, if there
// is one.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Uint(uint64(len(m.names)))
	for _, name := range m.names {
		e.Uint(uint64(len(name)))
		e.String(name)
	}
	e.Uint(uint64(m.version))
	m.general.write(e)
	for i := range m.contexts {
		m.contexts[i].write(e)
	}
	m.looks.write(e)
	e.Uint(uint64(len(m.channels)))
	for _, c := range slices.Sorted(maps.Keys(m.channels)) {
		e.Int(int64(c))
		m.channels[c].write(e)
	}
	if m.cfg.HiddenRate > 0 {
		m.network.each(func(w []float64, g []float64) { (&weights{w, g}).write(e) })
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		c.Rate, c.ContextRate, c.HiddenRate, c.Shrink, c.Memory, c.Caution, c.Examination, float64(c.Channels),
	}}
}

func (w *weights) write(e *codec.Encoder) {
	for i := range w.w {
		e.Float(w.w[i])
		e.Float(w.g[i])
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings for the same features. On an error the state is as it was. It reads
// no further than the snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("ranker: %w", err)
	}
	if n := d.Uint(math.MaxUint16); d.Err() == nil && int(n) != len(m.names) {
		return fmt.Errorf("ranker: the snapshot has %d features, not %d", n, len(m.names))
	}
	for _, want := range m.names {
		name := make([]byte, d.Uint(maxName))
		d.Bytes(name)
		if d.Err() == nil && string(name) != want {
			return fmt.Errorf("ranker: the snapshot's feature %q stands where %q belongs", name, want)
		}
	}
	fresh := &Model{cfg: m.cfg, names: m.names}
	fresh.resetLocked()
	fresh.version = uint32(d.Uint(math.MaxUint32))
	fresh.general.read(d)
	for i := range fresh.contexts {
		fresh.contexts[i].read(d)
	}
	fresh.looks.read(d)
	last := int64(-1)
	for n := d.Uint(uint64(m.cfg.Channels)); n > 0 && d.Err() == nil; n-- {
		c := d.Int()
		if c <= last || c > math.MaxInt32 {
			d.Fail(codec.ErrGarbled)
			break
		}
		last = c
		fresh.channelLocked(feed.ChannelID(c)).read(d)
	}
	if m.cfg.HiddenRate > 0 {
		fresh.network.each(func(w []float64, g []float64) { (&weights{w, g}).read(d) })
	}
	if d.Err() != nil {
		return fmt.Errorf("ranker: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version, m.general, m.contexts = fresh.version, fresh.general, fresh.contexts
	m.looks, m.channels, m.network = fresh.looks, fresh.channels, fresh.network
	return nil
}

func (w *weights) read(d *codec.Decoder) {
	for i := range w.w {
		w.w[i], w.g[i] = d.Float(), d.Float()
		if math.IsNaN(w.w[i]) || math.IsInf(w.w[i], 0) || !(w.g[i] >= 0) || math.IsInf(w.g[i], 1) {
			d.Fail(codec.ErrGarbled)
			return
		}
	}
}
