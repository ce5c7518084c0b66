package affinity_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
)

func TestNearestAreMostlyFound(t *testing.T) {
	for _, data := range []struct {
		name       string
		n          int
		dimensions int
		spread     float64
		skewed     bool
		atLeast    float64
	}{
		{"few", 150, 64, 0, false, 0.99}, // all compared exactly
		{"flat", 2000, 64, 0.6, false, 0.9},
		{"clustered", 6000, 64, 0.6, false, 0.9},
		{"skewed", 6000, 64, 0.6, true, 0.9},
		{"short", 6000, 8, 0.6, false, 0.7},
		{"long", 3000, 384, 0.6, false, 0.85},
		{"uniform", 6000, 64, 0, false, 0.4},
	} {
		t.Run(data.name, func(t *testing.T) {
			items := catalogue(3, data.n, data.dimensions, data.spread, data.skewed)
			got := recalled(folded(affinity.Config{}, items...), items, 25)
			t.Logf("%.3f of the nearest 50 are found", got)
			if got < data.atLeast {
				t.Errorf("%.3f of the nearest 50 are found, not %v", got, data.atLeast)
			}
		})
	}
}

// sameNeighbours asks both for what is similar to some articles and for what to
// recall for readers of them.
func sameNeighbours(t *testing.T, a, b *affinity.Model, items []*feed.Item) {
	t.Helper()
	for i := 0; i < len(items); i += 1 + len(items)/40 {
		if x, y := a.Similar(items[i], t0+feed.Day, 30, nil), b.Similar(items[i], t0+feed.Day, 30, nil); !slices.Equal(x, y) {
			t.Fatalf("similar to %d are %v and %v", i, x, y)
		}
		q := query(act(items[i], 1, 0), act(items[(i+5)%len(items)], 0.5, 3))
		if x, y := a.Recall(q, 30, nil), b.Recall(q, 30, nil); !slices.Equal(x, y) {
			t.Fatalf("proposed to readers of %d are %v and %v", i, x, y)
		}
	}
}

// The index depends on the articles that there are and on nothing else.
func TestNearestDoNotDependOnOrder(t *testing.T) {
	items := catalogue(4, 3000, 16, 0.6, false)
	backwards := slices.Clone(items)
	slices.Reverse(backwards)
	a := folded(affinity.Config{}, items...)
	sameNeighbours(t, a, folded(affinity.Config{}, items...), items)
	sameNeighbours(t, a, folded(affinity.Config{}, backwards...), items)
}

func TestNearestFollowChanges(t *testing.T) {
	const n = 400
	config := affinity.Config{Flat: 100, Newest: 8}
	rng := rand.New(rand.NewPCG(5, 5))
	spaces := [][]*feed.Item{catalogue(5, n, 16, 0.6, false), catalogue(6, n, 9, 0.6, false), catalogue(7, n, 16, 1, false)}
	now := make([]*feed.Item, n) // 0 of what is withdrawn
	for i := range now {
		now[i] = item(feed.Ord(i), 0)
	}
	m := folded(config)
	for round := range 6 {
		gone := []float64{0.1, 0.9, 0.3, 0.99, 0, 0.6}[round] // across Flat and back
		for i := range now {
			it := *now[i]
			switch rng.IntN(4) {
			case 0: // another place, or none
				it.Embedding = nil
				if space := rng.IntN(4); space < len(spaces) {
					it.Embedding = spaces[space][i].Embedding
				}
			case 1:
				it.Published = t0 + feed.Millis(rng.IntN(1000))
			case 2:
				it.Channels = []feed.ChannelID{1, feed.ChannelID(2 + rng.IntN(80))}
			}
			it.Withdrawn = rng.Float64() < gone
			now[i] = &it
			m.ObserveItem(&it)
		}
		fresh := folded(config, now...)
		sameNeighbours(t, m, fresh, now)

		var b bytes.Buffer
		if err := m.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		read := must(affinity.New(config))
		if err := read.ReadSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		sameNeighbours(t, m, read, now)
		for _, it := range now {
			for _, p := range m.Similar(it, t0+feed.Day, 100, nil) {
				if other := now[p.Ord]; other.Withdrawn || len(other.Embedding) != len(it.Embedding) {
					t.Fatalf("round %d: %+v is similar to %+v", round, other, it)
				}
			}
		}
		embedded := 0
		for _, it := range now {
			if !it.Withdrawn && it.Embedding != nil {
				embedded++
			}
		}
		read.Sizes(func(name string, got int) {
			if name == "embedded" && got != embedded {
				t.Errorf("round %d: %d are embedded, not %d", round, got, embedded)
			}
		})
	}
}

func TestRecallByEmbedding(t *testing.T) {
	items := catalogue(8, 5000, 32, 0.4, false)
	for i, it := range items {
		it.Channels = []feed.ChannelID{1, feed.ChannelID(2 + i%3)}
	}
	m := folded(affinity.Config{}, items...)
	read := items[17] // older than nearly all
	want := exact(items, read, 40)
	q := query(act(read, 1, 0))
	got := m.Recall(q, 40, nil)
	found := 0
	for i, p := range got {
		if slices.Contains(want, p.Ord) {
			found++
		}
		if p.Ord == read.Ord || i > 0 && p.Score > got[i-1].Score {
			t.Errorf("proposes %v", got)
		}
	}
	if len(got) != 40 || found < 36 || got[0].Ord != want[0] {
		t.Errorf("proposes %d, %d of them among the nearest 40", len(got), found)
	}
	if x, y := got[0].Score, score(m, q, items[want[0]])[3]; x < y-0.01 || x > y+0.01 { // of sketches
		t.Errorf("the nearest scores %v, and its cosine is %v", x, y)
	}
	q.Channel = 3
	if got = m.Recall(q, 40, nil); len(got) < 20 {
		t.Errorf("proposes %d of a channel", len(got))
	}
	for _, p := range got {
		if !items[p.Ord].In(3) {
			t.Errorf("proposes %d, which is not in the channel", p.Ord)
		}
	}
	if got = m.Recall(query(act(read, -1, 0)), 40, nil); slices.Contains(ords(got), want[0]) {
		t.Errorf("proposes %v to whom dislikes it", got)
	}
	// Tags and authors have their part beside the nearest.
	tagged := item(5000, 0, 1)
	m.ObserveItem(tagged)
	q = query(act(read, 1, 0), act(item(5001, 0, 1), 1, 0))
	if got := ords(m.Recall(q, 10, nil)); !slices.Contains(got, tagged.Ord) || !slices.Contains(got, want[0]) {
		t.Errorf("proposes %v", got)
	}
	// What the model has not heard of does not hurt.
	if got := m.Recall(query(act(items[3], 1, 0)), 0, nil); len(got) != 0 {
		t.Errorf("proposes %v of none", got)
	}
	if got := folded(affinity.Config{}).Recall(q, 10, nil); len(got) != 0 {
		t.Errorf("proposes %v of an empty catalogue", got)
	}
}

func TestLanguage(t *testing.T) {
	english, french, german, unknown := item(0, 0), item(1, 0), item(2, 0), item(3, 0)
	english.Language, french.Language, german.Language = 50, 51, 52
	m := folded(affinity.Config{}, english, french, german, unknown)
	language := func(it *feed.Item, acts ...feed.ItemAct) float64 {
		return float64(score(m, query(acts...), it)[5])
	}
	near(t, "the only one", language(english, act(english, 1, 0), act(unknown, 1, 0)), 1)
	near(t, "unknown", language(unknown, act(english, 1, 0)), 0)
	near(t, "another", language(german, act(english, 1, 0)), 0)
	near(t, "nothing known", language(english, act(unknown, 1, 0)), 0)
	both := []feed.ItemAct{act(english, 1, 0), act(french, -1, 0)}
	near(t, "liked", language(english, both...), 1/(1+1/1.05))
	near(t, "disliked", language(french, both...), -1/1.05/(1+1/1.05))
}
