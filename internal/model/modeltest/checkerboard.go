package modeltest

import (
	"fmt"
	"testing"

	"readnext/internal/feed"
)

// checkerboard makes two groups of readers, each with articles of its own that
// nobody of the other group reads. From every reader some articles of their
// group are withheld; the model must score each above every article of the
// other group.
func (s *suite) checkerboard(t *testing.T) {
	const (
		perGroup = 16
		readers  = 24
		rounds   = 4
		withheld = 3
	)
	w := newWorld(12)
	for ord := range 2 * perGroup {
		group := ord % 2
		it := &feed.Item{
			ID: feed.ArticleID(1000 + ord), Ord: feed.Ord(ord), Boost: 1, Published: start,
			Channels:  []feed.ChannelID{1},
			Tags:      []feed.Name{feed.Name(1 + 10*group + ord/2%3), feed.Name(5 + 10*group)},
			Author:    feed.Name(30 + 10*group),
			Embedding: []float32{float32(1 - group), float32(group), 0.1},
		}
		w.items = append(w.items, it)
		w.steps = append(w.steps, step{item: it})
	}
	hidden := func(r, ord int) bool { return (ord/2+r)%perGroup < withheld }
	for range rounds {
		for r := range readers {
			for _, i := range w.rng.Perm(perGroup) {
				if ord := 2*i + r%2; !hidden(r, ord) {
					w.now += feed.Minute
					w.act(reader(r), ord, feed.Exposure, w.now, true)
					w.act(reader(r), ord, feed.Click, w.now, true)
				}
			}
			// The other group's articles were seen, and left alone.
			for _, i := range w.rng.Perm(perGroup)[:4] {
				w.act(reader(r), 2*i+1-r%2, feed.Exposure, w.now, true)
			}
		}
	}
	m := fold(s.fresh(), w.steps)
	for r := range readers {
		cands := w.candidates(len(m.FeatureNames()))
		m.Score(w.query(reader(r), 1, w.now), cands, 0)
		score := make([]float32, len(cands))
		text := ""
		best := float32(-1e9) // of the other group
		for ord := range cands {
			for _, f := range cands[ord].Features {
				score[ord] += f
			}
			if ord%2 != r%2 {
				best = max(best, score[ord])
			}
			text += fmt.Sprintf("%d: %v\n", ord, cands[ord].Features)
		}
		for ord := range cands {
			if ord%2 == r%2 && hidden(r, ord) && score[ord] <= best {
				t.Fatalf("reader %d: article %d of their own group scores %v, one of the other group %v\n%s", r, ord, score[ord], best, text)
			}
		}
	}
}
