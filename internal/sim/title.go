package sim

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writer composes titles. A template's slots are
//
//	{things}  what the article is about, plural
//	{group}   who acts, singular
//	{place}   a place, a different one each time within a title
//	{n}       a small number above 1
//
// No title comes twice: a subject's templates and things are each dealt like
// cards, so that they come evenly, and a title that exists is dealt again.
type writer struct {
	rng       *rand.Rand
	places    []string
	subjects  []subject
	templates []deck
	things    []deck
	taken     map[string]bool
}

func newWriter(rng *rand.Rand, subjects []subject) *writer {
	w := &writer{rng: rng, places: placeNames(), subjects: subjects, taken: make(map[string]bool)}
	for _, s := range subjects {
		w.templates = append(w.templates, deck{cards: len(s.templates)})
		w.things = append(w.things, deck{cards: len(s.things)})
	}
	return w
}

// write returns a new title on a topic and the tag of what it is about.
func (w *writer) write(t Topic) (title, tag string) {
	s := &w.subjects[t]
	for {
		tag, thing, _ := strings.Cut(s.things[w.things[t].deal(w.rng)], "|")
		title := w.fill(s, s.templates[w.templates[t].deal(w.rng)], thing)
		if !w.taken[title] {
			w.taken[title] = true
			return title, tag
		}
	}
}

func (w *writer) fill(s *subject, template, thing string) string {
	used := make(map[string]bool) // places named so far
	place := func() string {
		for {
			if p := w.places[w.rng.IntN(len(w.places))]; !used[p] {
				used[p] = true
				return p
			}
		}
	}
	var out strings.Builder
	for template != "" {
		before, rest, _ := strings.Cut(template, "{")
		slot, after, _ := strings.Cut(rest, "}")
		out.WriteString(before)
		switch slot {
		case "things":
			out.WriteString(thing)
		case "group":
			after = s.groups[w.rng.IntN(len(s.groups))] + after
		case "place":
			out.WriteString(place())
		case "n":
			out.WriteString(strconv.Itoa(3 + w.rng.IntN(37)))
		}
		template = after
	}
	return capitalize(out.String())
}

// capitalize raises the first letter of every sentence, for a slot may begin
// one.
func capitalize(s string) string {
	var out strings.Builder
	start := true
	for i, r := range s {
		if start {
			r = unicode.ToUpper(r)
		}
		out.WriteRune(r)
		switch {
		case r == '.' || r == '?':
			next, _ := utf8.DecodeRuneInString(s[i+1:])
			start = next == ' '
		case r != ' ':
			start = false
		}
	}
	return out.String()
}

// slug turns a title into the last part of an address.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words[:min(len(words), 8)], "-")
}

// deck deals the numbers below cards in a shuffled order, each once before any
// comes again. It is shuffled anew whenever it runs out.
type deck struct {
	cards int
	left  []int
}

func (d *deck) deal(rng *rand.Rand) int {
	if len(d.left) == 0 {
		d.left = rng.Perm(d.cards)
	}
	card := d.left[0]
	d.left = d.left[1:]
	return card
}
