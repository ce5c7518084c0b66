package trending

import "readnext/internal/feed"

// weeks is the half-life from which on popularity is no trend any more.
const weeks = 7 * feed.Day

// Explain says whether an article is read much now, has been for long, or is
// clicked more often than is expected: the feature that lifts its score most
// above others'.
func (m *Model) Explain(q *feed.Query, _ *feed.Item, features []float32, lift []float64) (reason feed.Reason, ok bool) {
	most := 0.0
	for k, x := range lift {
		if x <= most {
			continue
		}
		r := feed.Reason{Kind: feed.ReasonClicked}
		borne := features[k] > 0.5
		if k < len(m.cfg.HalfLives) {
			r = feed.Reason{Kind: feed.ReasonTrending, Channel: q.Channel}
			if m.cfg.HalfLives[k] >= weeks {
				r.Kind = feed.ReasonPopular
			}
			borne = features[k] > 0
		}
		if borne {
			reason, most, ok = r, x, true
		}
	}
	return reason, ok
}
