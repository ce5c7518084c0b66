package recommend

import (
	"readnext/internal/decay"
	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// Fresh proposes what was published last. Its features fall by half with each
// day and with each 30 days of age.
type Fresh struct{ Catalog *catalog.Catalog }

// Name names the source.
func (f Fresh) Name() string { return "fresh" }

// FeatureNames names the columns.
func (f Fresh) FeatureNames() []string { return []string{"fresh_1d", "fresh_30d"} }

// Recall appends the n articles published last.
func (f Fresh) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	f.Catalog.Newest(q.Channel, q.Now, func(it *feed.Item) bool {
		if n <= 0 {
			return false
		}
		n--
		dst = append(dst, feed.Proposal{Ord: it.Ord, Score: freshness(it, q.Now, feed.Day)})
		return true
	})
	return dst
}

// Score sets the freshness of every candidate, between 0 and 1.
func (f Fresh) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		cands[i].Features[col] = freshness(cands[i].Item, q.Now, feed.Day)
		cands[i].Features[col+1] = freshness(cands[i].Item, q.Now, 30*feed.Day)
	}
}

// freshness is 2^(-age/halfLife), 1 for what is not published yet.
func freshness(it *feed.Item, now, halfLife feed.Millis) float32 {
	return float32(decay.Since(it.Published, now, 1/float64(halfLife)))
}
