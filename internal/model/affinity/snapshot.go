package affinity

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

const snapshotMagic = "rnAF"

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// ObserveItem waits while it writes.
//
// Layout, in varints: magic, version, settings; the articles, each with its
// flags, channels, tags, author, language, times and sketch; then two lists of
// shelves, of tags and of authors, each with its articles, newest first. Counts
// are counted anew when reading, and the index of sketches is built anew.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := codec.NewEncoder(w)
	e.Head(m.head())
	e.Uint(uint64(len(m.articles)))
	for i := range m.articles {
		writeArticle(e, &m.articles[i])
	}
	for _, shelves := range [][]shelf{m.tags, m.authors} {
		e.Uint(uint64(len(shelves)))
		for i := range shelves {
			writeShelf(e, &shelves[i])
		}
	}
	return e.Flush()
}

func (m *Model) head() codec.Head {
	return codec.Head{Magic: snapshotMagic, Version: snapshotVersion, Settings: []float64{
		float64(m.cfg.PerName), float64(m.cfg.Dimensions),
	}}
}

func writeArticle(e *codec.Encoder, a *article) {
	listed := uint64(0)
	if a.listed {
		listed = 1
	}
	e.Uint(listed)
	e.Uint(uint64(len(a.channels)))
	for _, c := range a.channels {
		e.Uint(uint64(c))
	}
	e.Uint(uint64(len(a.tags)))
	for _, t := range a.tags {
		e.Uint(uint64(t))
	}
	e.Uint(uint64(a.author))
	e.Uint(uint64(a.language))
	e.Int(int64(a.published))
	e.Int(int64(a.expires))
	e.Uint(uint64(len(a.sketch.bytes)))
	for _, b := range a.sketch.bytes {
		e.Byte(b)
	}
}

func writeShelf(e *codec.Encoder, s *shelf) {
	e.Uint(uint64(len(s.articles)))
	for _, p := range s.articles {
		e.Uint(uint64(p.ord))
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := codec.NewDecoder(r)
	if err := d.Head(m.head()); err != nil {
		return fmt.Errorf("affinity: %w", err)
	}
	fresh := &Model{cfg: m.cfg, index: index{flat: m.cfg.Flat}}
	articles := d.Uint(math.MaxInt32)
	const least = 8 // bytes of an article
	fresh.articles = make([]article, 0, d.Room(articles, least))
	for n := articles; n > 0 && d.Err() == nil; n-- {
		fresh.articles = append(fresh.articles, fresh.readArticle(d))
	}
	for n, i := d.Uint(math.MaxUint32), uint64(0); i < n && d.Err() == nil; i++ {
		fresh.readShelf(d, shelfOf(&fresh.tags, feed.Name(i)), fresh.cfg.PerName, func(a *article) bool {
			for _, t := range a.tags {
				if t == feed.Name(i) {
					return true
				}
			}
			return false
		})
	}
	for n, i := d.Uint(math.MaxUint32), uint64(0); i < n && d.Err() == nil; i++ {
		fresh.readShelf(d, shelfOf(&fresh.authors, feed.Name(i)), fresh.cfg.PerName, func(a *article) bool {
			return i != 0 && a.author == feed.Name(i)
		})
	}
	fresh.recount(d)
	if d.Err() != nil {
		return fmt.Errorf("affinity: snapshot: %w", d.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.articles, m.tags, m.authors, m.listed = fresh.articles, fresh.tags, fresh.authors, fresh.listed
	m.logAll, m.logTags, m.index = fresh.logAll, fresh.logTags, fresh.index
	return nil
}

func (m *Model) readArticle(d *codec.Decoder) article {
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
	for n := d.Uint(feed.MaxTags); n > 0 && d.Err() == nil; n-- {
		a.tags = append(a.tags, feed.Name(d.Uint(math.MaxUint32)))
	}
	a.author = feed.Name(d.Uint(math.MaxUint32))
	a.language = feed.Name(d.Uint(math.MaxUint32))
	a.published = feed.Millis(d.Int())
	a.expires = feed.Millis(d.Int())
	if n := d.Uint(uint64(m.cfg.Dimensions)); n > 0 && d.Err() == nil {
		bytes := make([]byte, n) // a few kilobytes at most
		for i := range bytes {
			bytes[i] = d.Byte()
		}
		if a.sketch = measured(bytes); a.sketch.length == 0 {
			d.Fail(codec.ErrGarbled)
		}
	}
	return a
}

func (m *Model) readShelf(d *codec.Decoder, s *shelf, limit int, belongs func(*article) bool) {
	for n := d.Uint(uint64(limit)); n > 0 && d.Err() == nil; n-- {
		ord := d.Uint(math.MaxInt32)
		if ord >= uint64(len(m.articles)) {
			d.Fail(codec.ErrGarbled)
			return
		}
		a := &m.articles[ord]
		if !a.listed || !belongs(a) || s.place(feed.Ord(ord), a.published) != len(s.articles) {
			d.Fail(codec.ErrGarbled)
			return
		}
		s.articles = append(s.articles, posting{a.published, feed.Ord(ord)})
	}
}

// recount counts the articles of every name and builds the index of sketches.
func (m *Model) recount(d *codec.Decoder) {
	for i := range m.articles {
		a := &m.articles[i]
		if !a.listed {
			continue
		}
		m.listed++
		if a.indexed() {
			m.index.insert(m.articles, feed.Ord(i))
		}
		for _, t := range a.tags {
			if int(t) >= len(m.tags) {
				d.Fail(codec.ErrGarbled)
				return
			}
			m.tags[t].count++
		}
		if a.author != 0 {
			if int(a.author) >= len(m.authors) {
				d.Fail(codec.ErrGarbled)
				return
			}
			m.authors[a.author].count++
		}
	}
	for t := range m.tags {
		m.countTagLocked(feed.Name(t))
	}
	m.logAll = math.Log(1 + float64(m.listed))
}
