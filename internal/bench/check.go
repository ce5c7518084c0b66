package bench

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// judge holds the ids of a page against what was asked for.
func (s *pageScript) judge() error {
	if len(s.seen) != int(s.Num) {
		return fmt.Errorf("a page of %d articles (asked for %d)", len(s.seen), s.Num)
	}
	for i, id := range s.seen {
		if slices.Contains(s.seen[:i], id) {
			return fmt.Errorf("article %d is on the page twice", id)
		}
		if s.Eligible != nil && !s.Eligible(s.ask.ChannelId, id) {
			return fmt.Errorf("article %d is not eligible on channel %d", id, s.ask.ChannelId)
		}
	}
	return nil
}

// scanProtobuf appends the ids of a page's articles. A page has a stamp and an
// exposure, and each article four tracks. The bytes are scanned, because
// decoding them would cost as much as serving them.
func scanProtobuf(body []byte, ids []int64) ([]int64, error) {
	var exposure, stamp bool
	for len(body) > 0 {
		field, kind, n := protowire.ConsumeTag(body)
		if n < 0 {
			return ids, protowire.ParseError(n)
		}
		body = body[n:]
		if field == 3 && kind == protowire.BytesType {
			article, n := protowire.ConsumeBytes(body)
			if n < 0 {
				return ids, protowire.ParseError(n)
			}
			body = body[n:]
			id, tracks, err := scanArticle(article)
			if err != nil {
				return ids, err
			}
			if tracks != 4 {
				return ids, fmt.Errorf("article %d has %d tracks", id, tracks)
			}
			ids = append(ids, id)
			continue
		}
		exposure = exposure || field == 1
		stamp = stamp || field == 2
		if n = protowire.ConsumeFieldValue(field, kind, body); n < 0 {
			return ids, protowire.ParseError(n)
		}
		body = body[n:]
	}
	if !exposure || !stamp {
		return ids, fmt.Errorf("a page with exposure %v, stamp %v", exposure, stamp)
	}
	return ids, nil
}

// scanArticle returns the id and the number of tracks.
func scanArticle(b []byte) (id int64, tracks int, err error) {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, 0, protowire.ParseError(n)
		}
		b = b[n:]
		switch {
		case field == 1 && kind == protowire.VarintType:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return 0, 0, protowire.ParseError(n)
			}
			id, b = int64(v), b[n:]
		case field == 2 && kind == protowire.BytesType:
			track, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return 0, 0, protowire.ParseError(n)
			}
			b = b[n:]
			for len(track) > 0 {
				_, _, n := protowire.ConsumeField(track)
				if n < 0 {
					return 0, 0, protowire.ParseError(n)
				}
				track = track[n:]
				tracks++
			}
		default:
			n := protowire.ConsumeFieldValue(field, kind, b)
			if n < 0 {
				return 0, 0, protowire.ParseError(n)
			}
			b = b[n:]
		}
	}
	return id, tracks, nil
}

// scanJSON appends the ids of a page's articles, found by the names of their
// fields; a page's text never holds them elsewhere.
func scanJSON(body []byte, num int, ids []int64) ([]int64, error) {
	for _, name := range []string{`"click"`, `"collect"`, `"share"`, `"read"`} {
		if n := bytes.Count(body, []byte(name)); n != num {
			return ids, fmt.Errorf("a page with %d times %s (asked for %d)", n, name, num)
		}
	}
	name := []byte(`"article_id":`)
	for {
		i := bytes.Index(body, name)
		if i < 0 {
			return ids, nil
		}
		body = bytes.TrimLeft(body[i+len(name):], ` "`)
		id, n := int64(0), 0
		for n < len(body) && body[n] >= '0' && body[n] <= '9' {
			id = 10*id + int64(body[n]-'0')
			n++
		}
		if n == 0 {
			return ids, errors.New("an article_id that is no number")
		}
		ids = append(ids, id)
	}
}
