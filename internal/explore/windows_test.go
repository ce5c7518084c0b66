package explore_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

func drawWindow(t *rapid.T, name string) explore.Window {
	if rapid.IntRange(0, 3).Draw(t, name+" off") == 0 {
		return explore.Window{}
	}
	most := rapid.IntRange(1, 4).Draw(t, name+" most")
	return explore.Window{Most: most, Of: most + rapid.IntRange(1, 8).Draw(t, name+" more")}
}

func drawCands(t *rapid.T) []explore.Candidate {
	cs := make([]explore.Candidate, rapid.IntRange(0, 40).Draw(t, "candidates"))
	groups := rapid.IntRange(1, 12).Draw(t, "groups")
	for i := range cs {
		it := &feed.Item{ID: feed.ArticleID(1 + i*7%41), Author: feed.Name(rapid.IntRange(0, groups).Draw(t, "author"))}
		for g := range groups {
			if rapid.IntRange(0, 3).Draw(t, "in") == 0 {
				it.Channels = append(it.Channels, feed.ChannelID(g+1))
			}
			if rapid.IntRange(0, 3).Draw(t, "has") == 0 {
				it.Tags = append(it.Tags, feed.Name(g+1))
			}
		}
		cs[i] = explore.Candidate{Item: it, Score: float64(rapid.IntRange(0, 9).Draw(t, "score")) / 4, Fresh: rapid.Bool().Draw(t, "fresh")}
	}
	return cs
}

// TestWindowsHold draws slates of all sorts: they are full, no candidate comes
// twice, and each place went to one of those that break the least, be it by
// chance or not.
func TestWindowsHold(t *testing.T) {
	var scratch explore.Scratch
	rapid.Check(t, func(t *rapid.T) {
		cs := drawCands(t)
		w := explore.Windows{Author: drawWindow(t, "author"), Channel: drawWindow(t, "channel"), Tag: drawWindow(t, "tag")}
		if err := w.Validate(); err != nil {
			t.Fatal(err)
		}
		p := explore.Policy{
			Temperature: rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "temperature"),
			FreshShare:  rapid.SampledFrom([]float64{0, 0.3}).Draw(t, "share"),
		}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		slate := p.Slate(cs, n, w, rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed"))), nil, &scratch)
		if len(slate) != min(n, len(cs)) {
			t.Fatalf("%d places of %d, from %d candidates", len(slate), n, len(cs))
		}
		var above []int
		for k, c := range slate {
			if !slices.Contains(allowed(cs, w, above), c.Index) {
				t.Fatalf("place %d: candidate %d is not of %v, after %v", k, c.Index, allowed(cs, w, above), above)
			}
			above = append(above, c.Index)
		}
	})
}

// TestGreedyIsTheDraw holds the fast way of filling greedy slates against the
// draw: a share of fresh places, when nothing is fresh, changes the way only.
func TestGreedyIsTheDraw(t *testing.T) {
	var scratch explore.Scratch
	rapid.Check(t, func(t *rapid.T) {
		cs := drawCands(t)
		for i := range cs {
			cs[i].Fresh = false
		}
		w := explore.Windows{Author: drawWindow(t, "author"), Channel: drawWindow(t, "channel"), Tag: drawWindow(t, "tag")}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		fast := explore.Policy{}.Slate(cs, n, w, nil, nil, &scratch)
		draw := explore.Policy{FreshShare: 0.5}.Slate(cs, n, w, rand.New(rand.NewPCG(1, 2)), nil, &scratch)
		if !slices.Equal(fast, draw) {
			t.Fatalf("greedy %v, drawn %v", fast, draw)
		}
	})
}

func TestWindowsText(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", "off"}, {"off", "off"}, {"author=2/10", "author=2/10"},
		{"tag=6/10,author=1/2,channel=4/100", "author=1/2,channel=4/100,tag=6/10"},
	} {
		var w explore.Windows
		if err := w.UnmarshalText([]byte(tc.text)); err != nil {
			t.Errorf("%q: %v", tc.text, err)
		}
		if got, err := w.MarshalText(); err != nil || string(got) != tc.want {
			t.Errorf("%q became %q, %v", tc.text, got, err)
		}
	}
	for text, want := range map[string]string{
		"author":                  "is no window",
		"author=2":                "is no window",
		"author=2/x":              "is no window",
		"author=2/10,":            "is no window",
		"author=0/0":              "leave it out",
		"author=0/5":              "at most 0 of 5 places of one author",
		"author=5/5":              "the second above it",
		"author=-1/5":             "at least 1",
		"tag=1/101":               "at most 100",
		"writer=2/10":             `no window of one "writer"`,
		"author=2/10,author=3/10": "two windows of one author",
	} {
		w := explore.Windows{Tag: explore.Window{Most: 1, Of: 2}}
		if err := w.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if w != (explore.Windows{Tag: explore.Window{Most: 1, Of: 2}}) {
			t.Errorf("%q changed the windows although it is wrong", text)
		}
	}
}
