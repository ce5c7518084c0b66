package feed

import (
	"crypto/sha256"
	"encoding/binary"
)

// Event is one thing a reader did with one article, or one article that a
// reader's screen showed.
type Event struct {
	User     UserID
	Article  ArticleID
	Action   Action
	Time     Millis
	Channel  ChannelID // AllChannels when unknown
	ReadTime Millis    // how long the reader stayed; 0 when unknown

	// Cause is the place on a page that the event followed from, nil for
	// events that no page of ours caused (imports, Record).
	Cause *Cause
}

// Cause is what a param says about the page that led to an event.
type Cause struct {
	Stamp      Millis
	Nonce      uint64 // of an anonymous page, else 0
	Position   uint16 // from 0
	Arm        Arm
	Propensity float32
	Model      uint32 // the ranker's version
}

// Arm names the policy that filled a place of a page.
type Arm uint8

// The arms. Their numbers are part of stored pages and params.
const (
	ArmRanked Arm = 0 // by rank, or by a draw over the ranked
	ArmFresh  Arm = 1 // by the share of places that fresh articles get
)

// MaxAhead is how far beyond the server's clock an event's time may lie.
const MaxAhead = Day

// MaxReadTime is the longest dwell that is taken: longer ones are an absurdity
// (a page left open), and are rejected so that the sender notices.
const MaxReadTime = 7 * Day

// Validate reports the first thing wrong with e as an [Invalid] error.
func (e *Event) Validate(now Millis) error {
	if err := e.User.Validate("user_id"); err != nil {
		return err
	}
	switch {
	case e.Article <= 0:
		return Invalidf("article_id", "is %d; ids are above 0", e.Article)
	case !e.Action.Valid():
		return Invalidf("action", "is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE")
	case e.Time < 0:
		return Invalidf("time", "is %d; times are not negative", e.Time)
	case e.Time > now+MaxAhead:
		return Invalidf("time", "is %d, more than a day ahead of the server's clock %d", e.Time, now)
	case e.Channel < 0:
		return Invalidf("channel_id", "is %d; ids are not negative", e.Channel)
	case e.ReadTime < 0:
		return Invalidf("read_time", "is %d; spans are not negative", e.ReadTime)
	case e.ReadTime > MaxReadTime:
		return Invalidf("read_time", "is %d ms, longer than 7 days", e.ReadTime)
	}
	return nil
}

// Signal is what counts once: the events of one reported param or of one
// recorded event. A page's exposure holds one event for each article.
type Signal struct {
	User   UserID
	Key    Key     // zero: never a duplicate
	Events []Event // all of User
}

// Key identifies a signal among those of its reader.
type Key [16]byte

// KeyOf derives a key from what identifies a signal. Parts are separated, so
// ("ab","c") and ("a","bc") differ.
func KeyOf(parts ...string) Key {
	var room [256]byte // for all parts of most keys
	b := room[:0]
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return Key(sum[:len(Key{})])
}

// Values says how much an action is worth to the models; settings.
type Values struct {
	Click, Collect, Share, Dislike float64
	// ReadFull is a read of ReadFullTime or longer, or of unknown length;
	// shorter reads are worth proportionally less.
	ReadFull     float64
	ReadFullTime Millis
}

// DefaultValues is what a click is worth against the other actions.
func DefaultValues() Values {
	return Values{Click: 1, Collect: 2, Share: 2, Dislike: -2, ReadFull: 1, ReadFullTime: 30 * Second}
}

// Of returns the value of an event; an exposure's is 0.
func (v Values) Of(e *Event) float64 {
	switch e.Action {
	case Click:
		return v.Click
	case Collect:
		return v.Collect
	case Share:
		return v.Share
	case Dislike:
		return v.Dislike
	case Read:
		if e.ReadTime == 0 || e.ReadTime >= v.ReadFullTime {
			return v.ReadFull
		}
		return v.ReadFull * float64(e.ReadTime) / float64(v.ReadFullTime)
	}
	return 0
}

// Observation is an event as a model folds it: with its item and its value.
type Observation struct {
	*Event
	Item  *Item
	Value float64
}
