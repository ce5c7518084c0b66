package trending

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"readnext/internal/feed"
)

// snapshotVersion is raised when the layout changes: an older snapshot is
// refused, and the log folded anew.
const snapshotVersion = 1

const snapshotMagic = "rnTR"

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian float64s: magic, version, settings;
// clock; the site's rate; the articles, each with its flags, channels, times,
// scores and rate; the channels, ascending, each with its lists of articles.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := &encoder{w: bufio.NewWriterSize(w, 1<<16)}
	e.w.WriteString(snapshotMagic)
	e.uint(snapshotVersion)
	m.writeSettings(e)
	e.int(int64(m.clock))
	e.rate(&m.site)
	e.uint(uint64(len(m.articles)))
	for i := range m.articles {
		m.writeArticle(e, i)
	}
	e.uint(uint64(len(m.boards)))
	for _, c := range slices.Sorted(maps.Keys(m.boards)) {
		e.uint(uint64(c))
		for _, l := range m.boards[c].lists {
			dropped := uint64(0)
			if l.dropped {
				dropped = 1
			}
			e.uint(dropped)
			e.uint(uint64(len(l.entries)))
			for _, x := range l.entries {
				e.uint(uint64(x.ord))
			}
		}
	}
	return e.w.Flush()
}

func (m *Model) writeSettings(e *encoder) {
	for _, v := range m.settings() {
		e.float(v)
	}
}

// settings are those that state depends on.
func (m *Model) settings() []float64 {
	v := []float64{float64(len(m.cfg.HalfLives))}
	for _, h := range m.cfg.HalfLives {
		v = append(v, float64(h))
	}
	return append(v, float64(m.cfg.Top), float64(m.cfg.CTRHalfLife), float64(m.cfg.SiteHalfLife))
}

func (e *encoder) rate(r *rate) {
	e.float(r.clicks)
	e.float(r.exposures)
	e.int(int64(r.at))
}

func (d *decoder) rate() rate {
	return rate{clicks: d.count(), exposures: d.count(), at: feed.Millis(d.int())}
}

func (m *Model) writeArticle(e *encoder, i int) {
	a := &m.articles[i]
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
	for _, s := range m.scores[i*len(m.perMilli):][:len(m.perMilli)] {
		e.float(s)
	}
	e.rate(&m.rates[i])
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := newDecoder(r)
	var magic [4]byte
	if _, err := io.ReadFull(d.r, magic[:]); err != nil {
		return fmt.Errorf("trending: snapshot: %w", err)
	}
	if string(magic[:]) != snapshotMagic {
		return errGarbled
	}
	if v := d.uint(math.MaxUint64); d.err == nil && v != snapshotVersion {
		return fmt.Errorf("trending: snapshot has version %d, not %d", v, snapshotVersion)
	}
	for _, want := range m.settings() {
		if got := d.float(); d.err == nil && got != want {
			return fmt.Errorf("trending: snapshot was made under other settings")
		}
	}
	fresh := &Model{cfg: m.cfg, perMilli: m.perMilli, boards: make(map[feed.ChannelID]*board)}
	fresh.clock = feed.Millis(d.int())
	fresh.site = d.rate()
	for n := d.uint(math.MaxInt32); n > 0 && d.err == nil; n-- {
		fresh.readArticle(d)
	}
	last := int64(-1)
	for n := d.uint(math.MaxInt32); n > 0 && d.err == nil; n-- {
		c := feed.ChannelID(d.uint(math.MaxInt32))
		if int64(c) <= last {
			return errGarbled
		}
		last = int64(c)
		fresh.readBoard(d, c)
	}
	if d.err != nil {
		return fmt.Errorf("trending: snapshot: %w", d.err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock, m.site, m.articles, m.scores, m.rates, m.boards = fresh.clock, fresh.site, fresh.articles, fresh.scores, fresh.rates, fresh.boards
	return nil
}

func (m *Model) readArticle(d *decoder) {
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
	m.articles = append(m.articles, a)
	for range m.perMilli {
		s := d.float()
		if math.IsNaN(s) || math.IsInf(s, 1) {
			d.fail(errGarbled)
		}
		m.scores = append(m.scores, s)
	}
	m.rates = append(m.rates, d.rate())
}

func (m *Model) readBoard(d *decoder, c feed.ChannelID) {
	b := &board{lists: make([]list, len(m.perMilli))}
	for k := range b.lists {
		l := &b.lists[k]
		dropped := d.uint(1) == 1
		for n := d.uint(uint64(2 * m.cfg.Top)); n > 0 && d.err == nil; n-- {
			ord := feed.Ord(d.uint(math.MaxInt32))
			if int(ord) >= len(m.articles) {
				d.fail(errGarbled)
				return
			}
			s := m.scores[int(ord)*len(m.perMilli)+k]
			a := &m.articles[ord]
			if have := len(l.entries); math.IsInf(s, -1) || !a.listed || !a.in(c) || have > 0 && !ahead(l.entries[have-1].score, l.entries[have-1].ord, entry{s, ord}) {
				d.fail(errGarbled)
				return
			}
			l.insert(ord, s, a.expires, 2*m.cfg.Top)
		}
		l.dropped = dropped
	}
	m.boards[c] = b
}
