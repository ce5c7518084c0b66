package trending

import "readnext/internal/feed"

// weeks is the half-life from which on popularity is no trend any more.
const weeks = 7 * feed.Day

// Explain says whether an article is read much now, has been for long, or is
// clicked more often than is expected: the feature that lifts its score most
// above others'.
func (m *Model) Explain(q *feed.Query, _ *feed.Item, features []float32, lift []float64) (reason feed.Reason, ok bool) {
	most := 0.0
	consider := func(r feed.Reason, lift float64, borne bool) {
		if borne && lift > most {
			reason, most, ok = r, lift, true
		}
	}
	trend := feed.Reason{Kind: feed.ReasonTrending, Channel: q.Channel}
	for k, h := range m.cfg.HalfLives { // two columns each
		r := trend
		if h >= weeks {
			r.Kind = feed.ReasonPopular
		}
		consider(r, lift[2*k]+lift[2*k+1], features[2*k] > 0)
	}
	ctr := 2 * len(m.cfg.HalfLives)
	consider(feed.Reason{Kind: feed.ReasonClicked}, lift[ctr], features[ctr] > 0.5)
	consider(trend, lift[ctr+1], features[ctr+1] > 0)
	return reason, ok
}
