package recommend_test

import (
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
	"readnext/internal/recommend"
)

// lister proposes numbers in its order.
type lister []feed.Ord

func (lister) Name() string           { return "lister" }
func (lister) FeatureNames() []string { return nil }
func (l lister) Recall(_ *feed.Query, n int, dst []feed.Proposal) []feed.Proposal {
	for _, ord := range l[:min(n, len(l))] {
		dst = append(dst, feed.Proposal{Ord: ord, Score: 1})
	}
	return dst
}
func (lister) Score(*feed.Query, []feed.Candidate, int) {}

// onlooker trusts all lists alike, spares the last of them, and notes what is ranked.
type onlooker struct {
	lists, spared, depth int
	ranked               []feed.Ord
}

func (o *onlooker) Rank(_ *feed.Query, cands []feed.Candidate) {
	o.ranked = o.ranked[:0]
	for i := range cands {
		o.ranked = append(o.ranked, cands[i].Item.Ord)
	}
}
func (*onlooker) Contributions(*feed.Query, *feed.Candidate, []float64) {}
func (o *onlooker) Trust(_ *feed.Query, dst []float32) ([]float32, int) {
	dst = dst[:0]
	for range o.lists {
		dst = append(dst, 1)
	}
	for i := range o.spared {
		dst[o.lists-1-i] = -1
	}
	if o.depth > 0 {
		return dst, o.depth
	}
	return dst, 1 << 10
}
func (*onlooker) Version() uint32 { return 1 }

// TestShortlistOfEquals has five lists of articles that no other has, so that
// five stand as high as each other: those proposed first go first.
func TestShortlistOfEquals(t *testing.T) {
	const lists, each = 5, 50
	c, err := catalog.New(catalog.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for id := range feed.ArticleID(lists * each) {
		c.Put(&feed.Article{ID: id + 1, Channels: []feed.ChannelID{1}, Published: 1, Boost: 1})
	}
	sources := make([]recommend.Source, lists)
	for k := range sources {
		l := make(lister, each)
		for rank := range l {
			l[rank] = feed.Ord(k*each + rank)
		}
		sources[k] = l
	}
	for ranked := 3; ranked < 3*each; ranked++ {
		o := &onlooker{lists: lists}
		r, err := recommend.New(recommend.Config{Ranked: ranked}, recommend.Parts{Catalog: c, Sources: sources, Ranker: o})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Preview(t.Context(), feed.Anonymous, 1, 1, 1000); err != nil {
			t.Fatal(err)
		}
		want := make([]feed.Ord, ranked)
		for i := range want {
			want[i] = feed.Ord(i%lists*each + i/lists)
		}
		if !slices.Equal(o.ranked, want) {
			t.Fatalf("%d ranked: %v, want %v", ranked, o.ranked, want)
		}
	}
}

// TestSparedSourcesAreAskedWhereOthersProposeTooLittle has two sources, of which the
// second is spared.
func TestSparedSourcesAreAskedWhereOthersProposeTooLittle(t *testing.T) {
	c, err := catalog.New(catalog.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for id := range feed.ArticleID(60) {
		c.Put(&feed.Article{ID: id + 1, Channels: []feed.ChannelID{1}, Published: 1, Boost: 1})
	}
	first, second := make(lister, 40), make(lister, 30)
	for rank := range first {
		first[rank] = feed.Ord(rank)
	}
	for rank := range second {
		second[rank] = feed.Ord(30 + rank)
	}
	o := &onlooker{lists: 2, spared: 1, depth: 32}
	r, err := recommend.New(recommend.Config{}, recommend.Parts{Catalog: c, Sources: []recommend.Source{first, second}, Ranker: o})
	if err != nil {
		t.Fatal(err)
	}
	for num, want := range map[int]int{10: 32, 13: 39, 14: 42, 20: 60} {
		if _, err := r.Preview(t.Context(), feed.Anonymous, 1, num, 1000); err != nil {
			t.Fatal(err)
		}
		beyond := slices.ContainsFunc(o.ranked, func(ord feed.Ord) bool { return ord >= 40 })
		if len(o.ranked) != want || beyond != (num >= 14) {
			t.Errorf("%d articles: %d ranked, of both sources: %v; want %d", num, len(o.ranked), beyond, want)
		}
	}
}
