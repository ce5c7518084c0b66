package affinity_test

import (
	"math"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

func item(ord feed.Ord, author feed.Name, tags ...feed.Name) *feed.Item {
	return &feed.Item{
		ID: feed.ArticleID(100 + ord), Ord: ord, Author: author, Tags: tags,
		Channels: []feed.ChannelID{1}, Published: t0 + feed.Millis(ord),
	}
}

func folded(c affinity.Config, items ...*feed.Item) *affinity.Model {
	m := must(affinity.New(c))
	for _, it := range items {
		m.ObserveItem(it)
	}
	return m
}

// act is a reader's on an article, some days before the newest.
func act(it *feed.Item, value float64, daysAgo feed.Millis) feed.ItemAct {
	return feed.ItemAct{Item: it, Value: value, Act: feed.Act{Article: it.ID, Time: t0 - daysAgo*feed.Day}}
}

func query(acts ...feed.ItemAct) *feed.Query {
	return &feed.Query{Channel: 1, Now: t0 + feed.Day, Acts: acts}
}

// score returns the features of an article.
func score(m *affinity.Model, q *feed.Query, it *feed.Item) []float32 {
	cands := []feed.Candidate{{Item: it, Features: make([]float32, 9)}}
	m.Score(q, cands, 0)
	return cands[0].Features
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-6) {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

func TestTags(t *testing.T) {
	a, b, c, d := item(0, 0, 1, 2), item(1, 0, 1), item(2, 0, 3), item(3, 0, 2, 4)
	m := folded(affinity.Config{}, a, b, c, d)
	// Of 4 articles tags 1 and 2 have two, 3 and 4 one: idf is ln(5/2), ln 5.
	x, y := math.Log(2.5), math.Log(5)
	q := query(act(a, 1, 0))
	near(t, "a", float64(score(m, q, a)[0]), 1)
	near(t, "b", float64(score(m, q, b)[0]), 1/math.Sqrt2)
	near(t, "c", float64(score(m, q, c)[0]), 0)
	near(t, "d", float64(score(m, q, d)[0]), x*x/(math.Sqrt(2*x*x)*math.Sqrt(x*x+y*y)))
	near(t, "d", float64(score(m, q, d)[0]), 0.3498476)
	// A dislike of b leaves tag 1 below 0: 1/√2 - 1/(1+1/20).
	q = query(act(a, 1, 0), act(b, -1, 0))
	t1, t2 := 1/math.Sqrt2-1/1.05, 1/math.Sqrt2
	near(t, "disliked b", float64(score(m, q, b)[0]), t1/math.Hypot(t1, t2))

	// Withdrawn articles do not count: tag 1 has one of 2, tag 2 one.
	for _, it := range []*feed.Item{b, d} {
		gone := *it
		gone.Withdrawn = true
		m.ObserveItem(&gone)
	}
	e := item(4, 0, 1, 3)
	near(t, "e", float64(score(m, query(act(a, 1, 0)), e)[0]), 0.5)
}

func TestAuthorAndChannel(t *testing.T) {
	a, b := item(0, 7), item(1, 8)
	b.Channels = []feed.ChannelID{1, 2}
	m := folded(affinity.Config{}, a, b)
	near(t, "author", float64(score(m, query(act(a, 1, 0)), a)[1]), 0.5)
	near(t, "two acts", float64(score(m, query(act(a, 1, 0), act(a, 1, 0)), a)[1]), (1+1/1.05)/(2+1/1.05))
	near(t, "disliked", float64(score(m, query(act(a, -2, 0)), a)[1]), -2./3)
	near(t, "another", float64(score(m, query(act(a, 1, 0)), b)[1]), 0)
	near(t, "none", float64(score(m, query(act(item(2, 0), 1, 0)), item(3, 0))[1]), 0)

	// 30 days before the newest, and one act behind: 1/2 / (1+1/20).
	q := query(act(b, 1, 0), act(a, 1, 30))
	w := 0.5 / 1.05
	near(t, "old author", float64(score(m, q, a)[1]), w/(1+w))
	// b's act is halved between channels 1 and 2, a's is all of channel 1.
	near(t, "channel 1", float64(score(m, q, a)[2]), (0.5+w)/(1+w))
	// Known to have happened on channel 2, it is all of channel 2.
	q.Acts[0].Channel = 2
	near(t, "channel of the act", float64(score(m, q, a)[2]), w/(1+w))
	near(t, "the better of two", float64(score(m, q, b)[2]), 1/(1+w))
}

func TestTaste(t *testing.T) {
	a, b := item(0, 7, 1), item(1, 8, 2)
	m := folded(affinity.Config{}, a, b)
	q := query(act(b, 1, 0), act(a, -1, 30))
	w := 0.5 / 1.05
	got := m.Taste(q)
	want := affinity.Taste{
		Tags:     []affinity.NameWeight{{Name: 2, Weight: 1 / (1 + w)}, {Name: 1, Weight: -w / (1 + w)}},
		Authors:  []affinity.NameWeight{{Name: 8, Weight: 1 / (1 + w)}, {Name: 7, Weight: -w / (1 + w)}},
		Channels: []affinity.ChannelWeight{{Channel: 1, Weight: 1}}, // 1-w, of 1-w
	}
	sameNames(t, "tags", got.Tags, want.Tags)
	sameNames(t, "authors", got.Authors, want.Authors)
	if !slices.Equal(got.Channels, want.Channels) {
		t.Errorf("channels are %v, not %v", got.Channels, want.Channels)
	}
	if got := m.Taste(query()); got.Tags != nil || got.Authors != nil || got.Channels != nil {
		t.Errorf("taste of a stranger is %v", got)
	}
}

func sameNames(t *testing.T, what string, got, want []affinity.NameWeight) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s are %v, not %v", what, got, want)
	}
	for i := range want {
		if got[i].Name != want[i].Name {
			t.Errorf("%s are %v, not %v", what, got, want)
		}
		near(t, what, got[i].Weight, want[i].Weight)
	}
}

func TestEmbeddings(t *testing.T) {
	with := func(ord feed.Ord, e ...float32) *feed.Item {
		it := item(ord, 0)
		it.Embedding = e
		return it
	}
	m := folded(affinity.Config{})
	a := with(0, 3, 0, 4, 0, 0)
	cosine := func(it *feed.Item, acts ...feed.ItemAct) float64 {
		return float64(score(m, query(acts...), it)[3])
	}
	near(t, "itself", cosine(a, act(a, 1, 0)), 1)
	near(t, "opposite", cosine(with(1, -3, 0, -4, 0, 0), act(a, 1, 0)), -1)
	near(t, "between", cosine(with(1, 0, 0, 2, 0, 0), act(a, 1, 0)), 0.8)
	near(t, "last dimension", cosine(with(1, 0, 0, 0, 0, 2), act(with(2, 0, 0, 0, 0, 1), 1, 0)), 1)
	near(t, "disliked", cosine(a, act(a, -1, 0)), -1)
	near(t, "other space", cosine(with(1, 1, 0, 0), act(a, 1, 0)), 0)
	near(t, "none", cosine(item(1, 0), act(a, 1, 0)), 0)
	near(t, "zero", cosine(with(1, 0, 0, 0, 0, 0), act(a, 1, 0)), 0)
	// The newest sets the space; unit vectors add up by weight.
	mixed := []feed.ItemAct{act(with(1, 9, 0), 1, 0), act(a, 1, 0), act(with(2, 0, 1), 1, 0)}
	near(t, "mixed", cosine(with(3, 0, 5), mixed...), (1/1.1)/math.Hypot(1, 1/1.1))
	// As large and as small as float32s are.
	huge, tiny := float32(math.MaxFloat32), float32(math.SmallestNonzeroFloat32)
	near(t, "huge", cosine(with(1, huge, -huge, huge, huge, huge), act(with(2, huge, -huge, huge, huge, huge), 1, 0)), 1)
	near(t, "tiny", cosine(with(1, tiny, tiny, 0, 0, 0), act(with(2, tiny, 0, 0, 0, 0), 1, 0)), 1/math.Sqrt2)
}

func ords(ps []feed.Proposal) []feed.Ord {
	list := []feed.Ord{}
	for _, p := range ps {
		list = append(list, p.Ord)
	}
	return list
}

func TestRecall(t *testing.T) {
	read := item(0, 7, 1)
	oldTag, newTag, both, other := item(1, 9, 1), item(2, 9, 1), item(3, 7, 1), item(4, 9, 2)
	elsewhere, early, late, gone := item(5, 7, 1), item(6, 7, 1), item(7, 7, 1), item(8, 7, 1)
	elsewhere.Channels = []feed.ChannelID{2}
	early.Published = t0 + 2*feed.Day
	late.Expires = t0 + feed.Hour
	gone.Withdrawn = true
	m := folded(affinity.Config{}, read, oldTag, newTag, both, other, elsewhere, early, late, gone)
	got := m.Recall(query(act(read, 1, 0)), 10, nil)
	if want := []feed.Ord{3, 2, 1}; !slices.Equal(ords(got), want) {
		t.Fatalf("proposes %v, not %v", got, want)
	}
	// both is the fourth of tag 1's list and of author 7's.
	near(t, "score of both", float64(got[0].Score), 2/(1+3./16))
	near(t, "score of newTag", float64(got[1].Score), 1/(1+4./16))
	if got := m.Recall(query(act(read, -1, 0)), 10, nil); len(got) != 0 {
		t.Errorf("proposes %v to whom dislikes it", got)
	}
}

func TestListsKeepTheNewest(t *testing.T) {
	m := must(affinity.New(affinity.Config{PerName: 2}))
	for _, ord := range []feed.Ord{5, 1, 9, 3, 7} {
		m.ObserveItem(item(ord, 0, 1))
	}
	q := query(act(item(20, 0, 1), 1, 0))
	if got := ords(m.Recall(q, 10, nil)); !slices.Equal(got, []feed.Ord{9, 7}) {
		t.Errorf("proposes %v", got)
	}
	gone := item(9, 0, 1)
	gone.Withdrawn = true
	m.ObserveItem(gone)
	m.ObserveItem(item(8, 0, 1))
	if got := ords(m.Recall(q, 10, nil)); !slices.Equal(got, []feed.Ord{8, 7}) {
		t.Errorf("proposes %v when one is withdrawn and one put", got)
	}
}

func TestSimilar(t *testing.T) {
	a, tag, author, embedding, nothing, foreign := item(0, 7, 1), item(1, 0, 1), item(2, 7), item(3, 0), item(4, 0), item(5, 7, 1)
	a.Language, tag.Language, foreign.Language = 50, 50, 51
	a.Embedding, tag.Embedding, embedding.Embedding = []float32{1, 0}, []float32{-1, 0}, []float32{1, 1}
	m := folded(affinity.Config{}, a, tag, author, embedding, nothing, foreign)
	got := m.Similar(a, t0+feed.Day, 10, nil)
	if want := []feed.Ord{1, 3, 2}; !slices.Equal(ords(got), want) {
		t.Fatalf("similar are %v, not %v", got, want)
	}
	near(t, "tag", float64(got[0].Score), 1/2.3)
	near(t, "embedding", float64(got[1].Score), 1/math.Sqrt2/2.3)
	near(t, "author", float64(got[2].Score), 0.3/2.3)
	if got := m.Similar(a, t0-feed.Day, 10, nil); len(got) != 0 {
		t.Errorf("similar are %v before any was published", got)
	}
	// An article that the model has not heard of.
	if got := ords(m.Similar(item(99, 7), t0+feed.Day, 1, nil)); !slices.Equal(got, []feed.Ord{5}) {
		t.Errorf("similar to an unknown one are %v", got)
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]affinity.Config{
		"per name":   {PerName: -1},
		"newest":     {Newest: -1},
		"flat":       {Flat: -1},
		"nearest":    {Nearest: 5000},
		"dimensions": {Dimensions: 5000},
		"half-life":  {HalfLife: 1},
		"rank half":  {RankHalf: -1},
		"latest":     {Latest: 101},
		"tags":       {Tags: 65},
		"authors":    {Authors: -1},
	} {
		if _, err := affinity.New(c); feed.KindOf(err) != feed.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLifts holds how much more a reader likes a tag or author than most
// against the formula.
func TestLifts(t *testing.T) {
	m := must(affinity.New(affinity.Config{}))
	var items []*feed.Item
	for ord := range feed.Ord(10) { // tag 1 on one of ten, tag 2 on all
		it := &feed.Item{ID: feed.ArticleID(1 + ord), Ord: ord, Channels: []feed.ChannelID{1}, Tags: []feed.Name{2}, Author: 4}
		if ord == 0 {
			it.Tags, it.Author = []feed.Name{1, 2}, 3
		}
		items = append(items, it)
		m.ObserveItem(it)
	}
	q := query(feed.ItemAct{Act: feed.Act{Article: 1, Time: t0}, Item: items[0], Value: 1})
	row := score(m, q, items[0])
	rare, common := math.Log2((1/0.1+5)/(1+5))/8, math.Log2((1/1.+5)/(1+5))/8
	for col, want := range map[int]float64{6: rare, 7: (rare + common) / 2, 8: rare} {
		if got := float64(row[col]); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v, not %v", m.FeatureNames()[col], got, want)
		}
	}
	if other := score(m, q, items[5]); !(other[8] < 0) {
		t.Errorf("an author the reader did not read has a lift of %v", other[8])
	}
}
