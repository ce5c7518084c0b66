package store

import (
	"encoding/binary"
	"math"

	"readnext/internal/feed"
)

const articleWithdrawn = 1 // bit of an article's flags

// AppendArticle appends the encoding of an article:
//
//	format byte, flags byte (bit 0: withdrawn), uvarint id,
//	uvarint n and n uvarint channels, varint published, varint expires,
//	text title, url, author, language, uvarint n and n texts of tags,
//	float64 boost, uvarint n and n float32 of the embedding
func AppendArticle(dst []byte, a *feed.Article) []byte {
	var flags byte
	if a.Withdrawn {
		flags |= articleWithdrawn
	}
	dst = append(dst, articleFormat, flags)
	dst = binary.AppendUvarint(dst, uint64(a.ID))
	dst = binary.AppendUvarint(dst, uint64(len(a.Channels)))
	for _, c := range a.Channels {
		dst = binary.AppendUvarint(dst, uint64(c))
	}
	dst = binary.AppendVarint(dst, int64(a.Published))
	dst = binary.AppendVarint(dst, int64(a.Expires))
	dst = appendText(dst, a.Title)
	dst = appendText(dst, a.URL)
	dst = appendText(dst, a.Author)
	dst = appendText(dst, a.Language)
	dst = binary.AppendUvarint(dst, uint64(len(a.Tags)))
	for _, t := range a.Tags {
		dst = appendText(dst, t)
	}
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(a.Boost))
	return appendFloats(dst, a.Embedding)
}

// DecodeArticle decodes what AppendArticle appended. Errors are [feed.Internal].
func DecodeArticle(b []byte) (*feed.Article, error) {
	d := decoder{b: b, what: "article"}
	a := d.articleValue()
	if err := d.end(); err != nil {
		return nil, err
	}
	return a, nil
}

func (d *decoder) articleValue() *feed.Article {
	d.format(articleFormat)
	flags := d.byte()
	if flags&^articleWithdrawn != 0 {
		d.fail("holds unknown flags")
	}
	a := &feed.Article{Withdrawn: flags&articleWithdrawn != 0}
	a.ID = d.article()
	if n := d.count(1); n > 0 {
		a.Channels = make([]feed.ChannelID, n)
		for i := range a.Channels {
			a.Channels[i] = d.channel()
		}
	}
	a.Published = d.millis()
	a.Expires = d.millis()
	a.Title = d.text()
	a.URL = d.text()
	a.Author = d.text()
	a.Language = d.text()
	if n := d.count(1); n > 0 {
		a.Tags = make([]string, n)
		for i := range a.Tags {
			a.Tags[i] = d.text()
		}
	}
	if p := d.take(8); p != nil {
		a.Boost = math.Float64frombits(binary.LittleEndian.Uint64(p))
	}
	a.Embedding = d.floats()
	return a
}
