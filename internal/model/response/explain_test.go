package response_test

import (
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/response"
)

// TestExplain asks for the reasons that a reader's clicks bear out.
func TestExplain(t *testing.T) {
	h := newHouse(t, response.Config{})
	for range 40 {
		h.show("u", h.item(31, 1, 3), 0, true)
		h.show("u", h.item(32, 2, 3), 1, false)
	}
	it, features := h.item(31, 1, 3), []float32{0, 0.2, 0, 0.3, 0.3, 0}
	for _, c := range []struct {
		user     feed.UserID
		features []float32
		lift     []float64
		want     feed.Reason
	}{
		{"u", features, []float64{0, 1, 0, 2, 1, 0}, feed.Reason{Kind: feed.ReasonTag, Name: 1}},
		{"u", features, []float64{0, 1, 0, 2, 3, 0}, feed.Reason{Kind: feed.ReasonAuthor, Name: 31}},
		{"u", features, []float64{0, 1, 0, 0, 0, 0}, feed.Reason{Kind: feed.ReasonClicked}},
		{"u", make([]float32, 6), []float64{3, 1, 0, 0, 2, 0}, feed.Reason{}},
		{"stranger", features, []float64{0, 1, 0, 2, 0, 0}, feed.Reason{Kind: feed.ReasonClicked}},
		{feed.Anonymous, features, []float64{0, 1, 0, 2, 3, 0}, feed.Reason{Kind: feed.ReasonClicked}},
		{"u", features, []float64{0, -1, 0, -1, -1, 0}, feed.Reason{}},
	} {
		got, ok := h.Explain(&feed.Query{User: c.user, Now: h.now}, it, c.features, c.lift)
		if got != c.want || ok != (c.want != feed.Reason{}) {
			t.Errorf("%q, %v: %+v, %v; want %+v", c.user, c.lift, got, ok, c.want)
		}
	}
}
