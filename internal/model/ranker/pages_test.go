package ranker_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// tenPlaces draws choices of pages.
func tenPlaces(seed uint64, weight ...float64) *world {
	looks := func(place int) float64 { return -0.7 * math.Log(float64(1+place)) }
	return &world{rng: rand.New(rand.NewPCG(seed, 1)), weight: weight, looks: looks}
}

// TestPagesTellWhichHandsWereRight has two ways of setting weights by hand, and
// pages whose choices follow the one or the other. Nothing else is learned.
func TestPagesTellWhichHandsWereRight(t *testing.T) {
	cfg := ranker.Config{
		Initial:  map[string]float64{"good": 3, "bad": -1},
		Reported: map[string]float64{"good": -1, "bad": 2, "bias": 1},
		Rate:     1e-9, ContextRate: -1, ClassRate: -1,
	}
	query := &feed.Query{Channel: 1, Now: t0}
	for _, c := range []struct {
		name   string
		pages  bool
		weight []float64
		want   map[string]float64
	}{
		{"as set at first", true, []float64{3, -1, 0, 0}, cfg.Initial},
		{"as set for pages", true, []float64{-1, 2, 0, 0}, cfg.Reported},
		{"no pages", false, []float64{-1, 2, 0, 0}, cfg.Initial},
	} {
		m, w := bound(t, cfg), tenPlaces(3, c.weight...)
		for range 200 {
			choice := w.draw(10, c.pages)
			m.Learn(&choice)
		}
		var snapshot bytes.Buffer
		if err := m.WriteSnapshot(&snapshot); err != nil {
			t.Fatal(err)
		}
		again := bound(t, cfg)
		if err := again.ReadSnapshot(&snapshot); err != nil {
			t.Fatal(err)
		}
		choice := w.draw(10, c.pages)
		m.Learn(&choice)
		again.Learn(&choice)
		for j, name := range names {
			got := weight(m, query, j)
			if math.Abs(got-c.want[name]) > 0.01 {
				t.Errorf("%s: %s weighs %.3f, not %v", c.name, name, got, c.want[name])
			}
			if same := weight(again, query, j); same != got {
				t.Errorf("%s: %s weighs %v, from a snapshot %v", c.name, name, got, same)
			}
		}
	}
}

// TestDislikesTellNothingOfHands has all that is good disliked.
func TestDislikesTellNothingOfHands(t *testing.T) {
	m := bound(t, ranker.Config{
		Initial: map[string]float64{"good": 3}, Reported: map[string]float64{"good": -3},
		Rate: 1e-9, ContextRate: -1, ClassRate: -1,
	})
	w := tenPlaces(4, 3, 0, 0, 0)
	for range 100 {
		choice := w.draw(10, true)
		choice.Weight = -1
		m.Learn(&choice)
	}
	if got := weight(m, &feed.Query{Channel: 1, Now: t0}, 0); math.Abs(got) > 0.01 {
		t.Errorf("it weighs %.3f: halfway would be 0", got)
	}
}

// TestPagesTeachBeforeOtherActs has pages where bad is wanted, and acts that no
// page explains of whom wants good. The latter teach until the former do.
func TestPagesTeachBeforeOtherActs(t *testing.T) {
	query := &feed.Query{Channel: 1, Now: t0}
	learn := func(m *ranker.Model, w *world, n int, pages bool) {
		for range n {
			c := w.draw(10, pages)
			m.Learn(&c)
		}
	}
	for _, c := range []struct {
		pages int
		teach bool
	}{{50, false}, {-1, true}} {
		m := bound(t, ranker.Config{Pages: c.pages})
		onPages, elsewhere := tenPlaces(5, 0, 2, 0, 0), tenPlaces(6, 2, 0, 0, 0)
		learn(m, elsewhere, 500, false)
		if got := weight(m, query, 0); got < 0.3 {
			t.Errorf("before there were pages, good weighs %.3f", got)
		}
		learn(m, onPages, 50, true)
		before := weight(m, query, 0)
		learn(m, elsewhere, 500, false)
		if taught := weight(m, query, 0) != before; taught != c.teach {
			t.Errorf("enough is %d pages: other acts taught something after them: %v", c.pages, taught)
		}
	}
}
