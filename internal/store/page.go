package store

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// placeBytes is the least that a place takes up in an encoded page, of which
// idBytes are in front.
const (
	placeBytes = idBytes + 1 + 4
	idBytes    = 1
)

// AppendPage appends the encoding of a page, article ids first, so that what a
// reader was served can be read without the rest, or kept apart from it:
//
//	format byte, uvarint n and n uvarint article ids,
//	text user, uvarint channel, varint stamp, varint older, 8 bytes nonce,
//	uvarint key id, uvarint model, then for each place:
//	arm byte, float32 propensity
func AppendPage(dst []byte, p *feed.Page) []byte {
	dst = append(dst, pageFormat)
	dst = binary.AppendUvarint(dst, uint64(len(p.Places)))
	for i := range p.Places {
		dst = binary.AppendUvarint(dst, uint64(p.Places[i].Article))
	}
	dst = appendText(dst, p.User)
	dst = binary.AppendUvarint(dst, uint64(p.Channel))
	dst = binary.AppendVarint(dst, int64(p.Stamp))
	dst = binary.AppendVarint(dst, int64(p.Older))
	dst = binary.LittleEndian.AppendUint64(dst, p.Nonce)
	dst = binary.AppendUvarint(dst, uint64(p.KeyID))
	dst = binary.AppendUvarint(dst, uint64(p.Model))
	for i := range p.Places {
		place := &p.Places[i]
		dst = append(dst, byte(place.Arm))
		dst = appendFloat(dst, place.Propensity)
	}
	return dst
}

// DecodePage decodes what AppendPage appended. Errors are [feed.Internal].
func DecodePage(b []byte) (*feed.Page, error) {
	d := decoder{b: b, what: "page"}
	format := d.formatUpTo(pageFormat)
	p := &feed.Page{}
	if n := d.count(placeBytes); n > 0 {
		p.Places = make([]feed.Place, n)
		for i := range p.Places {
			p.Places[i].Article = d.article()
		}
	}
	p.User = feed.UserID(d.text())
	p.Channel = d.channel()
	p.Stamp = d.millis()
	p.Older = d.millis()
	if q := d.take(8); q != nil {
		p.Nonce = binary.LittleEndian.Uint64(q)
	}
	p.KeyID = d.uint32()
	p.Model = d.uint32()
	for i := range p.Places {
		place := &p.Places[i]
		place.Arm = feed.Arm(d.byte())
		place.Propensity = d.float()
		switch format { // with features until 3
		case 1:
			d.take(4 * d.count(4))
		case 2:
			d.skipSparse(4)
		case 3:
			d.skipSparse(2)
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return p, nil
}

// AppendPageArticles appends the article ids of an encoded page or of its head, in
// its order, without decoding the rest. Errors are [feed.Internal].
func AppendPageArticles(dst []feed.ArticleID, page []byte) ([]feed.ArticleID, error) {
	d := decoder{b: page, what: "page"}
	d.formatUpTo(pageFormat)
	n := d.count(idBytes)
	for range n {
		dst = append(dst, d.article())
	}
	return dst, d.err
}

// PageHead returns the front of an encoded page that holds its article ids; all
// of it, if it is no more than that. Errors are [feed.Internal].
func PageHead(page []byte) ([]byte, error) {
	d := decoder{b: page, what: "page"}
	d.formatUpTo(pageFormat)
	n := d.count(idBytes)
	for range n {
		d.article()
	}
	return page[:len(page)-len(d.b)], d.err
}
