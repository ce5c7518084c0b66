package modeltest

import (
	"bytes"
	"io"
	"math"
	"slices"
	"testing"

	"readnext/internal/feed"
)

// answer is all that a model says to one query.
type answer struct {
	proposals []feed.Proposal
	features  []float32
}

// ask puts one query, with one column on either side that must stay as it is.
func ask(t testing.TB, m Model, w *world, q *feed.Query) answer {
	t.Helper()
	const mark = -7
	names := len(m.FeatureNames())
	cands := w.candidates(names + 2)
	for i := range cands {
		for j := range cands[i].Features {
			cands[i].Features[j] = mark
		}
	}
	m.Score(q, cands, 1)
	a := answer{proposals: m.Recall(q, 30, nil)}
	for i := range cands {
		f := cands[i].Features
		if f[0] != mark || f[names+1] != mark {
			t.Fatalf("Score wrote beside its columns: %v", f)
		}
		for j, v := range f[1 : names+1] {
			if math.IsNaN(float64(v)) || v < -1.0001 || v > 1.0001 {
				t.Fatalf("now %d, article %d: %s is %v", q.Now, i, m.FeatureNames()[j], v)
			}
		}
		a.features = append(a.features, f[1:names+1]...)
	}
	for _, p := range a.proposals {
		if s := float64(p.Score); math.IsNaN(s) || math.IsInf(s, 0) {
			t.Fatalf("now %d: proposal %+v", q.Now, p)
		}
		if p.Ord < 0 || int(p.Ord) >= len(w.items) || w.items[p.Ord] == nil {
			t.Fatalf("now %d: proposes unknown article %d", q.Now, p.Ord)
		}
	}
	return a
}

// askAll asks for some readers on every channel.
func askAll(t testing.TB, m Model, w *world) []answer {
	t.Helper()
	var all []answer
	for i := 0; i < Readers; i += 7 {
		for c := range Channels + 1 {
			all = append(all, ask(t, m, w, w.query(reader(i), feed.ChannelID(c), w.now)))
		}
	}
	return append(all, ask(t, m, w, w.query(feed.Anonymous, feed.AllChannels, w.now)))
}

func sameAnswer(a, b answer) bool {
	return slices.Equal(a.proposals, b.proposals) && slices.Equal(a.features, b.features)
}

func sameAnswers(t *testing.T, got, want []answer) {
	t.Helper()
	for i := range want {
		if !sameAnswer(got[i], want[i]) {
			t.Fatalf("answer %d differs:\n%v\n%v", i, got[i], want[i])
		}
	}
}

func write(t testing.TB, m Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, m Model, r io.Reader) Model {
	t.Helper()
	if err := m.ReadSnapshot(r); err != nil {
		t.Fatal(err)
	}
	return m
}
