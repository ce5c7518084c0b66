package ranker_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// paces are ways in which silences come.
func paces() map[string]func() feed.Millis {
	rng := rand.New(rand.NewPCG(1, 8))
	reading := func() feed.Millis { return feed.Millis(math.Exp(11 + 1.2*rng.NormFloat64())) } // a minute, most often
	dropped := func() feed.Millis {
		n := feed.Second
		for rng.Float64() < 0.25 {
			n += feed.Second
		}
		return n
	}
	return map[string]func() feed.Millis{
		"every millisecond":    func() feed.Millis { return 1 },
		"every second":         func() feed.Millis { return feed.Second },
		"every minute":         func() feed.Millis { return feed.Minute },
		"every day, backwards": func() feed.Millis { return -feed.Day },
		"a quarter left out":   dropped,
		"in a hurry":           func() feed.Millis { return 20 + feed.Millis(rng.IntN(900)) },
		"ticked off a list": func() feed.Millis {
			if rng.IntN(2) == 0 {
				return 0
			}
			return reading() / 8 / feed.Second * feed.Second
		},
		"days only": func() feed.Millis {
			if rng.IntN(10) == 0 {
				return feed.Day * feed.Millis(1+rng.IntN(30))
			}
			return 0
		},
		"reading":             reading,
		"reading, by seconds": func() feed.Millis { return reading() / feed.Second * feed.Second },
		"reading, by minutes": func() feed.Millis { return reading() / feed.Minute * feed.Minute },
	}
}

func TestTimesAreReadersOwn(t *testing.T) {
	own := map[string]bool{"reading": true, "reading, by seconds": true, "reading, by minutes": true}
	for name, pace := range paces() {
		m := bound(t, ranker.Config{})
		if !m.Own() {
			t.Fatal("nothing was heard of, and times are a machine's")
		}
		at := t0
		for range 5000 {
			from := at
			at += pace()
			m.Heed(from, at, false)
		}
		if m.Own() != own[name] {
			t.Errorf("%s: the readers' own: %v", name, m.Own())
		}
	}
}

func TestTimesBecomeReadersOwn(t *testing.T) {
	pace := paces()["reading"]
	for name, live := range map[string]func(m *ranker.Model){
		"recorded":     func(m *ranker.Model) { m.Heed(t0, t0+pace(), false) },
		"on our pages": func(m *ranker.Model) { m.Heed(t0, t0+1, true) },
	} {
		m := bound(t, ranker.Config{})
		for range 100_000 {
			m.Heed(t0, t0+feed.Second, false)
		}
		n := 0
		for ; !m.Own() && n < 1000; n++ {
			live(m)
		}
		if n == 0 || n > 300 {
			t.Errorf("%s: after an import it took %d silences until times were the readers' own", name, n)
		}
	}
}

func TestNoSessionsInAMachinesTimes(t *testing.T) {
	m := bound(t, ranker.Config{})
	item := &feed.Item{}
	session := &feed.Query{Now: t0, Acts: []feed.ItemAct{{Act: feed.Act{Time: t0 - feed.Minute}, Item: item, Value: 1}}}
	back := &feed.Query{Now: t0, Acts: []feed.ItemAct{{Act: feed.Act{Time: t0 - feed.Day}, Item: item, Value: 1}}}
	for range 2000 { // in sessions, good is bad
		m.Learn(&ranker.Choice{Query: session, Candidates: candidates([]float32{1, 0, 0, 1}, []float32{0, 1, 0, 1}), Chosen: 1, Weight: 1})
	}
	if in, out := weight(m, session, 0), weight(m, back, 0); !(in < -0.5) || out != 0 {
		t.Fatalf("in a session good weighs %v, to those who come back %v", in, out)
	}
	for range 500 {
		m.Heed(t0, t0+1, false)
	}
	if w := weight(m, session, 0); w != 0 {
		t.Errorf("a session that is none: good weighs %v", w)
	}
	b := bound(t, ranker.Config{})
	if err := b.ReadSnapshot(bytes.NewReader(snapshot(t, m))); err != nil {
		t.Fatal(err)
	}
	if b.Own() {
		t.Error("a snapshot forgets that times are a machine's")
	}
	b.Heed(t0, t0+1, false)
	m.Heed(t0, t0+1, false)
	if !bytes.Equal(snapshot(t, m), snapshot(t, b)) {
		t.Error("heeding goes on differently after a snapshot")
	}
}

// TestShelvedWeights wants weights of their own for known readers while times are a
// machine's, and the others again once they are the readers'.
func TestShelvedWeights(t *testing.T) {
	m := bound(t, ranker.Config{Initial: map[string]float64{"good": 1}, Shelved: map[string]float64{"bad": 2}})
	back := &feed.Query{Now: t0, Acts: []feed.ItemAct{{Act: feed.Act{Time: t0 - feed.Day}, Item: &feed.Item{}, Value: 1}}}
	want := func(when string, q *feed.Query, good, bad float64) {
		t.Helper()
		if g, b := weight(m, q, 0), weight(m, q, 1); g != good || b != bad {
			t.Errorf("%s good weighs %v and bad %v, not %v and %v", when, g, b, good, bad)
		}
	}
	want("at first", back, 1, 0)
	for range 500 {
		m.Heed(t0, t0+1, false)
	}
	want("in a machine's times", back, 0, 2)
	want("to a stranger in a machine's times", &feed.Query{Now: t0}, 1, 0)
	for n := range 500 {
		m.Heed(t0, t0+feed.Minute+feed.Millis(n*n), false)
	}
	want("in readers' times", back, 1, 0)
}
