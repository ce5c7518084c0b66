package affinity_test

import (
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
)

func TestExplain(t *testing.T) {
	a, b := item(0, 7, 1, 2), item(1, 8, 4)
	c := item(2, 7, 1, 2, 3)
	c.Channels = []feed.ChannelID{1, 2}
	a.Embedding, b.Embedding, c.Embedding = []float32{1, 0}, []float32{0, 1}, []float32{0.9, 0.1}
	m := folded(affinity.Config{}, a, b, c, item(3, 0, 1))
	likes := query(act(b, 0.5, 0), act(a, 1, 0))
	hates := query(act(a, -1, 0), act(b, 0.5, 0))
	for _, tc := range []struct {
		name string
		q    *feed.Query
		lift []float64
		want feed.Reason
	}{
		{"tag", likes, []float64{0.5, 0.4, 0, 0}, feed.Reason{Kind: feed.ReasonTag, Name: 2}}, // the rarer one
		{"author", likes, []float64{0.3, 0.4, 0, 0}, feed.Reason{Kind: feed.ReasonAuthor, Name: 7}},
		{"channel", likes, []float64{0, 0, 0.1, 0}, feed.Reason{Kind: feed.ReasonChannel, Channel: 1}},
		{"likeness", likes, []float64{0, 0, 0.1, 0.2}, feed.Reason{Kind: feed.ReasonLikeness, Article: a.ID}},
		{"nothing lifts", likes, []float64{0, -1, 0, 0}, feed.Reason{}},
		{"the taste does not bear it out", hates, []float64{0.2, 0.9, 0, 0}, feed.Reason{}},
		{"only the less likely does", hates, []float64{0.2, 0.9, 0, 0.1}, feed.Reason{Kind: feed.ReasonLikeness, Article: b.ID}},
		{"nobody is known", query(), []float64{1, 1, 1, 1}, feed.Reason{}},
	} {
		got, ok := m.Explain(tc.q, c, score(m, tc.q, c), append(tc.lift, 0, 0, 0, 0, 0))
		if got != tc.want || ok != (tc.want.Kind != feed.ReasonNone) {
			t.Errorf("%s: %+v, %v, not %+v", tc.name, got, ok, tc.want)
		}
	}
}
