package importer

import "readnext/rpc/reco/v1"

// plainEvent decodes an event as most files hold it, a flat object of the
// contract's names, strings without escapes and plain integers, ten times as
// fast as protojson does, which is what bounds an import otherwise. It reports
// false for everything else, bad rows included. The line is valid UTF-8.
func plainEvent(line []byte) (*recov1.Event, bool) {
	c := cursor{rest: line}
	e := &recov1.Event{}
	var seen uint
	if !c.skip('{') {
		return nil, false
	}
	for {
		name, ok := c.text()
		if !ok || !c.skip(':') {
			return nil, false
		}
		var field uint
		var value int64
		var text []byte
		switch string(name) {
		case "user_id":
			field = 1
			text, ok = c.text()
			e.UserId = string(text)
		case "article_id":
			field = 2
			e.ArticleId, ok = c.integer()
		case "action":
			field = 3
			text, ok = c.text()
			e.Action = recov1.Event_Action(recov1.Event_Action_value[string(text)])
			ok = ok && e.Action != recov1.Event_ACTION_UNSPECIFIED
		case "time":
			field = 4
			e.Time, ok = c.integer()
		case "channel_id":
			field = 5
			value, ok = c.integer()
			e.ChannelId = int32(value)
			ok = ok && int64(e.ChannelId) == value
		case "read_time":
			field = 6
			e.ReadTime, ok = c.integer()
		case "event_id":
			field = 7
			text, ok = c.text()
			e.EventId = string(text)
		default:
			return nil, false
		}
		if !ok || seen&(1<<field) != 0 {
			return nil, false
		}
		seen |= 1 << field
		if c.skip(',') {
			continue
		}
		end := c.skip('}')
		c.blanks()
		return e, end && len(c.rest) == 0 && seen&(1<<3) != 0
	}
}

// cursor takes tokens off the front of a line.
type cursor struct{ rest []byte }

func (c *cursor) blanks() {
	for len(c.rest) > 0 && (c.rest[0] == ' ' || c.rest[0] == '\t') {
		c.rest = c.rest[1:]
	}
}

// skip takes one byte if it is the next after blanks.
func (c *cursor) skip(b byte) bool {
	c.blanks()
	if len(c.rest) == 0 || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// text takes a string without escapes.
func (c *cursor) text() ([]byte, bool) {
	if !c.skip('"') {
		return nil, false
	}
	for i, b := range c.rest {
		switch {
		case b == '"':
			s := c.rest[:i]
			c.rest = c.rest[i+1:]
			return s, true
		case b == '\\' || b < ' ':
			return nil, false
		}
	}
	return nil, false
}

// integer takes an integer of at most 18 digits.
func (c *cursor) integer() (int64, bool) {
	minus := c.skip('-')
	if !minus {
		c.blanks()
	}
	n, x := 0, int64(0)
	for n < len(c.rest) && c.rest[n] >= '0' && c.rest[n] <= '9' {
		if n++; n > 18 {
			return 0, false
		}
		x = 10*x + int64(c.rest[n-1]-'0')
	}
	if n == 0 || n > 1 && c.rest[0] == '0' {
		return 0, false
	}
	c.rest = c.rest[n:]
	if minus {
		x = -x
	}
	return x, true
}
