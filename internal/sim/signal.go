package sim

import (
	"strconv"

	"readnext/internal/feed"
)

// timed is a signal and when it is sent.
type timed struct {
	at     feed.Millis
	signal feed.Signal
}

// exposure is the signal that a screen showed a page: one event a place.
func exposure(p *feed.Page, at feed.Millis) feed.Signal {
	events := make([]feed.Event, len(p.Places))
	for i := range p.Places {
		events[i] = eventAt(p, i, feed.Exposure, at)
	}
	return feed.Signal{User: p.User, Key: pageKey(p, -1, feed.Exposure), Events: events}
}

// deed is the signal of something done with a place of a page.
func deed(p *feed.Page, position int, d Deed, at feed.Millis) feed.Signal {
	e := eventAt(p, position, d.Action, at)
	e.ReadTime = d.ReadTime
	return feed.Signal{User: p.User, Key: pageKey(p, position, d.Action), Events: []feed.Event{e}}
}

// eventAt is an event that a place of a page caused.
func eventAt(p *feed.Page, position int, action feed.Action, at feed.Millis) feed.Event {
	place := &p.Places[position]
	return feed.Event{
		User: p.User, Article: place.Article, Action: action, Time: at, Channel: p.Channel,
		Cause: &feed.Cause{
			Stamp:      p.Stamp,
			Nonce:      p.Nonce,
			Position:   uint16(position),
			Arm:        place.Arm,
			Propensity: place.Propensity,
			Model:      p.Model,
		},
	}
}

// pageKey names a signal of a page; stamps are unique per reader and channel,
// so keys are unique across runs on the same store.
func pageKey(p *feed.Page, position int, action feed.Action) feed.Key {
	return feed.KeyOf("sim", "page", string(p.User), strconv.Itoa(int(p.Channel)),
		strconv.FormatInt(int64(p.Stamp), 10), strconv.Itoa(position), action.String())
}
