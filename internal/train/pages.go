package train

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
)

// pages holds the pages exposed last, in a ring.
type pages struct {
	limit int
	index map[uint64]*page
	ring  []*page // in order of exposure
	next  int     // the oldest, once the ring is full
}

// page is an exposed page; one without places was forgotten, and waits in the
// ring for its turn to make room.
type page struct {
	key    uint64
	reader uint64
	at     feed.Millis // of its exposure
	places []place
}

type place struct {
	ord      feed.Ord
	position uint16
	taken    bool // it was acted on
	features []float32
}

// place returns the index of an article, -1 if it is not on the page.
func (p *page) place(ord feed.Ord) int {
	for i := range p.places {
		if p.places[i].ord == ord {
			return i
		}
	}
	return -1
}

// pageKey names the page that caused an event.
func pageKey(o *feed.Observation) uint64 {
	b := make([]byte, 0, 64)
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Cause.Stamp))
	b = binary.LittleEndian.AppendUint64(b, o.Cause.Nonce)
	b = binary.LittleEndian.AppendUint32(b, uint32(o.Channel))
	return xxhash.Sum64(append(b, o.User...))
}

func newPages(limit int) *pages {
	return &pages{limit: limit, index: make(map[uint64]*page)}
}

func (p *pages) find(key uint64) *page { return p.index[key] }

// add takes in a page that is not there; the oldest makes room.
func (p *pages) add(pg *page) {
	p.index[pg.key] = pg
	if len(p.ring) < p.limit {
		p.ring = append(p.ring, pg)
		return
	}
	p.void(p.ring[p.next])
	p.ring[p.next] = pg
	p.next = (p.next + 1) % p.limit
}

// void forgets a page. One of its key that was exposed again stays.
func (p *pages) void(pg *page) {
	if p.index[pg.key] == pg {
		delete(p.index, pg.key)
	}
	*pg = page{}
}

// forget erases the pages of a reader; their places in the ring run out.
func (p *pages) forget(reader uint64) {
	for _, pg := range p.ring {
		if pg.reader == reader && len(pg.places) > 0 {
			p.void(pg)
		}
	}
}
