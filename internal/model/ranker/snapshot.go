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
const snapshotVersion = 7

const snapshotMagic = "rnRK"

// maxName bounds the length of a feature's name in a snapshot.
const maxName = 256

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
//
// Layout, in varints and little-endian floats: magic, version, settings; the
// features' names; how many sources have lists; the version; the last silence and the share that is a
// machine's; the weights and sums of squares of the looks,
// and for each situation those of the lists and their depth, which sources are asked, which is on
// trial, and the means of what is lost, how many choices on pages
// there were and what they say of the weights set by hand, the general ones, those
// by facet, those by channel, ascending, whether the classes were taught, and theirs, if
// there are any.
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
	e.Uint(uint64(m.lists))
	e.Uint(uint64(m.version))
	e.Int(int64(m.rhythm.last))
	e.Float(m.rhythm.share)
	m.looks.write(e)
	for i := range m.minds {
		m.minds[i].write(e, m.cfg.ClassRate > 0)
	}
	return e.Flush()
}

func (m *mind) write(e *codec.Encoder, mixed bool) {
	m.trust.write(e)
	e.Float(m.trust.depth)
	m.spare.write(e)
	e.Uint(m.hands.pages)
	e.Float(m.hands.odds)
	m.general.write(e)
	for i := range m.facets {
		m.facets[i].write(e)
	}
	e.Uint(uint64(len(m.channels)))
	for _, c := range slices.Sorted(maps.Keys(m.channels)) {
		e.Int(int64(c))
		m.channels[c].write(e)
	}
	if mixed {
		taught := byte(0)
		if m.mixture.taught {
			taught = 1
		}
		e.Byte(taught)
		m.mixture.each(func(w, g []float64) { (&weights{w, g}).write(e) })
	}
}

func (m *Model) head() codec.Head {
	c := &m.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		c.Rate, c.ContextRate, c.ClassRate, c.Shrink, c.Memory, float64(c.Gap), c.Caution, c.Examination, float64(c.Channels), float64(c.Pages),
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
	if n := d.Uint(math.MaxUint16); d.Err() == nil && int(n) != m.lists {
		return fmt.Errorf("ranker: the snapshot has lists of %d sources, not %d", n, m.lists)
	}
	fresh := &Model{cfg: m.cfg, names: m.names, lists: m.lists, dear: m.dear, initial: m.initial, reported: m.reported}
	fresh.resetLocked()
	fresh.version = uint32(d.Uint(math.MaxUint32))
	fresh.rhythm = rhythm{feed.Millis(d.Int()), d.Float()}
	if r := fresh.rhythm; r.last < 0 || !(r.share >= 0 && r.share <= 1) {
		d.Fail(codec.ErrGarbled)
	}
	fresh.looks.read(d)
	for i := range fresh.minds {
		fresh.readMind(d, &fresh.minds[i])
	}
	if d.Err() != nil {
		return fmt.Errorf("ranker: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version, m.minds, m.looks, m.rhythm = fresh.version, fresh.minds, fresh.looks, fresh.rhythm
	return nil
}

func (m *Model) readMind(d *codec.Decoder, to *mind) {
	to.trust.read(d)
	if to.trust.depth = d.Float(); !(to.trust.depth >= leastDepth && to.trust.depth <= mostDepth) {
		d.Fail(codec.ErrGarbled)
	}
	to.spare.read(d, m.dear)
	if m.cfg.Spare <= 0 {
		to.spare = newSpare(m.lists)
	}
	for _, w := range to.trust.w[:m.lists] {
		if !(w >= leastTrust) {
			d.Fail(codec.ErrGarbled)
		}
	}
	to.hands = hands{d.Uint(math.MaxUint64), d.Float()}
	if !(math.Abs(to.hands.odds) <= mostOdds) {
		d.Fail(codec.ErrGarbled)
	}
	to.general.read(d)
	for i := range to.facets {
		to.facets[i].read(d)
	}
	last := int64(-1)
	for n := d.Uint(uint64(m.cfg.Channels)); n > 0 && d.Err() == nil; n-- {
		c := d.Int()
		if c <= last || c > math.MaxInt32 {
			d.Fail(codec.ErrGarbled)
			return
		}
		last = c
		m.channelOf(to, feed.ChannelID(c)).read(d)
	}
	if m.cfg.ClassRate > 0 {
		to.mixture.taught = d.Byte() == 1
		to.mixture.each(func(w, g []float64) { (&weights{w, g}).read(d) })
	}
}

func (s *spare) write(e *codec.Encoder) {
	e.Uint(uint64(s.asked))
	e.Uint(uint64(s.turn))
	e.Float(s.patience)
	e.Float(s.grown)
	s.loss.write(e)
	s.trial.write(e)
}

// read reads what was written of as many sources; none but the dear are spared.
func (s *spare) read(d *codec.Decoder, dear []int) {
	all := s.asked
	s.asked = uint32(d.Uint(uint64(all)))
	spared := all &^ s.asked
	for _, source := range dear {
		spared &^= 1 << source
	}
	s.turn = int(d.Uint(uint64(max(0, len(dear)-1))))
	if s.patience = d.Float(); spared != 0 || !(s.patience >= firstPatience && s.patience <= mostPatience) {
		d.Fail(codec.ErrGarbled)
	}
	if s.grown = d.Float(); !(s.grown >= 0 && s.grown <= grownUp) {
		d.Fail(codec.ErrGarbled)
	}
	s.loss.read(d)
	s.trial.read(d)
}

func (m *mean) write(e *codec.Encoder) {
	e.Float(m.n)
	e.Float(m.sum)
	e.Float(m.squares)
}

func (m *mean) read(d *codec.Decoder) {
	m.n, m.sum, m.squares = d.Float(), d.Float(), d.Float()
	if !(m.n <= 2*mostPatience && m.sum >= 0 && m.sum <= m.n && m.squares >= 0 && m.squares <= m.n) {
		d.Fail(codec.ErrGarbled)
	}
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
