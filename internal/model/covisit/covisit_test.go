package covisit_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/covisit"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

// plain counts edges as they are: nothing fades or is damped.
func plain() covisit.Config {
	return covisit.Config{HalfLife: 1 << 50, Damping: -1, SourceDamping: -1}
}

// world makes articles and events for a model.
type world struct {
	t     *testing.T
	m     *covisit.Model
	items map[string]*feed.Item
	names map[feed.Ord]string
}

func newWorld(t *testing.T, c covisit.Config) *world {
	return &world{t, must(covisit.New(c)), make(map[string]*feed.Item), make(map[feed.Ord]string)}
}

func (w *world) item(name string) *feed.Item {
	if it := w.items[name]; it != nil {
		return it
	}
	ord := feed.Ord(len(w.items))
	it := &feed.Item{ID: feed.ArticleID(1 + ord), Ord: ord, Channels: []feed.ChannelID{1}}
	w.items[name], w.names[ord] = it, name
	w.m.ObserveItem(it)
	return it
}

func (w *world) act(user feed.UserID, name string, at feed.Millis, value float64) {
	w.m.Observe(feed.Observation{Event: &feed.Event{User: user, Action: feed.Click, Time: at}, Item: w.item(name), Value: value})
}

// similar writes the neighbours of an article and their shares.
func (w *world) similar(name string) string {
	return w.write(w.m.Similar(w.item(name).Ord, t0, 100, nil))
}

func (w *world) write(ps []feed.Proposal) string {
	s := ""
	for _, p := range ps {
		s += fmt.Sprintf("%s %.4g ", w.names[p.Ord], p.Score)
	}
	return s
}

func (w *world) want(name, want string) {
	w.t.Helper()
	if got := w.similar(name); got != want {
		w.t.Errorf("similar to %s: %q, not %q", name, got, want)
	}
}

func TestWeights(t *testing.T) {
	w := newWorld(t, plain())
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		w.item(name)
	}
	w.act("1", "a", t0, 1)
	w.act("1", "b", t0, 1) // 1
	w.act("2", "a", t0, 1)
	w.act("2", "c", t0+6*feed.Hour, 1) // 1/(1+1)
	w.act("3", "a", t0, 1)
	w.act("3", "d", t0+18*feed.Hour, 1) // 1/(1+3)
	w.act("4", "a", t0, 1)
	w.act("4", "x", t0, 1)
	w.act("4", "e", t0, 1) // two articles on: 1/2
	w.act("5", "a", t0, 1)
	w.act("5", "f", t0+20*feed.Day, 1) // the floor
	w.act("6", "a", t0, 1)
	w.act("6", "g", t0+31*feed.Day, 1) // out of the window
	w.want("a", "b 1 x 1 c 0.5 e 0.5 d 0.25 f 0.1 ")
	w.want("e", "x 1 a 0.5 ") // 0.5 and 0.25 against the order
	w.want("x", "e 1 a 0.5 ")
	w.want("g", "")
}

func TestValueCountsOnce(t *testing.T) {
	w := newWorld(t, plain())
	w.act("1", "a", t0, 1)
	w.act("1", "b", t0+1, 1)   // click
	w.act("1", "b", t0+2, 0.5) // glance
	w.act("1", "b", t0+3, 2)   // collect: 1 more
	w.act("2", "a", t0, 1)
	w.act("2", "c", t0, 2)
	for range 10 { // back and forth is no more evidence
		w.act("1", "a", t0+3, 1)
		w.act("1", "b", t0+3, 2)
	}
	w.want("a", "b 1 c 1 ")
	w.act("1", "a", t0, -2)
	w.act("", "a", t0, 1)
	w.act("", "d", t0, 1)
	w.act("3", "a", t0, 1)
	w.act("3", "e", t0, -1)
	w.want("a", "b 1 c 1 ")
}

func TestLateActs(t *testing.T) {
	w := newWorld(t, plain())
	w.act("1", "a", t0, 1)
	w.act("1", "c", t0, 1)
	w.act("1", "z", t0-1, 1) // before both: z→a at 1, z→c at 2
	w.want("z", "a 1 c 0.5 ")
	w.want("a", "c 1 z 0.5 ")
}

func TestDecay(t *testing.T) {
	c := plain()
	c.HalfLife = 14 * feed.Day
	w := newWorld(t, c)
	w.act("1", "a", t0, 1)
	w.act("1", "b", t0, 1)
	w.act("2", "a", t0+28*feed.Day, 1)
	w.act("2", "c", t0+28*feed.Day, 1)
	w.act("3", "a", t0+14*feed.Day, 1) // late
	w.act("3", "d", t0+14*feed.Day, 1)
	w.want("a", "c 1 d 0.5 b 0.25 ")
	// So far on that the landmark moves; then beyond what is kept.
	later := t0 + 28*feed.Day + 50*14*feed.Day
	w.act("4", "a", later, 1)
	w.act("4", "e", later, 1)
	w.want("a", fmt.Sprintf("e 1 c %.4g d %.4g b %.4g ", math.Exp2(-50), math.Exp2(-51), math.Exp2(-52)))
	later += 99 * 14 * feed.Day
	w.act("5", "a", later, 1)
	w.act("5", "f", later, 1)
	w.want("a", fmt.Sprintf("f 1 e %.4g ", math.Exp2(-99)))
}

func TestDamping(t *testing.T) {
	w := newWorld(t, covisit.Config{HalfLife: 1 << 50, Damping: 0.5, SourceDamping: 0.25})
	w.act("1", "a", t0, 1)
	w.act("1", "b", t0, 1)
	w.act("2", "a", t0, 1)
	w.act("2", "hit", t0, 1)
	for i := range 15 {
		w.act(feed.UserID(fmt.Sprint("other", i)), "hit", t0, 1)
	}
	w.want("a", "b 1 hit 0.25 ") // 1/16^0.5

	// From the blockbuster and from b, each with an edge of 1 to a new one.
	w.act("3", "hit", t0, 1) // 17 by now
	w.act("3", "x", t0, 1)
	w.act("4", "b", t0, 1) // 2 by now
	w.act("4", "y", t0, 1)
	hit, b := w.m.Recall(w.asks("hit"), 9, nil), w.m.Recall(w.asks("b"), 9, nil)
	if w.names[hit[0].Ord] != "x" || w.names[b[0].Ord] != "y" {
		t.Fatalf("after hit: %s, after b: %s", w.write(hit), w.write(b))
	}
	// Both at once, hit first: x weighs 1/17^0.25, y half of 1/2^0.25.
	both := w.score(w.asks("hit", "b"), "x", "y")
	near(t, "y beside x", float64(both[1][0]/both[0][0]), 0.5*math.Pow(17./2, 0.25))
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-5) {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

// asks is the query of a reader who read articles an instant ago, newest first.
func (w *world) asks(names ...string) *feed.Query {
	q := &feed.Query{Channel: 1, Now: t0}
	for _, name := range names {
		q.Acts = append(q.Acts, feed.ItemAct{Item: w.item(name), Value: 1, Act: feed.Act{Time: t0}})
	}
	return q
}

func (w *world) score(q *feed.Query, names ...string) [][]float32 {
	cands := make([]feed.Candidate, len(names))
	rows := make([][]float32, len(names))
	for i, name := range names {
		rows[i] = make([]float32, 3)
		cands[i] = feed.Candidate{Item: w.item(name), Features: rows[i]}
	}
	w.m.Score(q, cands, 0)
	return rows
}

func TestScore(t *testing.T) {
	w := newWorld(t, plain())
	pair := func(user feed.UserID, a, b string) {
		w.act(user, a, t0, 1)
		w.act(user, b, t0, 1)
	}
	pair("1", "a", "x")
	pair("2", "a", "y")
	pair("3", "b", "y")
	pair("4", "b", "z")
	pair("5", "b", "z")
	pair("6", "c", "v")
	// a is newest: x 1, y 1+1/2, z 2·1/2, w nothing.
	q := w.asks("a", "b")
	rows := w.score(q, "x", "y", "z", "w", "y")
	for i, want := range [][2]float64{{1 / 1.5, 1}, {1, 1}, {1 / 1.5, 0}, {0, 0}, {1, 1}} {
		near(t, fmt.Sprint("covisit of ", i), float64(rows[i][0]), want[0])
		near(t, fmt.Sprint("covisit_last of ", i), float64(rows[i][1]), want[1])
	}
	// An act of AgeHalf's age weighs half.
	q.Acts[1].Time = t0 - 7*feed.Day
	near(t, "x", float64(w.score(q, "x", "y", "z")[0][0]), 1/1.25)
	// An article whose newest act is a dislike says nothing; the next is last.
	q = w.asks("a", "b")
	q.Acts[0].Value = -2
	near(t, "y", float64(w.score(q, "x", "y", "z")[1][1]), 0.5)
	near(t, "x", float64(w.score(q, "x", "y", "z")[0][0]), 0)
	// Proposals: neither what was read nor what cannot be shown.
	q = w.asks("a", "b", "x")
	if got := w.write(w.m.Recall(q, 9, nil)); got != "y 1 z 0.6667 " {
		t.Errorf("proposes %q", got)
	}
	q.Channel = 2
	if got := w.write(w.m.Recall(q, 9, nil)); got != "" {
		t.Errorf("proposes %q on another channel", got)
	}
	gone := *w.item("y")
	gone.Withdrawn = true
	w.m.ObserveItem(&gone)
	if got := w.write(w.m.Recall(w.asks("a", "b", "x"), 9, nil)); got != "z 1 " {
		t.Errorf("proposes %q when y is withdrawn", got)
	}
}

func TestSpaceSaving(t *testing.T) {
	c := plain()
	c.Neighbours, c.Reverse = 2, -1
	w := newWorld(t, c)
	n := 0
	follow := func(name string, times int) {
		for range times {
			n++
			user := feed.UserID(fmt.Sprint(n))
			w.act(user, "a", t0, 1)
			w.act(user, name, t0, 1)
		}
	}
	follow("x", 5)
	follow("y", 3)
	w.want("a", "x 1 y 0.6 ")
	follow("z", 1) // takes y's place and inherits its 3, of which it is sure of 1
	w.want("a", "x 1 z 0.2 ")
	follow("y", 1) // takes z's place, of count 4
	w.want("a", "x 1 y 0.2 ")
	follow("y", 2) // 7 by now, so x with its 5 is the weakest
	follow("v", 1)
	w.want("a", "y 1 v 0.3333 ")
	follow("v", 8)
	w.want("a", "v 1 y 0.3333 ")
}

func TestReadersAreBounded(t *testing.T) {
	c := plain()
	c.Readers, c.Positions = 2, 2
	w := newWorld(t, c)
	w.act("1", "a", t0, 1)
	w.act("2", "b", t0, 1)
	w.act("1", "c", t0, 1)
	w.act("3", "d", t0, 1) // 2 is heard of longest ago
	w.act("2", "e", t0, 1)
	w.want("b", "")
	w.want("a", "c 1 ")
	w.act("3", "f", t0, 1)
	w.want("d", "f 1 ")
	w.act("3", "g", t0, 1) // the second article behind d, which is forgotten
	w.want("d", "f 1 ")
	w.want("f", "g 1 d 0.5 ")
}

// TestForget compares a reader who was forgotten, then acts, with one who was
// never heard of.
func TestForget(t *testing.T) {
	fold := func(user feed.UserID) []byte {
		w := newWorld(t, covisit.Config{})
		for i := range feed.Millis(10) {
			w.act("1", string('a'+rune(i)), t0+i, 1)
			w.act("2", string('f'+rune(i)), t0+i, 1)
		}
		w.m.Forget("1")
		w.act(user, "z", t0+20, 1)
		w.m.Forget(user)
		var b bytes.Buffer
		if err := w.m.WriteSnapshot(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if !bytes.Equal(fold("1"), fold("3")) {
		t.Error("what a forgotten reader had read is still linked")
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]covisit.Config{
		"neighbours": {Neighbours: -1},
		"readers":    {Readers: -1},
		"positions":  {Positions: 1},
		"half-life":  {HalfLife: 1},
		"window":     {Window: -1},
		"gap half":   {GapHalf: -1},
		"gap floor":  {GapFloor: 2},
		"reverse":    {Reverse: math.NaN()},
		"damping":    {Damping: 0.6, SourceDamping: 0.6},
		"latest":     {Latest: 1000},
		"age half":   {AgeHalf: -1},
	} {
		if _, err := covisit.New(c); feed.KindOf(err) != feed.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
