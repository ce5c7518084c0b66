package affinity

import (
	"cmp"
	"math"
	"slices"

	"readnext/internal/feed"
)

// Taste is what a reader likes, strongest first, what they dislike last. The
// sizes of each list's weights sum to 1.
type Taste struct {
	Tags     []NameWeight
	Authors  []NameWeight
	Channels []ChannelWeight
}

// NameWeight is a tag or author and its weight.
type NameWeight struct {
	Name   feed.Name
	Weight float64
}

// ChannelWeight is a channel and its weight.
type ChannelWeight struct {
	Channel feed.ChannelID
	Weight  float64
}

// Taste returns the taste that the query's acts show. Equal weights are in
// order of their names' numbers.
func (m *Model) Taste(q *feed.Query) Taste {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	s.learn(m, q)
	m.mu.RUnlock()
	var t Taste
	for _, x := range shares(&s.tags) {
		t.Tags = append(t.Tags, NameWeight{feed.Name(x.key), x.w})
	}
	for _, x := range shares(&s.authors) {
		t.Authors = append(t.Authors, NameWeight{feed.Name(x.key), x.w})
	}
	for _, x := range shares(&s.channels) {
		t.Channels = append(t.Channels, ChannelWeight{feed.ChannelID(x.key), x.w})
	}
	return t
}

func shares(m *weights) []weight {
	total := m.total()
	if total == 0 {
		return nil
	}
	list := slices.Clone(m.list)
	for i := range list {
		list[i].w /= total
	}
	slices.SortFunc(list, stronger)
	return list
}

func stronger(a, b weight) int {
	return cmp.Or(cmp.Compare(b.w, a.w), cmp.Compare(a.key, b.key))
}

// scratch is a request's working memory, reused.
type scratch struct {
	tags     weights // T(t) = Σ w·v(t), v being an article's unit vector of idf
	authors  weights // Σ w
	channels weights // Σ w, an article's divided among its channels
	plain    weights // by tag: Σ w
	total    float64 // Σ w
	stranger float32 // the lift of what the reader never acted on
	language weights // Σ w
	space    []float32
	sum      []float64
	bytes    []byte // of the sketch that is searched for
	scores   weights
	order    []uint64
	touched  uint32 // keeps touch from being optimised away
	finder
}

// learn makes the taste of the query's acts. The model's lock is held.
func (s *scratch) learn(m *Model, q *feed.Query) {
	acts := q.Acts[:min(len(q.Acts), m.cfg.Latest)]
	tags, channels := 0, 0
	for i := range acts {
		tags += len(acts[i].Item.Tags)
		channels += max(1, len(acts[i].Item.Channels))
	}
	s.tags.reset(tags)
	s.plain.reset(tags)
	s.total = 0
	s.authors.reset(len(acts))
	s.channels.reset(channels)
	s.language.reset(len(acts))
	s.space = s.space[:0]
	for rank := range acts {
		a := &acts[rank]
		w := m.weigh(a, rank, acts[0].Time)
		if w == 0 {
			continue
		}
		it := a.Item
		s.total += w
		for _, t := range it.Tags {
			*s.plain.at(uint32(t)) += w
		}
		if norm := m.norm(it.Tags); norm > 0 {
			for _, t := range it.Tags {
				*s.tags.at(uint32(t)) += w * m.idf(t) / norm
			}
		}
		if it.Author != 0 {
			*s.authors.at(uint32(it.Author)) += w
		}
		if it.Language != 0 {
			*s.language.at(uint32(it.Language)) += w
		}
		if a.Channel > 0 {
			*s.channels.at(uint32(a.Channel)) += w
		} else {
			for _, c := range it.Channels {
				*s.channels.at(uint32(c)) += w / float64(len(it.Channels))
			}
		}
		s.addEmbedding(it.Embedding, w)
	}
	s.finishEmbedding()
}

// maxValue is the most that one act may be worth, either way.
const maxValue = 1 << 20

// weigh returns the weight of an act, 0 if it has none.
func (m *Model) weigh(a *feed.ItemAct, rank int, newest feed.Millis) float64 {
	if math.IsNaN(a.Value) {
		return 0
	}
	age := max(0, float64(newest)-float64(a.Time))
	fade := math.Exp2(-age / float64(m.cfg.HalfLife))
	return max(-maxValue, min(a.Value, maxValue)) * fade / (1 + float64(rank)/float64(m.cfg.RankHalf))
}
