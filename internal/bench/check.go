package bench

import (
	"bytes"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// checkPage holds a page against what was asked for: num distinct articles
// with four tracks each, a stamp and an exposure. It scans the bytes, because
// decoding them would cost as much as serving them. It appends the ids to seen.
func checkPage(body []byte, json bool, num int, seen []int64) ([]int64, error) {
	if json {
		return seen, checkJSON(body, num)
	}
	var exposure, stamp bool
	for len(body) > 0 {
		field, kind, n := protowire.ConsumeTag(body)
		if n < 0 {
			return seen, protowire.ParseError(n)
		}
		body = body[n:]
		switch {
		case field == 3 && kind == protowire.BytesType:
			article, n := protowire.ConsumeBytes(body)
			if n < 0 {
				return seen, protowire.ParseError(n)
			}
			body = body[n:]
			id, tracks, err := scanArticle(article)
			if err != nil {
				return seen, err
			}
			if tracks != 4 {
				return seen, fmt.Errorf("article %d has %d tracks", id, tracks)
			}
			if slices.Contains(seen, id) {
				return seen, fmt.Errorf("article %d is on the page twice", id)
			}
			seen = append(seen, id)
		default:
			exposure = exposure || field == 1
			stamp = stamp || field == 2
			n := protowire.ConsumeFieldValue(field, kind, body)
			if n < 0 {
				return seen, protowire.ParseError(n)
			}
			body = body[n:]
		}
	}
	if len(seen) != num || !exposure || !stamp {
		return seen, fmt.Errorf("a page of %d articles (asked for %d), exposure %v, stamp %v", len(seen), num, exposure, stamp)
	}
	return seen, nil
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

// checkJSON counts names; a page's text never holds them elsewhere.
func checkJSON(body []byte, num int) error {
	for _, name := range []string{`"article_id"`, `"click"`, `"collect"`, `"share"`, `"read"`} {
		if n := bytes.Count(body, []byte(name)); n != num {
			return fmt.Errorf("a page with %d times %s (asked for %d)", n, name, num)
		}
	}
	return nil
}
