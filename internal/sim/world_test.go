package sim_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/sim"
)

// born is a Tuesday noon.
var born = feed.MillisOf(time.Date(2031, 7, 15, 12, 0, 0, 0, time.UTC))

func newWorld(t testing.TB, cfg sim.WorldConfig) *sim.World {
	t.Helper()
	if cfg.Born == 0 {
		cfg.Born = born
	}
	w, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func articlesOf(w *sim.World) []*sim.Article {
	var all []*sim.Article
	for id := feed.ArticleID(1); w.Article(id) != nil; id++ {
		all = append(all, w.Article(id))
	}
	return all
}

func TestSameSeedSameWorld(t *testing.T) {
	a, b := newWorld(t, sim.WorldConfig{Seed: 7}), newWorld(t, sim.WorldConfig{Seed: 7})
	if !reflect.DeepEqual(a, b) {
		t.Error("two worlds of one seed differ")
	}
	c := newWorld(t, sim.WorldConfig{Seed: 8})
	if reflect.DeepEqual(articlesOf(a), articlesOf(c)) {
		t.Error("worlds of two seeds have the same articles")
	}
	if reflect.DeepEqual(a.Readers(), c.Readers()) {
		t.Error("worlds of two seeds have the same readers")
	}
	more := newWorld(t, sim.WorldConfig{Seed: 7, Readers: 300})
	if !reflect.DeepEqual(articlesOf(a), articlesOf(more)) {
		t.Error("more readers changed the articles")
	}
}

func TestArticlesAreValid(t *testing.T) {
	for seed := range uint64(5) {
		w := newWorld(t, sim.WorldConfig{Seed: seed})
		all := articlesOf(w)
		if len(all) != 600 {
			t.Fatalf("%d articles, want 600", len(all))
		}
		titles := make(map[string]feed.ArticleID)
		authors := make(map[string]bool)
		languages := make(map[string]bool)
		var scheduled, expired int
		for i, a := range all {
			before := a.Article
			a.Normalize(born)
			if !reflect.DeepEqual(before, a.Article) {
				t.Errorf("article %d was not normalized", a.ID)
			}
			if err := a.Validate(); err != nil {
				t.Errorf("article %d: %v", a.ID, err)
			}
			if a.ID != feed.ArticleID(i+1) || i > 0 && a.Published < all[i-1].Published {
				t.Errorf("article %d is out of order", a.ID)
			}
			if other, ok := titles[a.Title]; ok || a.Title == "" {
				t.Errorf("article %d has the title %q of %d", a.ID, a.Title, other)
			}
			titles[a.Title] = a.ID
			if slices.ContainsFunc([]rune(a.Title), func(r rune) bool { return r == '{' || r == '}' || r == '|' }) {
				t.Errorf("article %d has a slot left: %q", a.ID, a.Title)
			}
			authors[a.Author] = true
			languages[a.Language] = true
			if len(a.Tags) < 2 || len(a.Embedding) == 0 || a.URL == "" {
				t.Errorf("article %d is poor: %+v", a.ID, a.Article)
			}
			if a.Published > born {
				scheduled++
			}
			if a.Expires != 0 && a.Expires <= born {
				expired++
			}
		}
		if scheduled < 20 || expired < 5 || len(authors) < 20 || len(languages) < 3 {
			t.Errorf("seed %d: %d to come, %d expired, %d authors, %d languages", seed, scheduled, expired, len(authors), len(languages))
		}
	}
}

func TestTitlesDoNotRunOut(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 1, Articles: 20000})
	titles := make(map[string]bool)
	for _, a := range articlesOf(w) {
		titles[a.Title] = true
	}
	if len(titles) != 20000 {
		t.Errorf("%d different titles of 20000", len(titles))
	}
}

func TestEveryChannelHasPages(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 3})
	for _, c := range w.Channels() {
		if got := w.Oracle(&w.Readers()[0], c.ID, born, 1000, nil); len(got) < 50 {
			t.Errorf("channel %s has %d articles to show", c.Name, len(got))
		}
	}
}

func TestArticlesAreHandedInAheadOfTime(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 3, Ahead: 2 * feed.Day, Lead: feed.Hour})
	seen := 0
	for now := born; now <= born+2*feed.Day; now += 6 * feed.Hour {
		got := w.Articles(now)
		if len(got) < seen {
			t.Fatalf("%d articles at %v, %d before", len(got), now, seen)
		}
		seen = len(got)
		for _, a := range got {
			if a.Published > now+feed.Hour {
				t.Errorf("article %d is handed in %v ms before its publication", a.ID, a.Published-now)
			}
		}
	}
	if seen != 600 {
		t.Errorf("%d articles in the end, want 600", seen)
	}
}

func TestOracle(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 3})
	r := &w.Readers()[4]
	all := w.Oracle(r, feed.AllChannels, born, 1000, nil)
	for i, id := range all {
		a := w.Article(id)
		if a.Published > born || a.Expires != 0 && a.Expires <= born {
			t.Errorf("article %d may not be shown", id)
		}
		if i > 0 && w.Relevance(r, a, born) > w.Relevance(r, w.Article(all[i-1]), born) {
			t.Errorf("article %d at %d is better than the one above it", id, i)
		}
	}
	top := w.Oracle(r, feed.AllChannels, born, 3, func(id feed.ArticleID) bool { return id == all[0] })
	if !slices.Equal(top, all[1:4]) {
		t.Errorf("without %d the best are %v, want %v", all[0], top, all[1:4])
	}
	if got := w.Oracle(r, 99, born, 3, nil); len(got) != 0 {
		t.Errorf("an unknown channel shows %v", got)
	}
}

func TestWorldConfigIsChecked(t *testing.T) {
	for _, cfg := range []sim.WorldConfig{
		{},
		{Born: born, Articles: -1},
		{Born: born, Articles: 1 << 30},
		{Born: born, Readers: -1},
		{Born: born, Back: -1},
		{Born: born, Back: 2 * born},
		{Born: born, Ahead: -1},
		{Born: born, Lead: -1},
	} {
		if _, err := sim.New(cfg); err == nil {
			t.Errorf("New(%+v) is no error", cfg)
		}
	}
}

func ExampleWorld_Click() {
	world, err := sim.New(sim.WorldConfig{Seed: 1, Born: 1_900_000_000_000})
	if err != nil {
		panic(err)
	}
	reader := &world.Readers()[0]
	best := world.Oracle(reader, feed.AllChannels, world.Born(), 1, nil)
	article := world.Article(best[0])
	rng := rand.New(rand.NewPCG(1, 1))
	clicks := 0
	for range 1000 {
		if world.Click(reader, article, 0, world.Born(), rng) {
			clicks++
		}
	}
	p := world.ClickProbability(reader, article, 0, world.Born())
	fmt.Println(article.Tags[0], p > 0.5, float64(clicks)/1000 > p-0.05, float64(clicks)/1000 < p+0.05)
	// Output: space true true true
}
