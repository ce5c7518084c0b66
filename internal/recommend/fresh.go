package recommend

import (
	"readnext/internal/decay"
	"readnext/internal/feed"
	"readnext/internal/model/catalog"
)

// Fresh proposes what was published last. Its features fall by half with each
// hour, 6 hours, day, and 30 days of age, the last one with the logarithm of
// the age, from 1 below a minute to 0 at 31 years.
type Fresh struct{ Catalog *catalog.Catalog }

// freshness features.
var halfLives = []struct {
	name     string
	perMilli float64
}{{"fresh_1h", 1. / float64(feed.Hour)}, {"fresh_6h", 1. / float64(6*feed.Hour)}, {"fresh_1d", perDay}, {"fresh_30d", perDay / 30}}

const perDay = 1. / float64(feed.Day)

// Name names the source.
func (f Fresh) Name() string { return "fresh" }

// FeatureNames names the columns.
func (f Fresh) FeatureNames() []string {
	var names []string
	for _, h := range halfLives {
		names = append(names, h.name)
	}
	return append(names, "fresh_log")
}

// Recall appends the n articles published last.
func (f Fresh) Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	var room [128]*feed.Item
	for _, it := range f.Catalog.Head(q.Channel, q.Now, n, room[:0]) {
		dst = append(dst, feed.Proposal{Ord: it.Ord, Score: freshness(it, q.Now, perDay)})
	}
	return dst
}

// Score sets the freshness of every candidate, between 0 and 1.
func (f Fresh) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		row := cands[i].Features[col:][:len(halfLives)+1]
		for k, h := range halfLives {
			row[k] = freshness(cands[i].Item, q.Now, h.perMilli)
		}
		minutes := float64(max(0, q.Now-cands[i].Item.Published)) / float64(feed.Minute)
		row[len(halfLives)] = float32(max(0, 1-decay.Log2(1+minutes)/24))
	}
}

// freshness is 2^(-age/halfLife), 1 for what is not published yet.
func freshness(it *feed.Item, now feed.Millis, perMilli float64) float32 {
	return float32(decay.Since(it.Published, now, perMilli))
}
