package affinity

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

const snapshotMagic = "rnAF"

// WriteSnapshot writes the whole state, bit for bit. Same state, same bytes.
// ObserveItem waits while it writes.
//
// Layout, in varints: magic, version, settings; the articles, each with its
// flags, channels, tags, author, language, times and sketch; then three lists
// of shelves, of all articles, of tags and of authors, each with its articles,
// newest first. Counts are counted anew when reading.
func (m *Model) WriteSnapshot(w io.Writer) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := &encoder{w: bufio.NewWriterSize(w, 1<<16)}
	e.w.WriteString(snapshotMagic)
	e.uint(snapshotVersion)
	for _, v := range m.settings() {
		e.uint(uint64(v))
	}
	e.uint(uint64(len(m.articles)))
	for i := range m.articles {
		writeArticle(e, &m.articles[i])
	}
	writeShelf(e, &m.newest)
	for _, shelves := range [][]shelf{m.tags, m.authors} {
		e.uint(uint64(len(shelves)))
		for i := range shelves {
			writeShelf(e, &shelves[i])
		}
	}
	return e.w.Flush()
}

// settings are those that state depends on.
func (m *Model) settings() []int {
	return []int{m.cfg.PerName, m.cfg.Newest, m.cfg.Dimensions}
}

func writeArticle(e *encoder, a *article) {
	listed := uint64(0)
	if a.listed {
		listed = 1
	}
	e.uint(listed)
	e.uint(uint64(len(a.channels)))
	for _, c := range a.channels {
		e.uint(uint64(c))
	}
	e.uint(uint64(len(a.tags)))
	for _, t := range a.tags {
		e.uint(uint64(t))
	}
	e.uint(uint64(a.author))
	e.uint(uint64(a.language))
	e.int(int64(a.published))
	e.int(int64(a.expires))
	e.uint(uint64(len(a.sketch.bytes)))
	for _, b := range a.sketch.bytes {
		e.w.WriteByte(byte(b))
	}
}

func writeShelf(e *encoder, s *shelf) {
	e.uint(uint64(len(s.articles)))
	for _, p := range s.articles {
		e.uint(uint64(p.ord))
	}
}

// ReadSnapshot replaces the state by what WriteSnapshot wrote under the same
// settings. On an error the state is as it was. It reads no further than the
// snapshot's end if r is an [io.ByteReader].
func (m *Model) ReadSnapshot(r io.Reader) error {
	d := newDecoder(r)
	var magic [4]byte
	if _, err := io.ReadFull(d.r, magic[:]); err != nil {
		return fmt.Errorf("affinity: snapshot: %w", err)
	}
	if string(magic[:]) != snapshotMagic {
		return errGarbled
	}
	if v := d.uint(math.MaxUint64); d.err == nil && v != snapshotVersion {
		return fmt.Errorf("affinity: snapshot has version %d, not %d", v, snapshotVersion)
	}
	for _, want := range m.settings() {
		if got := d.uint(math.MaxUint64); d.err == nil && got != uint64(want) {
			return errors.New("affinity: snapshot was made under other settings")
		}
	}
	fresh := &Model{cfg: m.cfg}
	for n := d.uint(math.MaxInt32); n > 0 && d.err == nil; n-- {
		fresh.articles = append(fresh.articles, fresh.readArticle(d))
	}
	fresh.readShelf(d, &fresh.newest, fresh.cfg.Newest, func(*article) bool { return true })
	for n, i := d.uint(math.MaxUint32), uint64(0); i < n && d.err == nil; i++ {
		fresh.readShelf(d, shelfOf(&fresh.tags, feed.Name(i)), fresh.cfg.PerName, func(a *article) bool {
			for _, t := range a.tags {
				if t == feed.Name(i) {
					return true
				}
			}
			return false
		})
	}
	for n, i := d.uint(math.MaxUint32), uint64(0); i < n && d.err == nil; i++ {
		fresh.readShelf(d, shelfOf(&fresh.authors, feed.Name(i)), fresh.cfg.PerName, func(a *article) bool {
			return i != 0 && a.author == feed.Name(i)
		})
	}
	fresh.recount(d)
	if d.err != nil {
		return fmt.Errorf("affinity: snapshot: %w", d.err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.articles, m.tags, m.authors, m.newest = fresh.articles, fresh.tags, fresh.authors, fresh.newest
	m.logAll, m.logTags = fresh.logAll, fresh.logTags
	return nil
}

func (m *Model) readArticle(d *decoder) article {
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
	for n := d.uint(feed.MaxTags); n > 0 && d.err == nil; n-- {
		a.tags = append(a.tags, feed.Name(d.uint(math.MaxUint32)))
	}
	a.author = feed.Name(d.uint(math.MaxUint32))
	a.language = feed.Name(d.uint(math.MaxUint32))
	a.published = feed.Millis(d.int())
	a.expires = feed.Millis(d.int())
	if n := d.uint(uint64(m.cfg.Dimensions)); n > 0 && d.err == nil {
		bytes := make([]int8, n) // a few kilobytes at most
		for i := range bytes {
			bytes[i] = int8(d.byte())
		}
		if a.sketch = measured(bytes); a.sketch.length == 0 {
			d.fail(errGarbled)
		}
	}
	return a
}

func (m *Model) readShelf(d *decoder, s *shelf, limit int, belongs func(*article) bool) {
	for n := d.uint(uint64(limit)); n > 0 && d.err == nil; n-- {
		ord := d.uint(math.MaxInt32)
		if ord >= uint64(len(m.articles)) {
			d.fail(errGarbled)
			return
		}
		a := &m.articles[ord]
		if !a.listed || !belongs(a) || s.place(feed.Ord(ord), a.published) != len(s.articles) {
			d.fail(errGarbled)
			return
		}
		s.articles = append(s.articles, posting{a.published, feed.Ord(ord)})
	}
}

// recount counts the articles of every name.
func (m *Model) recount(d *decoder) {
	for i := range m.articles {
		a := &m.articles[i]
		if !a.listed {
			continue
		}
		m.newest.count++
		for _, t := range a.tags {
			if int(t) >= len(m.tags) {
				d.fail(errGarbled)
				return
			}
			m.tags[t].count++
		}
		if a.author != 0 {
			if int(a.author) >= len(m.authors) {
				d.fail(errGarbled)
				return
			}
			m.authors[a.author].count++
		}
	}
	for t := range m.tags {
		m.countTagLocked(feed.Name(t))
	}
	m.logAll = math.Log(1 + float64(m.newest.count))
}
