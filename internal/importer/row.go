package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"readnext/rpc/reco/v1"
)

// Row is what one line says: an article or an event.
type Row struct {
	Article *recov1.CatalogArticle
	Event   *recov1.Event
	size    int // encoded, within a batch
}

// maxReason is how long the reason for a bad row gets, in bytes.
const maxReason = 240

// DecodeRow reads one line: a JSON object with the fields of the contract's
// Event if it has an action, else of its CatalogArticle. Other fields are
// ignored; 64-bit numbers may be strings. The error is one line of printable
// text.
func DecodeRow(line []byte) (Row, error) {
	if len(line) > maxRow {
		return Row{}, errLongRow
	}
	if !utf8.Valid(line) {
		return Row{}, errors.New("row is not valid UTF-8")
	}
	if e, ok := plainEvent(line); ok && e.ArticleId != 0 {
		return Row{Event: e, size: encoded(e)}, nil
	}
	var probe struct {
		Action json.RawMessage `json:"action"`
	}
	if err := json.Unmarshal(line, &probe); err != nil {
		return Row{}, reason("row is no JSON object: ", err)
	}
	var row Row
	var id int64
	if len(probe.Action) > 0 {
		row.Event = &recov1.Event{}
		if err := decode(line, row.Event); err != nil {
			return Row{}, err
		}
		row.size, id = encoded(row.Event), row.Event.ArticleId
		if row.Event.Action == recov1.Event_ACTION_UNSPECIFIED {
			return Row{}, errors.New("action is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE")
		}
	} else {
		row.Article = &recov1.CatalogArticle{}
		if err := decode(line, row.Article); err != nil {
			return Row{}, err
		}
		row.size, id = encoded(row.Article), row.Article.ArticleId
	}
	if id == 0 {
		return Row{}, errors.New("article_id is missing")
	}
	return row, nil
}

func decode(line []byte, into proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(line, into); err != nil {
		return reason("", err)
	}
	return nil
}

// reason makes an error of a decoder fit for a report. The place that protojson
// names is within the row, and the blank that it varies is made a plain one.
func reason(prefix string, err error) error {
	s := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	s = strings.TrimPrefix(s, "proto: ")
	if _, after, ok := strings.Cut(s, "): "); ok && strings.HasPrefix(s, "(line ") {
		s = after
	}
	return errors.New(printable(prefix + s))
}

// printable replaces what would disturb a terminal, and cuts what is too long.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + "..."
	}
	return s
}

// encoded is the most that a message takes within a batch: tag and length
// included.
func encoded(m proto.Message) int { return proto.Size(m) + 5 }

// eventSize is an event's size with the id it was given.
func (r *Row) eventSize() int {
	return r.size + derivedSize
}

// fit reports a row that no batch has room for.
func (r *Row) fit(limit int) error {
	if n := r.eventSize(); n > limit {
		return fmt.Errorf("row is %d bytes encoded; a call holds at most %d", n, limit)
	}
	return nil
}
