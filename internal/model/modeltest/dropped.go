package modeltest

import (
	"bytes"
	"slices"
	"testing"

	"readnext/internal/feed"
)

// dropped drops half of the articles. At once, none of them is proposed. Then
// new articles come under the dropped numbers, and each has a twin under a
// number that nobody had before, which says of itself the same and was acted on
// by nobody either: all that a model says of the two is the same, so nothing is
// left of the article that had the number. What it makes of an article may
// depend on the item, its id included, but not on its number.
func (s *suite) dropped(t *testing.T) {
	w := made(14, 3000)
	m := fold(s.fresh(), w.steps)
	w.steps = nil
	var ords []feed.Ord
	for ord, it := range w.items {
		if it != nil && ord%2 == 0 {
			ords = append(ords, feed.Ord(ord))
		}
	}
	w.dropThese(ords)
	fold(m, w.steps)
	for i := range Readers {
		ask(t, m, w, w.query(reader(i), feed.ChannelID(i%(Channels+1)), w.now))
	}
	twice := read(t, s.fresh(), bytes.NewReader(write(t, m)))

	w.steps = nil
	twins := make(map[feed.Ord]feed.Ord)
	var others []feed.Ord // the twins
	for _, ord := range ords {
		w.last++
		w.items[ord] = &feed.Item{ID: 1000 + w.last, Ord: ord}
		w.put(int(ord))
		twin := *w.items[ord]
		twin.Ord = feed.Ord(len(w.items))
		twins[ord] = twin.Ord
		others = append(others, twin.Ord)
		w.items = append(w.items, &twin)
		w.steps = append(w.steps, step{item: &twin})
	}
	fold(m, w.steps)
	if !bytes.Equal(write(t, fold(twice, w.steps)), write(t, m)) {
		t.Fatal("a snapshot taken after a drop is not exact")
	}
	names := m.FeatureNames()
	reused, unread := false, false // proposed
	for i := range Readers {
		q := w.query(reader(i), feed.ChannelID(i%(Channels+1)), w.now)
		cands := w.candidates(len(names))
		m.Score(q, cands, 0)
		of := make(map[feed.Ord][]float32)
		for _, c := range cands {
			of[c.Item.Ord] = c.Features
		}
		for ord, twin := range twins {
			if !slices.Equal(of[ord], of[twin]) {
				t.Fatalf("%s: article %d has what is left of the one before it: %v are %v, not %v", q.User, ord, names, of[ord], of[twin])
			}
		}
		for _, p := range m.Recall(q, 10*len(w.items), nil) {
			reused = reused || twins[p.Ord] != 0
			unread = unread || slices.Contains(others, p.Ord)
		}
	}
	if reused && !unread {
		t.Fatal("an article is proposed for what is left of the one before it: of its twins, whom nobody acted on either, none is")
	}
}

// allDropped drops every article: nothing is proposed, and nothing is said of
// the articles that come after but what would be said of them anyway.
func (s *suite) allDropped(t *testing.T) {
	w := made(15, 2000)
	m := fold(s.fresh(), w.steps)
	w.steps = nil
	var ords []feed.Ord
	for ord, it := range w.items {
		if it != nil {
			ords = append(ords, feed.Ord(ord))
		}
	}
	w.dropThese(ords)
	fold(m, w.steps)
	for i := range Readers {
		for c := range Channels + 1 {
			if a := ask(t, m, w, w.query(reader(i), feed.ChannelID(c), w.now)); len(a.proposals) > 0 {
				t.Fatalf("all articles were dropped, but %v are proposed", a.proposals)
			}
		}
	}
	w.steps = nil
	for range ords {
		w.meet()
	}
	for range 500 {
		w.event()
	}
	fold(m, w.steps)
	use(t, read(t, s.fresh(), bytes.NewReader(write(t, m))), w)
}
