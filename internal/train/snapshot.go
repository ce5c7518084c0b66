package train

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/codec"
	"readnext/internal/feed"
	"readnext/internal/recent"
)

// snapshotVersion is raised when the layout changes, or what a page's key is
// made of: an older snapshot is refused, and the log folded anew.
const snapshotVersion = 4

const snapshotMagic = "rnTN" // trending's is rnTR

// maxPlaces bounds the places of a page and maxFeatures those of a place, in a
// snapshot.
const (
	maxPlaces   = 1 << 12
	maxFeatures = 1 << 12
)

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
//
// Layout, in varints and little-endian floats: magic, version, settings; how
// many acts and pages were seen; the latest act's time; what is left of either
// allowance, and when it was looked at; the readers, the one
// heard of longest ago first, each with its acts; the ring of pages, the oldest
// first, those that were forgotten as a key of 0 without places.
func (t *Trainer) WriteSnapshot(w io.Writer) error {
	e := codec.NewEncoder(w)
	e.Head(t.head())
	e.Uint(t.seen)
	e.Uint(t.exposed)
	e.Int(int64(t.latest))
	for _, a := range []*allowance{&t.acts, &t.shown} {
		e.Uint(uint64(a.left))
		e.Int(int64(a.at))
	}
	e.Uint(uint64(t.readers.keys.Len()))
	for key, who := range t.readers.keys.All {
		acts := t.readers.acts[who]
		e.Bits(key)
		e.Uint(uint64(len(acts)))
		for _, a := range acts {
			e.Int(int64(a.at))
			e.Uint(uint64(a.ord))
			e.Int(int64(a.channel))
			e.Float32(a.value)
		}
	}
	p := t.pages
	e.Uint(uint64(len(p.ring)))
	for i := range p.ring {
		p.ring[(p.next+i)%len(p.ring)].write(e)
	}
	return e.Flush()
}

func (t *Trainer) head() codec.Head {
	c := &t.cfg
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		float64(c.Readers), float64(c.Acts), float64(c.Pages), float64(c.Window), float64(c.Recall),
		float64(c.Full), float64(c.Every), float64(c.EveryPage),
		float64(c.Surveyed), float64(c.SurveyEvery), float64(c.Rate),
	}}
}

func (p *page) write(e *codec.Encoder) {
	e.Bits(p.key)
	e.Uint(uint64(len(p.places)))
	if len(p.places) == 0 {
		return
	}
	e.Bits(p.reader)
	e.Int(int64(p.at))
	for i := range p.places {
		pl := &p.places[i]
		taken := byte(0)
		if pl.taken {
			taken = 1
		}
		e.Uint(uint64(pl.ord))
		e.Uint(uint64(pl.position))
		e.Byte(taken)
		e.Uint(uint64(len(pl.features)))
		for _, x := range pl.features {
			e.Float32(x)
		}
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (t *Trainer) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(t.head()); err != nil {
		return fmt.Errorf("trainer: %w", err)
	}
	seen, exposed, latest := d.Uint(math.MaxUint64), d.Uint(math.MaxUint64), feed.Millis(d.Int())
	acts, shown := newAllowance(t.cfg.Rate), newAllowance(t.cfg.Rate)
	for _, a := range []*allowance{&acts, &shown} {
		a.left, a.at = int64(d.Uint(uint64(a.left))), feed.Millis(d.Int())
	}
	readers, pages := newReaders(t.cfg.Readers, t.cfg.Acts), newPages(t.cfg.Pages)
	for n := d.Uint(uint64(t.cfg.Readers)); n > 0 && d.Err() == nil; n-- {
		readers.read(d)
	}
	for n := d.Uint(uint64(t.cfg.Pages)); n > 0 && d.Err() == nil; n-- {
		pages.read(d)
	}
	if d.Err() != nil {
		return fmt.Errorf("trainer: snapshot: %w", d.Err())
	}
	t.seen, t.exposed, t.latest, t.readers, t.pages = seen, exposed, latest, readers, pages
	t.acts, t.shown = acts, shown
	t.count()
	return nil
}

func (r *readers) read(d *codec.Decoder) {
	key := d.Bits()
	n := d.Uint(uint64(r.limit))
	if n == 0 || r.keys.Find(key) != recent.None {
		d.Fail(codec.ErrGarbled)
	}
	var acts []act
	for ; n > 0 && d.Err() == nil; n-- {
		a := act{
			at:      feed.Millis(d.Int()),
			ord:     feed.Ord(d.Uint(math.MaxInt32)),
			channel: feed.ChannelID(d.Int()),
			value:   d.Float32(),
		}
		if len(acts) > 0 && a.at > acts[len(acts)-1].at || math.IsNaN(float64(a.value)) {
			d.Fail(codec.ErrGarbled)
		}
		acts = append(acts, a)
	}
	if d.Err() == nil {
		who := r.name(key) // which may move the others
		r.acts[who] = acts
	}
}

func (p *pages) read(d *codec.Decoder) {
	key := d.Bits()
	n := d.Uint(maxPlaces)
	if _, twice := p.index[key]; twice {
		d.Fail(codec.ErrGarbled)
	}
	if n == 0 {
		p.ring = append(p.ring, &page{})
		return
	}
	pg := page{key: key, reader: d.Bits(), at: feed.Millis(d.Int())}
	for ; n > 0 && d.Err() == nil; n-- {
		pl := place{ord: feed.Ord(d.Uint(math.MaxInt32)), position: uint16(d.Uint(math.MaxUint16)), taken: d.Byte() == 1}
		for m := d.Uint(maxFeatures); m > 0 && d.Err() == nil; m-- {
			pl.features = append(pl.features, d.Float32())
		}
		pg.places = append(pg.places, pl)
	}
	if d.Err() == nil {
		p.add(&pg)
	}
}
