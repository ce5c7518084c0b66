package factor_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"readnext/internal/feed"
	"readnext/internal/model/factor"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

func item(ord int) *feed.Item {
	return &feed.Item{ID: feed.ArticleID(1 + ord), Ord: feed.Ord(ord), Channels: []feed.ChannelID{1}}
}

func act(m *factor.Model, user string, ord int, value float64) {
	e := &feed.Event{User: feed.UserID(user), Action: feed.Click, Time: t0}
	m.Observe(feed.Observation{Event: e, Item: item(ord), Value: value})
}

// catalogue is a log of readers with one or two of a few tastes.
func catalogue(seed uint64, articles, readers, each int) [][]int {
	rng := rand.New(rand.NewPCG(seed, 0))
	tastes := 1 + articles/12
	rows := make([][]int, readers)
	for u := range rows {
		a, b := rng.IntN(tastes), rng.IntN(tastes)
		for range 1 + rng.IntN(2*each) {
			ord := (rng.IntN(articles/tastes+1)*tastes + a) % articles
			switch rng.IntN(5) {
			case 0:
				ord = int(float64(articles) * math.Pow(rng.Float64(), 2))
			case 1:
				ord = (rng.IntN(articles/tastes+1)*tastes + b) % articles
			}
			if !slices.Contains(rows[u], ord) {
				rows[u] = append(rows[u], ord)
			}
		}
	}
	return rows
}

func fill(m *factor.Model, articles int, rows [][]int) {
	for ord := range articles {
		m.ObserveItem(item(ord))
	}
	for u, row := range rows {
		for _, ord := range row {
			act(m, fmt.Sprint(u), ord, 1)
		}
	}
}

// scores returns what Score says of all articles, undone from its shape: the
// first column alone.
func scores(m *factor.Model, q *feed.Query, articles int) []float32 {
	cands := make([]feed.Candidate, articles)
	for ord := range cands {
		cands[ord] = feed.Candidate{Item: item(ord), Features: make([]float32, 2)}
	}
	m.Score(q, cands, 0)
	out := make([]float32, articles)
	for i := range cands {
		out[i] = cands[i].Features[0]
	}
	return out
}

func query(ords ...int) *feed.Query {
	q := &feed.Query{User: "q", Now: t0}
	for _, ord := range ords {
		q.Acted = append(q.Acted, feed.Ord(ord))
	}
	return q
}

// reference is B by the book: the inverse of the whole matrix.
func reference(articles int, rows [][]int, ridge, share, activity float64) *mat.Dense {
	a := mat.NewDense(articles, articles, nil)
	for _, row := range rows {
		for _, i := range row {
			for _, j := range row {
				a.Set(i, j, a.At(i, j)+math.Pow(float64(len(row)), -activity))
			}
		}
	}
	for i := range articles {
		a.Set(i, i, a.At(i, i)*(1+share)+ridge)
	}
	var p, b mat.Dense
	if err := p.Inverse(a); err != nil {
		panic(err)
	}
	b.CloneFrom(&p)
	for i := range articles {
		for j := range articles {
			b.Set(i, j, -p.At(i, j)/p.At(j, j))
		}
		b.Set(i, i, 0)
	}
	return &b
}

// TestExact holds both ways to solve against the textbook. 150 articles are
// several blocks; all are read together, so that none is left out of a
// regression.
func TestExact(t *testing.T) {
	const articles = 150
	rows := catalogue(1, articles, 900, 12)
	all := make([]int, articles)
	for i := range all {
		all[i] = i
	}
	rows = append(rows, all)
	b := reference(articles, rows, 5, 0.2, 0.5)
	for _, dense := range []int{articles, 0} {
		cfg := factor.Config{Dense: dense, Ridge: 5, RidgeShare: 0.2}
		if dense == 0 {
			cfg.Dense = 1
		}
		m := must(factor.New(cfg))
		fill(m, articles, rows)
		m.Fit()
		for _, past := range [][]int{{0}, {3, 77}, {1, 2, 149, 40}} {
			want, highest := make([]float64, articles), 0.0
			for j := range want {
				for _, i := range past {
					want[j] += b.At(i, j)
				}
				highest = max(highest, want[j])
			}
			for j, got := range scores(m, query(past...), articles) {
				if x := max(want[j]/highest, -1); math.Abs(float64(got)-x) > 1e-3 {
					t.Errorf("dense %d, past %v, article %d: %v, want %v", cfg.Dense, past, j, got, x)
				}
			}
		}
	}
}

// TestSchedule folds one log beside random delays and questions: whatever the
// background does, the state and the settled answers are the same.
func TestSchedule(t *testing.T) {
	const articles = 60
	rows := catalogue(2, articles, 400, 8)
	fold := func(seed uint64) (states [][]byte, answers [][]float32) {
		rng := rand.New(rand.NewPCG(seed, 0))
		m := must(factor.New(factor.Config{First: 20}))
		defer m.Close()
		for u, row := range rows {
			for _, ord := range row {
				act(m, fmt.Sprint(u), ord, 1)
				switch rng.IntN(20) {
				case 0:
					m.Refit()
				case 1:
					m.Wait()
				case 2:
					m.Fit()
				case 3:
					runtime.Gosched()
				}
			}
			if u%37 == 0 {
				m.Forget(feed.UserID(fmt.Sprint(u / 2)))
			}
			if u%50 == 0 {
				states = append(states, snapshot(t, m))
				q := query(row...)
				q.Settled = true
				answers = append(answers, scores(m, q, articles))
			}
		}
		return states, answers
	}
	states, answers := fold(0)
	for seed := range uint64(4) {
		s, a := fold(1 + seed)
		for i := range states {
			if !bytes.Equal(s[i], states[i]) || !slices.Equal(a[i], answers[i]) {
				t.Fatalf("fold %d differs at point %d", seed, i)
			}
		}
	}
}

func snapshot(t testing.TB, m *factor.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPending stops with a settled fit under way, and goes on from a snapshot.
func TestPending(t *testing.T) {
	const articles = 60
	rows := catalogue(3, articles, 200, 8)
	whole := must(factor.New(factor.Config{First: 300}))
	fill(whole, articles, rows)
	half := must(factor.New(factor.Config{First: 300}))
	n := 0
	for u := range rows { // the copy is taken at 300, used at 375
		if n += len(rows[u]); n > 330 {
			n = u
			break
		}
	}
	fill(half, articles, rows[:n])
	half.Forget("5") // its row goes from the copy
	whole2 := must(factor.New(factor.Config{First: 300}))
	half.Close()
	b := snapshot(t, half)
	if err := whole2.ReadSnapshot(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(snapshot(t, whole2), b) {
		t.Fatal("a snapshot with a fit under way is not exact")
	}
	for u := n; u < len(rows); u++ {
		for _, ord := range rows[u] {
			act(half, fmt.Sprint(u), ord, 1) // closed: fits when it must
			act(whole2, fmt.Sprint(u), ord, 1)
		}
	}
	if !bytes.Equal(snapshot(t, whole2), snapshot(t, half)) {
		t.Fatal("going on from a snapshot differs")
	}
	if bytes.Equal(snapshot(t, whole), snapshot(t, half)) {
		t.Fatal("forgetting a reader changed nothing")
	}
	for _, m := range []*factor.Model{whole, whole2, half} {
		m.Close()
	}
}

// TestReplicasAtRest have folded one log, one of them from a snapshot: once
// the log stands still, both answer the same.
func TestReplicasAtRest(t *testing.T) {
	const articles = 60
	rows := catalogue(4, articles, 300, 8)
	a, b := must(factor.New(factor.Config{})), must(factor.New(factor.Config{}))
	fill(a, articles, rows[:150])
	a.Refit()
	if err := b.ReadSnapshot(bytes.NewReader(snapshot(t, a))); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*factor.Model{a, b} {
		for u := 150; u < 300; u++ {
			for _, ord := range rows[u] {
				act(m, fmt.Sprint(u), ord, 1)
			}
		}
		for range 3 {
			m.Refit()
			m.Wait()
		}
	}
	exact := must(factor.New(factor.Config{}))
	fill(exact, articles, rows)
	exact.Fit()
	for u := range 50 {
		q := query(rows[u]...)
		want := scores(exact, q, articles)
		if !slices.Equal(scores(a, q, articles), want) || !slices.Equal(scores(b, q, articles), want) {
			t.Fatalf("reader %d is answered differently", u)
		}
	}
	for _, m := range []*factor.Model{a, b, exact} {
		m.Close()
	}
}

// TestForgottenWhileFitting holds that a refit lets go of what it was made of:
// at once when a reader in it is forgotten, at its end otherwise.
func TestForgottenWhileFitting(t *testing.T) {
	const articles = 400
	m := must(factor.New(factor.Config{First: 1 << 20}))
	defer m.Close()
	fill(m, articles, catalogue(11, articles, 1500, 20))
	m.Refit()
	m.Refit() // the log stood still
	m.Forget("nobody")
	m.Forget("7")
	if n := sizeOf(m, "copied"); n != 0 {
		t.Errorf("%d interactions are held by a fit with a forgotten reader", n)
	}
	m.Refit()
	m.Refit()
	m.Wait()
	if n := sizeOf(m, "copied"); n != 0 {
		t.Errorf("%d interactions are held by a fit that is done", n)
	}
	if n := sizeOf(m, "fitted"); n != articles {
		t.Errorf("%d articles are fitted after a reader was forgotten, not %d", n, articles)
	}
}

func sizeOf(m *factor.Model, name string) int {
	size := -1
	m.Sizes(func(have string, n int) {
		if have == name {
			size = n
		}
	})
	return size
}

// TestPace gives fits a clock on which each takes a second, and a tenth of a
// processor.
func TestPace(t *testing.T) {
	var clock atomic.Int64
	cfg := factor.Config{FitCPU: 0.1, Clock: func() time.Duration { return time.Duration(clock.Add(int64(time.Second))) }}
	m := must(factor.New(cfg))
	fill(m, 20, catalogue(5, 20, 30, 3))
	fitted := func() bool {
		m.Refit()
		m.Wait()
		return m.Recall(query(0, 1, 2), 5, nil) != nil
	}
	for !fitted() { // at the latest when the log stood still
	}
	act(m, "new", 1, 1)
	before := snapshotOfServing(m)
	m.Refit() // 1 of some 90 is more than half a percent, but it rests
	m.Wait()
	if !slices.Equal(snapshotOfServing(m), before) {
		t.Fatal("it does not rest")
	}
	clock.Add(int64(9 * time.Second))
	m.Refit()
	m.Wait()
	if slices.Equal(snapshotOfServing(m), before) {
		t.Fatal("it rests for ever")
	}
}

func snapshotOfServing(m *factor.Model) []float32 {
	var all []float32
	for ord := range 20 {
		for _, p := range m.Recall(query(ord), 20, nil) {
			all = append(all, p.Score)
		}
	}
	return all
}

func TestBecauseAndSimilar(t *testing.T) {
	m := must(factor.New(factor.Config{Ridge: 1}))
	for ord := range 6 {
		m.ObserveItem(item(ord))
	}
	for u := range 30 { // 0-1-2 go together, and 3-4-5, 1 with 4 at times
		act(m, fmt.Sprint(u), u%2*3, 1)
		act(m, fmt.Sprint(u), u%2*3+1, 1)
		if u%3 > 0 {
			act(m, fmt.Sprint(u), u%2*3+2, 1)
		}
		if u%7 == 0 {
			act(m, fmt.Sprint(u), 4-u%2*3, 1)
		}
	}
	m.Fit()
	if from, ok := m.Because(query(4, 0), 2); !ok || from != 0 {
		t.Errorf("2 is because of %d, %v", from, ok)
	}
	if from, ok := m.Because(query(4), 99); ok {
		t.Errorf("an unknown article is because of %d", from)
	}
	got := m.Similar(3, t0, 2, nil)
	if len(got) != 2 || got[0].Score != 1 || got[0].Ord < 4 || got[1].Ord < 4 {
		t.Errorf("similar to 3: %v", got)
	}
	// Acts stand in for Acted, without what was disliked since.
	q := &feed.Query{Now: t0, Acts: []feed.ItemAct{
		{Item: item(0), Value: -2}, {Item: item(3), Value: 1}, {Item: item(0), Value: 1},
	}}
	got = m.Recall(q, 10, nil)
	if len(got) == 0 || got[0].Ord != 4 {
		t.Errorf("recalled %v", got)
	}
	if from, ok := m.Because(q, 5); !ok || from != 3 {
		t.Errorf("5 is because of %d, %v", from, ok)
	}
	for _, p := range got {
		if p.Ord == 0 || p.Ord == 3 {
			t.Errorf("proposes what the reader acted on: %v", got)
		}
	}
}

// TestLeftOut are articles that nobody may be shown any more.
func TestLeftOut(t *testing.T) {
	m := must(factor.New(factor.Config{Ridge: 1}))
	rows := catalogue(6, 30, 200, 6)
	fill(m, 30, rows)
	gone := item(3)
	gone.Withdrawn = true
	m.ObserveItem(gone)
	over := item(4)
	over.Expires = t0 - 2*feed.Day
	m.ObserveItem(over)
	m.Fit()
	fitted := 0
	m.Sizes(func(name string, n int) {
		if name == "fitted" {
			fitted = n
		}
	})
	if fitted != 28 {
		t.Errorf("%d articles fitted, not 28", fitted)
	}
	for u := range rows {
		for _, p := range m.Recall(query(rows[u]...), 30, nil) {
			if p.Ord == 3 || p.Ord == 4 {
				t.Fatalf("proposes article %d", p.Ord)
			}
		}
	}
	act(m, "0", rows[0][0], -2)
	before := 0
	for _, row := range rows {
		before += len(row)
	}
	m.Sizes(func(name string, n int) {
		if name == "interactions" && n != before-1 {
			t.Errorf("%d interactions after a dislike, not %d", n, before-1)
		}
	})
}
