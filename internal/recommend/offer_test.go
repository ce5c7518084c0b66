package recommend_test

import (
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestOffersWhatWouldBeRanked has all of 200 articles proposed by one source. Of
// some a refresh would rank, those that stand highest are offered, besides what is
// asked for, and without what the reader acted on; of all of them, all others, with
// their places in the lists.
func TestOffersWhatWouldBeRanked(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	h.stock(200, func(*feed.Article) {})
	e := h.engine(recommend.Config{Ranked: 20})
	item := func(id feed.ArticleID) *feed.Item { return e.Models().Catalog.Lookup(id) }
	q := &feed.Query{User: "u", Channel: 1, Now: h.now, Acts: []feed.ItemAct{
		{Act: feed.Act{Article: 3, Action: feed.Click, Time: h.now}, Item: item(3), Value: 1},
		{Act: feed.Act{Article: 150, Action: feed.Click, Time: h.now}, Item: item(150), Value: 1},
	}}
	offered := func(also []*feed.Item, all bool) (got []feed.ArticleID, lists []float32) {
		e.Offer(q, 200, also, all, func(cands []feed.Candidate, l []float32) {
			for _, c := range cands {
				got = append(got, c.Item.ID)
				if len(c.Features) == 0 {
					t.Errorf("article %d has no features", c.Item.ID)
				}
			}
			lists = slices.Clone(l)
		})
		return got, lists
	}
	some, lists := offered([]*feed.Item{item(180), item(150)}, false)
	if slices.Sort(some); lists != nil || len(some) != 22 || !slices.Contains(some, 180) || !slices.Contains(some, 150) || slices.Contains(some, 3) || !slices.Contains(some, 1) || some[19] != 21 {
		t.Errorf("of some, %v are offered, lists %v", some, lists)
	}
	all, lists := offered([]*feed.Item{item(180)}, true)
	if width := len(e.Sources); len(all) != 198 || slices.Contains(all, 3) || slices.Contains(all, 150) || len(lists) != len(all)*width {
		t.Errorf("%d are offered and %d places in %d lists", len(all), len(lists), width)
	}
	for i, id := range all {
		if own := lists[i*len(e.Sources):][:len(e.Sources)]; slices.Max(own) == 0 {
			t.Errorf("article %d is in no list", id)
		}
	}
}
