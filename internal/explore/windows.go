package explore

import (
	"fmt"
	"strconv"
	"strings"
)

// Window bounds repetition: of any Of consecutive places of a slate at most
// Most are of one kind. The zero value bounds nothing.
type Window struct{ Most, Of int }

// MaxWindow is the most places that a window spans.
const MaxWindow = 100

// Windows are the windows of a slate. An article without an author is of no
// author; one with several tags or channels counts for each of them.
//
// A place goes to the candidates that keep all windows. If none is left that
// does, it goes to those that break only the tags' window; if there is none of
// these either, to those that keep the authors'; at last to any. So slates are
// full, and what is allowed is a function of the places above alone.
type Windows struct{ Author, Channel, Tag Window }

// kind is what a window is of, in the order in which they give way.
type kind int

const (
	byTag kind = iota
	byChannel
	byAuthor
	kinds int = iota
)

var kindNames = [kinds]string{"tag", "channel", "author"}

// of returns the window of a kind.
func (w *Windows) of(k kind) *Window {
	return [kinds]*Window{&w.Tag, &w.Channel, &w.Author}[k]
}

// Validate reports what is out of range.
func (w Windows) Validate() error {
	for k := range kind(kinds) {
		x := *w.of(k)
		if x != (Window{}) && (x.Most < 1 || x.Of <= x.Most || x.Of > MaxWindow) {
			return fmt.Errorf("explore: at most %d of %d places of one %s; the first number is at least 1, the second above it and at most %d",
				x.Most, x.Of, kindNames[k], MaxWindow)
		}
	}
	return nil
}

// off is the text of no windows.
const off = "off"

// MarshalText writes "author=2/10,channel=4/10,tag=6/10", those that there
// are, or "off".
func (w Windows) MarshalText() ([]byte, error) {
	var parts []string
	for _, k := range []kind{byAuthor, byChannel, byTag} {
		if x := *w.of(k); x != (Window{}) {
			parts = append(parts, fmt.Sprintf("%s=%d/%d", kindNames[k], x.Most, x.Of))
		}
	}
	if parts == nil {
		return []byte(off), nil
	}
	return []byte(strings.Join(parts, ",")), nil
}

// UnmarshalText reads what MarshalText writes, in any order.
func (w *Windows) UnmarshalText(text []byte) error {
	var read Windows
	if s := string(text); s != off && s != "" {
		for part := range strings.SplitSeq(s, ",") {
			if err := read.readPart(part); err != nil {
				return err
			}
		}
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*w = read
	return nil
}

func (w *Windows) readPart(part string) error {
	name, ratio, _ := strings.Cut(part, "=")
	most, span, _ := strings.Cut(ratio, "/")
	m, err := strconv.Atoi(most)
	o, err2 := strconv.Atoi(span)
	if err != nil || err2 != nil {
		return fmt.Errorf("%q is no window; author=2/10 is one", part)
	}
	for k := range kind(kinds) {
		if kindNames[k] != name {
			continue
		}
		x := w.of(k)
		if *x != (Window{}) {
			return fmt.Errorf("there are two windows of one %s", name)
		}
		if m == 0 && o == 0 {
			return fmt.Errorf("%q is no window; leave it out for none", part)
		}
		*x = Window{m, o}
		return nil
	}
	return fmt.Errorf("there is no window of one %q; there are author, channel and tag", name)
}
