package trending

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

const snapshotMagic = "rnTR"

// leastArticle is the fewest bytes that an article takes in a snapshot, but for
// its scores.
const leastArticle = 5

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// Observe waits while it writes.
//
// Layout, in varints and little-endian float64s: magic, version, settings;
// clock; the site's rate; the articles, each with its flags, channels, times,
// scores and rate; the channels, ascending, each with its lists of articles.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Int(int64(m.clock))
	writeRate(e, &m.site)
	e.Uint(uint64(len(m.articles)))
	for i := range m.articles {
		m.writeArticle(e, i)
	}
	e.Uint(uint64(len(m.boards)))
	for _, c := range slices.Sorted(maps.Keys(m.boards)) {
		e.Uint(uint64(c))
		for _, l := range m.boards[c].lists {
			dropped := uint64(0)
			if l.dropped {
				dropped = 1
			}
			e.Uint(dropped)
			e.Uint(uint64(len(l.entries)))
			for _, x := range l.entries {
				e.Uint(uint64(x.ord))
			}
		}
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	v := []float64{float64(len(m.cfg.HalfLives))}
	for _, h := range m.cfg.HalfLives {
		v = append(v, float64(h))
	}
	v = append(v, float64(m.cfg.Top), float64(m.cfg.CTRHalfLife), float64(m.cfg.SiteHalfLife))
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: v}
}

func writeRate(e *codec.Encoder, r *rate) {
	e.Float(r.clicks)
	e.Float(r.exposures)
	e.Int(int64(r.at))
}

func readRate(d *codec.Decoder) rate {
	return rate{clicks: d.Count(), exposures: d.Count(), at: feed.Millis(d.Int())}
}

func (m *Model) writeArticle(e *codec.Encoder, i int) {
	a := &m.articles[i]
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
	for _, s := range m.scores[i*len(m.perMilli):][:len(m.perMilli)] {
		e.Float(s)
	}
	writeRate(e, &m.rates[i])
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("trending: %w", err)
	}
	fresh := &Model{cfg: m.cfg, perMilli: m.perMilli, boards: make(map[feed.ChannelID]*board)}
	fresh.clock = feed.Millis(d.Int())
	fresh.site = readRate(d)
	articles := d.Uint(math.MaxInt32)
	room := d.Room(articles, uint64(leastArticle+8*len(m.perMilli)))
	fresh.articles, fresh.rates, fresh.scores = make([]article, 0, room), make([]rate, 0, room), make([]float64, 0, room*len(m.perMilli))
	for n := articles; n > 0 && d.Err() == nil; n-- {
		fresh.readArticle(d)
	}
	last := int64(-1)
	for n := d.Uint(math.MaxInt32); n > 0 && d.Err() == nil; n-- {
		c := feed.ChannelID(d.Uint(math.MaxInt32))
		if int64(c) <= last {
			return fmt.Errorf("trending: snapshot: %w", codec.ErrGarbled)
		}
		last = int64(c)
		fresh.readBoard(d, c)
	}
	if d.Err() != nil {
		return fmt.Errorf("trending: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock, m.site, m.articles, m.scores, m.rates, m.boards = fresh.clock, fresh.site, fresh.articles, fresh.scores, fresh.rates, fresh.boards
	return nil
}

func (m *Model) readArticle(d *codec.Decoder) {
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
	m.articles = append(m.articles, a)
	for range m.perMilli {
		s := d.Float()
		if math.IsNaN(s) || math.IsInf(s, 1) {
			d.Fail(codec.ErrGarbled)
		}
		m.scores = append(m.scores, s)
	}
	m.rates = append(m.rates, readRate(d))
}

func (m *Model) readBoard(d *codec.Decoder, c feed.ChannelID) {
	b := &board{lists: make([]list, len(m.perMilli))}
	for k := range b.lists {
		l := &b.lists[k]
		dropped := d.Uint(1) == 1
		for n := d.Uint(uint64(2 * m.cfg.Top)); n > 0 && d.Err() == nil; n-- {
			ord := feed.Ord(d.Uint(math.MaxInt32))
			if int(ord) >= len(m.articles) {
				d.Fail(codec.ErrGarbled)
				return
			}
			s := m.scores[int(ord)*len(m.perMilli)+k]
			a := &m.articles[ord]
			if have := len(l.entries); math.IsInf(s, -1) || !a.listed || !a.in(c) || have > 0 && !ahead(l.entries[have-1].score, l.entries[have-1].ord, entry{s, ord}) {
				d.Fail(codec.ErrGarbled)
				return
			}
			l.insert(ord, s, a.expires, 2*m.cfg.Top)
		}
		l.dropped = dropped
	}
	m.boards[c] = b
}
