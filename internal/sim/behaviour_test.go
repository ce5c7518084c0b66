package sim_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/sim"
)

func TestClickFallsWithPosition(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	a := w.Article(400)
	for i := range w.Readers() {
		r := &w.Readers()[i]
		if got, want := w.ClickProbability(r, a, 0, born), w.Relevance(r, a, born); got != want {
			t.Errorf("%s at the top: %v, want the relevance %v", r.ID, got, want)
		}
		for p := 1; p < 100; p++ {
			here, above := w.ClickProbability(r, a, p, born), w.ClickProbability(r, a, p-1, born)
			if !(here < above) || here <= 0 || above >= 1 {
				t.Fatalf("%s: P=%v at %d, %v above it", r.ID, here, p, above)
			}
		}
	}
}

func TestClickRisesWithTaste(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	for _, a := range articlesOf(w) {
		r := w.Readers()[9]
		taste := append([]float64(nil), r.Taste...)
		r.Taste = taste
		last := 0.0
		for _, liking := range []float64{0, 0.25, 0.5, 0.75, 1} {
			taste[a.Topic] = liking
			p := w.ClickProbability(&r, a, 3, born)
			if p <= last {
				t.Fatalf("article %d: a taste of %v gives %v, less taste %v", a.ID, liking, p, last)
			}
			last = p
		}
	}
}

func TestClickRisesWithAppealAndFallsWithAge(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	r := &w.Readers()[9]
	dull := *w.Article(300)
	bright := dull
	dull.Appeal, bright.Appeal = 0.1, 0.9
	if w.Relevance(r, &dull, born) >= w.Relevance(r, &bright, born) {
		t.Error("appeal does not help")
	}
	for age := feed.Hour; age < 10*feed.Day; age *= 2 {
		if w.Relevance(r, &dull, dull.Published+age) >= w.Relevance(r, &dull, dull.Published+age/2) {
			t.Errorf("an age of %d ms does not hurt", age)
		}
	}
}

func TestClickHappensAsOftenAsItIsProbable(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 20000
	for _, id := range []feed.ArticleID{10, 200, 500} {
		for _, position := range []int{0, 4} {
			r, a := &w.Readers()[0], w.Article(id)
			clicks := 0
			for range n {
				if w.Click(r, a, position, born, rng) {
					clicks++
				}
			}
			p := w.ClickProbability(r, a, position, born)
			got := float64(clicks) / n
			if sigma := math.Sqrt(p * (1 - p) / n); math.Abs(got-p) > 5*sigma {
				t.Errorf("article %d at %d: clicked %v of the times, want %v", id, position, got, p)
			}
		}
	}
}

func TestDeedsBeginWithAClick(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	rng := rand.New(rand.NewPCG(1, 2))
	var seen [feed.Dislike + 1]int
	for i := range 40000 {
		r, a := &w.Readers()[i%len(w.Readers())], w.Article(feed.ArticleID(1+i%600))
		deeds := w.Respond(r, a, i%10, born, rng)
		if len(deeds) == 1 {
			t.Fatal("a click without a read")
		}
		for j, d := range deeds {
			seen[d.Action]++
			if want := []feed.Action{feed.Click, feed.Read}; j < 2 && d.Action != want[j] {
				t.Fatalf("deed %d is a %v", j, d.Action)
			}
			if (d.Action == feed.Read) != (d.ReadTime > 0) {
				t.Fatalf("a %v of %d ms", d.Action, d.ReadTime)
			}
			if j > 0 && d.After < deeds[j-1].After || d.After <= 0 {
				t.Fatalf("deeds out of order: %+v", deeds)
			}
		}
	}
	for action := feed.Click; action <= feed.Dislike; action++ {
		if seen[action] == 0 {
			t.Errorf("no %v in 40000 looks", action)
		}
	}
}

func TestFirstReaderHasAClearTaste(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	r := &w.Readers()[0]
	if r.ID != "reader-1" {
		t.Fatalf("the first reader is %s", r.ID)
	}
	for _, id := range w.Oracle(r, feed.AllChannels, born, 10, nil) {
		if topic := w.Topics()[w.Article(id).Topic]; topic != "space" && topic != "robots" && topic != "books" {
			t.Errorf("reader-1 would like %d, about %s", id, topic)
		}
	}
}

func TestReadersComeMostAroundTheirPeak(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 5})
	for i := range w.Readers() {
		r := &w.Readers()[i]
		midnight := born / feed.Day * feed.Day
		peak := midnight + feed.Millis(r.Peak*float64(feed.Hour))
		if a, b := r.Liveliness(peak), r.Liveliness(peak+12*feed.Hour); !(a > b && b > 0) {
			t.Errorf("%s: %v at the peak, %v half a day off", r.ID, a, b)
		}
	}
}
