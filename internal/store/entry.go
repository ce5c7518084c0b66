package store

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// What an entry is; a byte of its encoding.
const (
	entryArticle   = 1
	entryWithdrawn = 2
	entrySignal    = 3
	entryForgotten = 4
)

const (
	eventCaused  = 1 // bit of an event's flags: a cause follows
	signalShared = 1 // bit of a signal's flags: every event is of its user
)

// AppendEntry appends the encoding of a log entry: format byte, then a byte
// that says which part is set, then the part: the encoding of an article, a
// uvarint article id, a signal or the text of a user id. A signal is:
//
//	flags byte (bit 0: every event is of the signal's user), text user,
//	16 bytes key, uvarint n, then for each event:
//	flags byte (bit 0: caused), text user unless shared, uvarint article,
//	action byte, varint time, uvarint channel, varint read time; if caused:
//	varint stamp, uvarint position, arm byte, float32 propensity, uvarint model,
//	8 bytes nonce
//
// Format 1 has no nonce.
//
// An entry of which nothing is set has no encoding; it panics.
func AppendEntry(dst []byte, e *feed.Entry) []byte {
	dst = append(dst, entryFormat)
	switch {
	case e.Article != nil:
		return AppendArticle(append(dst, entryArticle), e.Article)
	case e.Signal != nil:
		return appendSignal(append(dst, entrySignal), e.Signal)
	case e.Withdrawn != 0:
		return binary.AppendUvarint(append(dst, entryWithdrawn), uint64(e.Withdrawn))
	case e.Forgotten != "":
		return appendText(append(dst, entryForgotten), e.Forgotten)
	}
	panic("store: an empty log entry")
}

// DecodeEntry decodes what AppendEntry appended. Errors are [feed.Internal].
func DecodeEntry(b []byte) (feed.Entry, error) {
	d := decoder{b: b, what: "log entry"}
	nonced := d.formatUpTo(entryFormat) >= 2
	var e feed.Entry
	switch kind := d.byte(); kind {
	case entryArticle:
		e.Article = d.articleValue()
	case entryWithdrawn:
		if e.Withdrawn = d.article(); e.Withdrawn == 0 {
			d.fail("withdraws no article")
		}
	case entrySignal:
		e.Signal = d.signal(nonced)
	case entryForgotten:
		if e.Forgotten = feed.UserID(d.text()); e.Forgotten == "" {
			d.fail("forgets no reader")
		}
	default:
		d.fail("is of an unknown kind")
	}
	if err := d.end(); err != nil {
		return feed.Entry{}, err
	}
	return e, nil
}

func appendSignal(dst []byte, s *feed.Signal) []byte {
	shared := true
	for i := range s.Events {
		shared = shared && s.Events[i].User == s.User
	}
	var flags byte
	if shared {
		flags |= signalShared
	}
	dst = append(dst, flags)
	dst = appendText(dst, s.User)
	dst = append(dst, s.Key[:]...)
	dst = binary.AppendUvarint(dst, uint64(len(s.Events)))
	for i := range s.Events {
		dst = appendEvent(dst, &s.Events[i], shared)
	}
	return dst
}

func appendEvent(dst []byte, e *feed.Event, shared bool) []byte {
	var flags byte
	if e.Cause != nil {
		flags |= eventCaused
	}
	dst = append(dst, flags)
	if !shared {
		dst = appendText(dst, e.User)
	}
	dst = binary.AppendUvarint(dst, uint64(e.Article))
	dst = append(dst, byte(e.Action))
	dst = binary.AppendVarint(dst, int64(e.Time))
	dst = binary.AppendUvarint(dst, uint64(e.Channel))
	dst = binary.AppendVarint(dst, int64(e.ReadTime))
	if c := e.Cause; c != nil {
		dst = binary.AppendVarint(dst, int64(c.Stamp))
		dst = binary.AppendUvarint(dst, uint64(c.Position))
		dst = append(dst, byte(c.Arm))
		dst = appendFloat(dst, c.Propensity)
		dst = binary.AppendUvarint(dst, uint64(c.Model))
		dst = binary.LittleEndian.AppendUint64(dst, c.Nonce)
	}
	return dst
}

func (d *decoder) signal(nonced bool) *feed.Signal {
	flags := d.byte()
	if flags&^signalShared != 0 {
		d.fail("holds unknown flags")
	}
	s := &feed.Signal{User: feed.UserID(d.text())}
	copy(s.Key[:], d.take(len(s.Key)))
	const least = 6 // bytes of the smallest event
	if n := d.count(least); n > 0 {
		s.Events = make([]feed.Event, n)
		for i := range s.Events {
			s.Events[i].User = s.User
			d.event(&s.Events[i], flags&signalShared != 0, nonced)
		}
	}
	return s
}

func (d *decoder) event(e *feed.Event, shared, nonced bool) {
	flags := d.byte()
	if flags&^eventCaused != 0 {
		d.fail("holds unknown flags")
	}
	if !shared {
		e.User = feed.UserID(d.text())
	}
	e.Article = d.article()
	e.Action = feed.Action(d.byte())
	e.Time = d.millis()
	e.Channel = d.channel()
	e.ReadTime = d.millis()
	if flags&eventCaused == 0 {
		return
	}
	c := &feed.Cause{Stamp: d.millis()}
	position := d.uvarint()
	if c.Position = uint16(position); uint64(c.Position) != position {
		d.fail("holds a position out of range")
	}
	c.Arm = feed.Arm(d.byte())
	c.Propensity = d.float()
	c.Model = d.uint32()
	if nonced {
		if q := d.take(8); q != nil {
			c.Nonce = binary.LittleEndian.Uint64(q)
		}
	}
	e.Cause = c
}
