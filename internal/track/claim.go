package track

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// Claim is what a verified param says.
type Claim struct {
	User    feed.UserID
	Channel feed.ChannelID
	Stamp   feed.Millis // of the page
	Nonce   uint64      // of an anonymous page, else 0
	Model   uint32      // the ranker's version
	KeyID   uint32      // which key signed it
	Action  feed.Action // Exposure, Click, Collect, Share or Read
	Places  []ClaimPlace
}

// ClaimPlace is a place of the page: all of them, in order, in an exposure's
// claim, else the one that was acted on.
type ClaimPlace struct {
	Article    feed.ArticleID
	Position   uint16 // from 0
	Arm        feed.Arm
	Propensity float32
}

// Signal makes the claim a signal: one event for each place, all at actionTime,
// with their cause. readTime is how long the reader stayed; an exposure has
// none. Times are taken as they are, so the caller puts its clock in place of a
// missing actionTime and validates the events.
//
// The signal's key depends on the page, the action and the place only: not on
// times, nor on the key that signed, nor on policy.
func (c *Claim) Signal(actionTime, readTime feed.Millis) feed.Signal {
	if c.Action == feed.Exposure {
		readTime = 0
	}
	causes, events := eventsOf(len(c.Places))
	for i := range c.Places {
		pl := &c.Places[i]
		causes[i] = feed.Cause{
			Stamp: c.Stamp, Nonce: c.Nonce, Position: pl.Position, Arm: pl.Arm, Propensity: pl.Propensity, Model: c.Model,
		}
		events[i] = feed.Event{
			User: c.User, Article: pl.Article, Action: c.Action, Time: actionTime,
			Channel: c.Channel, ReadTime: readTime, Cause: &causes[i],
		}
	}
	return feed.Signal{User: c.User, Key: c.key(), Events: events}
}

// eventsOf makes room for events and their causes: that of one is one piece.
func eventsOf(n int) ([]feed.Cause, []feed.Event) {
	if n != 1 {
		return make([]feed.Cause, n), make([]feed.Event, n)
	}
	one := new(struct {
		cause [1]feed.Cause
		event [1]feed.Event
	})
	return one.cause[:], one.event[:]
}

func (c *Claim) key() feed.Key {
	var at [8 + 8 + 4 + 1 + 2 + 8]byte
	b := binary.LittleEndian.AppendUint64(at[:0], uint64(c.Stamp))
	b = binary.LittleEndian.AppendUint64(b, c.Nonce)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Channel))
	b = append(b, byte(c.Action))
	if c.Action != feed.Exposure && len(c.Places) > 0 {
		b = binary.LittleEndian.AppendUint16(b, c.Places[0].Position)
		b = binary.LittleEndian.AppendUint64(b, uint64(c.Places[0].Article))
	}
	return feed.KeyOf("param", string(c.User), string(b))
}
