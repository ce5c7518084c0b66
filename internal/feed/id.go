package feed

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ArticleID names an article; valid ids are above 0.
type ArticleID int64

// ChannelID names a channel; valid ids are above 0.
type ChannelID int32

// AllChannels asks for every channel mixed. No article is in it by name.
const AllChannels ChannelID = 0

// UserID names a reader: UTF-8 of at most [MaxUserID] bytes.
type UserID string

// Anonymous is the reader of whom nothing is known and nothing is kept.
const Anonymous UserID = ""

// MaxUserID is the longest user id in bytes.
const MaxUserID = 128

// Validate reports an [Invalid] error for an id that is too long or not UTF-8.
// The anonymous id is valid.
func (u UserID) Validate(field string) error {
	switch {
	case len(u) > MaxUserID:
		return Invalidf(field, "is %d bytes long; at most %d are allowed", len(u), MaxUserID)
	case !utf8.ValidString(string(u)):
		return Invalidf(field, "is not valid UTF-8")
	case strings.IndexByte(string(u), 0) >= 0:
		return Invalidf(field, "contains a NUL byte")
	}
	return nil
}

// Millis is a point in time in Unix milliseconds, or a span in milliseconds.
type Millis int64

// Spans of time.
const (
	Second Millis = 1000
	Minute        = 60 * Second
	Hour          = 60 * Minute
	Day           = 24 * Hour
)

// Time converts a point in time.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)) }

// MillisOf converts a point in time.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Ord is the dense number of an article in the catalogue held in memory: models
// index their tables by it. It is given out in log order, so it is the same on
// every replica that folded the same log, and it is never stored outside of
// snapshots. When its article is dropped from memory, it is given out again.
type Ord int32
