package trending_test

import (
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/trending"
)

func TestExplain(t *testing.T) {
	m := must(trending.New(three(trending.Config{})))
	q := &feed.Query{Channel: 3}
	for _, tc := range []struct {
		name     string
		features []float32
		lift     []float64
		want     feed.Reason
	}{
		{"now", []float32{1, 1, 1, 1, 1, 1, 0.6, 0}, []float64{0.2, 0.1, 0.2, 0, 0.1, 0, 0.1, 0}, feed.Reason{Kind: feed.ReasonTrending, Channel: 3}},
		{"today", []float32{1, 1, 1, 1, 1, 1, 0.6, 0}, []float64{0.1, 0, 0.1, 0.1, 0.1, 0, 0.1, 0}, feed.Reason{Kind: feed.ReasonTrending, Channel: 3}},
		{"for weeks", []float32{0, 0, 0, 0, 1, 1, 0.6, 0}, []float64{0, 0, 0, 0, 0.3, 0, 0.1, 0}, feed.Reason{Kind: feed.ReasonPopular, Channel: 3}},
		{"clicked", []float32{0, 0, 0, 0, 0.1, 0.1, 0.6, 0}, []float64{0, 0, 0, 0, 0.1, 0, 0.3, 0}, feed.Reason{Kind: feed.ReasonClicked}},
		{"clicked less than expected, others less still", []float32{0, 0, 0, 0, 0.1, 0.1, 0.4, 0}, []float64{0, 0, 0, 0, 0.1, 0, 0.3, 0}, feed.Reason{Kind: feed.ReasonPopular, Channel: 3}},
		{"not read", []float32{0, 0, 0, 0, 0, 0, 0.5, 0}, []float64{0.1, 0.1, 0.1, 0.1, 0.1, 0, 0.1, 0.1}, feed.Reason{}},
		{"like all others", []float32{1, 1, 1, 1, 1, 1, 0.7, 1}, make([]float64, 8), feed.Reason{}},
		{"for its age", []float32{1, 1, 1, 1, 1, 1, 0.7, 1}, []float64{0, 0, 0, 0, 0, 0, 0, 0.1}, feed.Reason{Kind: feed.ReasonTrending, Channel: 3}},
	} {
		got, ok := m.Explain(q, item(0, 3), tc.features, tc.lift)
		if got != tc.want || ok != (tc.want.Kind != feed.ReasonNone) {
			t.Errorf("%s: %+v, %v, not %+v", tc.name, got, ok, tc.want)
		}
	}
}
