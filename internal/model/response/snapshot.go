package response

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/codec"
	"readnext/internal/feed"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 2

const snapshotMagic = "rnRS"

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian floats: magic, version, settings; how
// many exposures were seen; beliefs, each a time and, unless that is 0, a mean
// and a spread: of the site, the places, the ages, tiredness, and, each list
// after its length, the articles and the names, these with how often they were
// shown; the readers, the one shown
// something longest ago first, each with the belief of their level, their
// tastes by name and their exposures, oldest first.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Uint(m.seen)
	m.site.write(e)
	for _, list := range [][]belief{m.places[:], m.ages[:], m.tired[:]} {
		writeBeliefs(e, list)
	}
	e.Uint(uint64(len(m.articles)))
	writeBeliefs(e, m.articles)
	e.Uint(uint64(len(m.names)))
	for i := range m.names {
		m.names[i].write(e)
	}
	e.Uint(uint64(m.readers.lru.Len()))
	for _, key := range m.readers.lru.Keys() {
		e.Bits(key)
		m.readers.of(key).write(e)
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	settings := []float64{float64(c.Readers), float64(c.Tastes), float64(c.Shown), float64(c.Window), c.Examination}
	for _, p := range c.priors() {
		settings = append(settings, p.Spread, float64(p.HalfLife))
	}
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: settings}
}

func writeBeliefs(e *codec.Encoder, list []belief) {
	for i := range list {
		list[i].write(e)
	}
}

func (b *belief) write(e *codec.Encoder) {
	e.Int(int64(b.at))
	if b.at != 0 {
		e.Float32(b.mean)
		e.Float32(b.spread)
	}
}

func (n *name) write(e *codec.Encoder) {
	n.belief.write(e)
	e.Float32(n.shown)
}

func (r *reader) write(e *codec.Encoder) {
	r.level.write(e)
	e.Uint(uint64(len(r.tastes)))
	for i := range r.tastes {
		t := &r.tastes[i]
		e.Uint(uint64(t.name))
		e.Float32(t.tired)
		t.belief.write(e)
	}
	e.Uint(uint64(len(r.shown)))
	for i := range r.shown {
		x := &r.shown[i]
		taken := byte(0)
		if x.taken {
			taken = 1
		}
		e.Int(int64(x.at))
		e.Uint(uint64(x.ord))
		e.Float32(x.tired)
		e.Byte(x.place)
		e.Byte(taken)
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	fresh := &Model{readers: newReaders(m.cfg.Readers)}
	fresh.seen = d.Uint(math.MaxUint64)
	fresh.site.read(d)
	for _, list := range [][]belief{fresh.places[:], fresh.ages[:], fresh.tired[:]} {
		for i := range list {
			list[i].read(d)
		}
	}
	fresh.articles = readList(d, (*belief).read)
	fresh.names = readList(d, (*name).read)
	for n := d.Uint(uint64(m.cfg.Readers)); n > 0 && d.Err() == nil; n-- {
		key := d.Bits()
		if fresh.readers.lru.Contains(key) {
			d.Fail(codec.ErrGarbled)
		}
		x := new(reader)
		x.read(d, &m.cfg)
		fresh.readers.lru.Add(key, x)
	}
	if d.Err() != nil {
		return fmt.Errorf("response: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen, m.site, m.places, m.ages, m.tired = fresh.seen, fresh.site, fresh.places, fresh.ages, fresh.tired
	m.articles, m.names, m.readers = fresh.articles, fresh.names, fresh.readers
	return nil
}

func readList[T any](d *codec.Decoder, read func(*T, *codec.Decoder)) []T {
	var list []T
	for n := d.Uint(math.MaxInt32); n > 0 && d.Err() == nil; n-- {
		var x T
		read(&x, d)
		list = append(list, x)
	}
	return list
}

func (b *belief) read(d *codec.Decoder) {
	if b.at = feed.Millis(d.Int()); b.at == 0 {
		return
	}
	b.mean, b.spread = d.Float32(), d.Float32()
	if b.at < 0 || !(b.mean >= -most && b.mean <= most) || !(b.spread >= least && b.spread <= 10) {
		d.Fail(codec.ErrGarbled)
	}
}

func (n *name) read(d *codec.Decoder) {
	n.belief.read(d)
	n.shown = notNegative(d)
}

func (r *reader) read(d *codec.Decoder, c *Config) {
	r.level.read(d)
	for n := d.Uint(uint64(c.Tastes)); n > 0 && d.Err() == nil; n-- {
		t := taste{name: feed.Name(d.Uint(math.MaxUint32)), tired: notNegative(d)}
		t.belief.read(d)
		if t.name == 0 || len(r.tastes) > 0 && t.name <= r.tastes[len(r.tastes)-1].name {
			d.Fail(codec.ErrGarbled)
		}
		r.tastes = append(r.tastes, t)
	}
	for n := d.Uint(uint64(c.Shown)); n > 0 && d.Err() == nil; n-- {
		x := shown{at: feed.Millis(d.Int()), ord: feed.Ord(d.Uint(math.MaxInt32)), tired: notNegative(d), place: d.Byte()}
		x.taken = d.Byte() == 1
		if x.place >= places || r.find(x.ord) != nil {
			d.Fail(codec.ErrGarbled)
		}
		r.shown = append(r.shown, x)
	}
}

// notNegative reads a number that is not negative.
func notNegative(d *codec.Decoder) float32 {
	x := d.Float32()
	if !(x >= 0 && x <= math.MaxFloat32) {
		d.Fail(codec.ErrGarbled)
	}
	return x
}
