package affinity

import (
	"math"

	"readnext/internal/feed"
)

// Score fills nine columns, each between -1 and 1 and 0 where nothing is known:
//
//   - affinity_tag: the cosine of taste and article over tags, weighted by idf;
//   - affinity_author: x/(1+|x|) of the author's weight x in the taste;
//   - affinity_channel: the channel's share of the taste, of the article's
//     channels the one that is liked best;
//   - affinity_embedding: the cosine of taste and article;
//   - affinity_own: 1 for what the reader wrote, which is what has their id as
//     its author's. Where ids of readers and of authors are unrelated, equal ones
//     are chance, and the feature says nothing: it is for weights that are
//     learned, and has none by hand;
//   - affinity_language: the language's share of the taste, of that part whose
//     language is known;
//   - affinity_tag_lift and affinity_tag_lift_mean: how much more the reader
//     likes the article's tags than most readers would, the one they like most
//     and all of them; see lift;
//   - affinity_author_lift: the same of its author.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	for i := range cands {
		row := cands[i].Features[col:][:columns]
		clear(row)
		if q.Self != 0 && cands[i].Item.Author == q.Self {
			row[4] = 1
		}
	}
	if len(q.Acts) == 0 {
		return
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	s.learn(m, q)
	length := 0.0
	for i := range s.tags.list {
		x := &s.tags.list[i]
		length += x.w * x.w
		x.w *= m.idf(feed.Name(x.key))
	}
	length = math.Sqrt(length)
	s.stranger = s.lift(0, 1)
	total, spoken := s.channels.total(), s.language.total()
	s.touch(cands)
	for i := range cands {
		it := cands[i].Item
		row := cands[i].Features[col:][:columns]
		if length > 0 {
			row[0] = float32(m.tagCosine(s, it.Tags, length))
		}
		x := s.authors.of(uint32(it.Author)) // of no author there is none
		row[1] = float32(x / (1 + math.Abs(x)))
		if total > 0 && len(it.Channels) > 0 {
			best := math.Inf(-1)
			for _, c := range it.Channels {
				best = max(best, s.channels.of(uint32(c)))
			}
			row[2] = float32(best / total)
		}
		if len(it.Tags) > 0 {
			row[6], row[7] = m.tagLift(s, it.Tags)
		}
		if it.Author != 0 {
			row[8] = m.lift(s, x, m.authors, it.Author)
		}
		if len(s.space) > 0 {
			row[3] = float32(cosine(s.space, it.Embedding))
		}
		if spoken > 0 {
			row[5] = float32(s.language.of(uint32(it.Language)) / spoken)
		}
	}
}

// cautious is how many acts' worth of the typical reader a taste begins with.
const cautious = 5

// lift returns how much more a reader likes something than its share of all
// articles would have it, in octaves over 8: log2((w/share + 5)/(W + 5))/8 of
// the weight w of their acts on it and W of all, the estimate of a rate with a
// Gamma prior.
func (s *scratch) lift(w, share float64) float32 {
	x := (max(0, w)/share + cautious) / (max(0, s.total) + cautious)
	return float32(max(-1, min(math.Log2(x)/8, 1)))
}

// share returns the share of listed articles that have a name, above 0.
func (m *Model) share(shelves []shelf, name feed.Name) float64 {
	n := 1
	if int(name) < len(shelves) {
		n = max(1, shelves[name].count)
	}
	return float64(n) / float64(max(1, m.listed))
}

// lift returns that of a name by the weight w of the reader's acts on it.
func (m *Model) lift(s *scratch, w float64, shelves []shelf, name feed.Name) float32 {
	if w <= 0 { // as of most: whatever the share
		return s.stranger
	}
	return s.lift(w, m.share(shelves, name))
}

// tagLift returns the highest and the mean lift of an article's tags.
func (m *Model) tagLift(s *scratch, tags []feed.Name) (highest, mean float32) {
	highest = -1
	for _, t := range tags {
		x := m.lift(s, s.plain.of(uint32(t)), m.tags, t)
		highest = max(highest, x)
		mean += x
	}
	return highest, mean / float32(len(tags))
}

// columns is how many features there are.
const columns = 9

// tagCosine returns the cosine of an article's tags and the taste, whose
// weights have been multiplied by idf and had the given length before.
func (m *Model) tagCosine(s *scratch, tags []feed.Name, length float64) float64 {
	dot := 0.0
	for _, t := range tags {
		dot += s.tags.of(uint32(t))
	}
	if dot == 0 { // as of most articles
		return 0
	}
	norm := m.norm(tags) * length
	if norm < 1e-150 {
		return 0
	}
	return max(-1, min(dot/norm, 1))
}

// touch reads the first of the tags and channels of every candidate. They lie
// far apart in memory: a loop that does nothing but fetch them waits for many
// at a time, one that computes waits for each.
func (s *scratch) touch(cands []feed.Candidate) {
	sum := uint32(0)
	for i := range cands {
		it := cands[i].Item
		if len(it.Tags) > 0 {
			sum += uint32(it.Tags[0])
		}
		if len(it.Channels) > 0 {
			sum += uint32(it.Channels[0])
		}
	}
	s.touched = sum
}
