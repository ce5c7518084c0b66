package modeltest

import (
	"bytes"
	"math"
	"slices"
	"sync"
	"testing"

	"readnext/internal/feed"
)

func (s *suite) empty(t *testing.T) {
	m := s.fresh()
	if m.Name() == "" || len(m.FeatureNames()) == 0 {
		t.Fatalf("name %q, features %q", m.Name(), m.FeatureNames())
	}
	w := made(1, 500)
	for _, a := range askAll(t, m, w) {
		if len(a.proposals) != 0 {
			t.Fatalf("an empty model proposes %v", a.proposals)
		}
	}
	read(t, s.fresh(), bytes.NewReader(write(t, m)))
}

func (s *suite) recall(t *testing.T) {
	w := made(2, 3000)
	m := fold(s.fresh(), w.steps)
	proposed := 0
	for i := range Readers {
		for c := range Channels + 1 {
			q := w.query(reader(i), feed.ChannelID(c), w.now)
			mine := feed.Proposal{Ord: -5, Score: -5}
			got := m.Recall(q, 20, []feed.Proposal{mine})
			if len(got) > 21 || len(got) == 0 || got[0] != mine || s.silent && len(got) > 1 {
				t.Fatalf("Recall does not append at most 20: %v", got)
			}
			got = got[1:]
			proposed += len(got)
			in, seen := 0, make(map[feed.Ord]bool)
			for j, p := range got {
				if seen[p.Ord] {
					t.Fatalf("proposes article %d twice: %v", p.Ord, got)
				}
				seen[p.Ord] = true
				if j > 0 && p.Score > got[j-1].Score {
					t.Fatalf("not best first: %v", got)
				}
				if w.items[p.Ord].In(q.Channel) {
					in++
				}
			}
			if 2*in < len(got) {
				t.Fatalf("of %d proposals for channel %d only %d are in it", len(got), c, in)
			}
			if few := m.Recall(q, 5, nil); len(few) > 5 || len(few) < min(5, len(got)) {
				t.Fatalf("%d proposals when asked for 5, %d for 20", len(few), len(got))
			}
			if none := m.Recall(q, 0, nil); len(none) != 0 {
				t.Fatalf("%d proposals when asked for 0", len(none))
			}
		}
	}
	if proposed == 0 && !s.silent {
		t.Fatal("never proposes anything")
	}
}

func (s *suite) deterministic(t *testing.T) {
	w := made(3, 3000)
	a, b := fold(s.fresh(), w.steps), fold(s.fresh(), w.steps)
	if !bytes.Equal(write(t, a), write(t, b)) {
		t.Fatal("two folds of one log differ")
	}
	first := askAll(t, a, w)
	sameAnswers(t, askAll(t, b, w), first)
	sameAnswers(t, askAll(t, a, w), first) // asking changes nothing
	if !bytes.Equal(write(t, a), write(t, b)) {
		t.Fatal("asking changed the state")
	}
}

func (s *suite) snapshot(t *testing.T) {
	w := made(4, 3000)
	straight := fold(s.fresh(), w.steps)
	want, answers := write(t, straight), askAll(t, straight, w)
	for _, cut := range []int{0, 1, 20, 500, 1500, len(w.steps) - 1, len(w.steps)} {
		halfway := write(t, fold(s.fresh(), w.steps[:cut]))
		m := read(t, s.fresh(), bytes.NewReader(halfway))
		if !bytes.Equal(write(t, m), halfway) {
			t.Fatalf("a snapshot of %d steps is not exact", cut)
		}
		fold(m, w.steps[cut:])
		if !bytes.Equal(write(t, m), want) {
			t.Fatalf("a snapshot of %d steps and the rest differ from one fold", cut)
		}
		sameAnswers(t, askAll(t, m, w), answers)
	}
	// A model that knows something else forgets it.
	other := fold(s.fresh(), made(5, 1000).steps)
	if got := write(t, read(t, other, bytes.NewReader(want))); !bytes.Equal(got, want) {
		t.Fatal("a snapshot read into a used model is not exact")
	}
	// What follows a snapshot is left to others.
	two := bytes.NewReader(append(slices.Clone(want), "rest"...))
	read(t, s.fresh(), two)
	if two.Len() != len("rest") {
		t.Fatalf("%d bytes left after a snapshot, not 4", two.Len())
	}
}

func (s *suite) garbage(t *testing.T) {
	w := made(6, 600)
	m := fold(s.fresh(), w.steps)
	good := write(t, m)
	refuse := func(name string, b []byte) {
		t.Helper()
		if s.fresh().ReadSnapshot(bytes.NewReader(b)) == nil {
			t.Fatalf("%s: read as a snapshot", name)
		}
	}
	refuse("nothing", nil)
	for n := 0; n < len(good); n += 1 + len(good)/500 {
		refuse("cut short", good[:n])
	}
	refuse("zeros", make([]byte, 1000))
	refuse("ones", bytes.Repeat([]byte{0xff}, 1000))
	refuse("huge count", append(slices.Clone(good[:min(len(good), 64)]), bytes.Repeat([]byte{0xff}, 64)...))
	refuse("text", []byte("the quick brown fox jumps over the lazy dog"))

	// Refused, it leaves the state as it was.
	if m.ReadSnapshot(bytes.NewReader(good[:len(good)/2])) == nil {
		t.Fatal("half a snapshot read as a whole one")
	}
	if !bytes.Equal(write(t, m), good) {
		t.Fatal("a refused snapshot changed the state")
	}

	// A flipped bit may go unnoticed here (the container has a checksum), but
	// must do no harm.
	for i := range 2000 {
		bad := slices.Clone(good)
		bad[w.rng.IntN(len(bad))] ^= 1 << w.rng.IntN(8)
		m := s.fresh()
		if m.ReadSnapshot(bytes.NewReader(bad)) == nil && i%20 == 0 {
			use(t, m, w)
		}
	}
}

// use asks and folds on, for the sake of what might break.
func use(t testing.TB, m Model, w *world) {
	for i := 0; i < Readers; i += 20 {
		q := w.query(reader(i), feed.AllChannels, w.now)
		m.Recall(q, 30, nil)
		m.Score(q, w.candidates(len(m.FeatureNames())), 0)
	}
	fold(m, w.steps)
	write(t, m)
}

func (s *suite) bounded(t *testing.T) {
	w := newWorld(7)
	m := s.fresh()
	for range 20 {
		w.steps = w.steps[:0]
		for range 2000 {
			w.step()
		}
		fold(m, w.steps)
		sizes := make(map[string]int)
		m.Sizes(func(name string, n int) { sizes[name] = n })
		for name, most := range s.bounds {
			if n, ok := sizes[name]; !ok || n > most {
				t.Fatalf("%s is %d, above %d (sizes: %v)", name, n, most, sizes)
			}
		}
	}
}

// times are those that a question may be about.
func times(now feed.Millis) []feed.Millis {
	return []feed.Millis{0, 1, start, now - 3650*feed.Day, now - feed.Hour, now, now + feed.Day, now + 3650*feed.Day,
		now + 365000*feed.Day, math.MaxInt64 / 2, math.MaxInt64}
}

func (s *suite) finite(t *testing.T) {
	w := made(8, 3000)
	// Events as far apart as events can be, and worth as much as they can.
	for _, at := range []feed.Millis{0, 1, w.now, 1 << 45} {
		for ord := range 20 {
			if w.items[ord] == nil {
				continue
			}
			for _, a := range []feed.Action{feed.Exposure, feed.Click, feed.Share, feed.Dislike} {
				w.act(reader(ord%3), ord, a, at, true)
			}
			w.steps[len(w.steps)-2].event.Value = math.MaxFloat64
		}
	}
	m := fold(s.fresh(), w.steps)
	for _, now := range times(w.now) {
		for i := range Readers {
			ask(t, m, w, w.query(reader(i), feed.ChannelID(i%(Channels+1)), now))
		}
	}
	back := read(t, s.fresh(), bytes.NewReader(write(t, m)))
	sameAnswers(t, askAll(t, back, w), askAll(t, m, w))
}

func (s *suite) forget(t *testing.T) {
	w := made(9, 3000)
	m := fold(s.fresh(), w.steps)
	before := write(t, m)
	m.Forget("never heard of")
	if !bytes.Equal(write(t, m), before) {
		t.Fatal("forgetting an unknown reader changed the state")
	}
	for i := range Readers {
		m.Forget(reader(i))
		delete(w.acts, reader(i))
		known := ask(t, m, w, w.query(reader(i), feed.AllChannels, w.now))
		stranger := ask(t, m, w, w.query("stranger", feed.AllChannels, w.now))
		if !sameAnswer(known, stranger) {
			t.Fatalf("%s was forgotten, but is no stranger", reader(i))
		}
	}
	if bytes.Contains(write(t, m), []byte("reader-")) {
		t.Fatal("the snapshot names readers; all were forgotten")
	}
	once := write(t, m)
	m.Forget(reader(0))
	if !bytes.Equal(write(t, m), once) {
		t.Fatal("forgetting twice changed the state")
	}
}

func (s *suite) withdrawn(t *testing.T) {
	w := made(10, 2000)
	m := fold(s.fresh(), w.steps)
	w.steps = nil
	for ord := range w.items {
		if w.items[ord] == nil {
			continue
		}
		w.withdraw(ord)
	}
	fold(m, w.steps)
	askAll(t, m, w)
	read(t, s.fresh(), bytes.NewReader(write(t, m)))
	w.steps = nil
	for ord := range w.items {
		if w.items[ord] == nil {
			continue
		}
		w.put(ord)
	}
	for range 500 {
		w.event()
	}
	fold(m, w.steps)
	proposed := 0
	for _, a := range askAll(t, m, w) {
		proposed += len(a.proposals)
	}
	if proposed == 0 && !s.silent {
		t.Fatal("nothing is proposed of what was put back")
	}
}

func (s *suite) concurrent(t *testing.T) {
	w := made(11, 2000)
	m := s.fresh()
	fold(m, w.steps[:1000])
	done := make(chan struct{})
	var asking sync.WaitGroup
	for g := range 3 {
		asking.Go(func() {
			for i := g; ; i++ {
				select {
				case <-done:
					return
				default:
					ask(t, m, w, w.query(reader(i%Readers), feed.ChannelID(i%(Channels+1)), w.now))
					m.Sizes(func(string, int) {})
				}
			}
		})
	}
	rest := w.steps[1000:]
	for i, step := range rest {
		if i%20 == 0 {
			touch(m, rest[i:min(i+40, len(rest))]) // changes nothing
		}
		step.fold(m)
		if i%250 == 0 {
			write(t, m)
		}
	}
	close(done)
	asking.Wait()
	if want := fold(s.fresh(), w.steps); !bytes.Equal(write(t, m), write(t, want)) {
		t.Fatal("being asked meanwhile changed the state")
	}
}
