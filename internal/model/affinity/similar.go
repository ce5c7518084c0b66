package affinity

import "readnext/internal/feed"

// What one article has in common with another, in Similar's score.
const (
	tagsCount      = 1.0 // cosine over tags, weighted by idf
	embeddingCount = 1.0 // cosine of embeddings, if above 0
	authorCounts   = 0.3 // the same author
)

// Similar appends up to n articles that say of themselves what the given one
// does, best first, those put later among equals: those that may be shown on some
// channel at a time and are not known to be in another language. It looks
// through the newest of each of its tags and of its author and, if it has an
// embedding, through those nearest to it. The score, at most 1, is
//
//	(cos tags + 0.3·[same author] + cos embedding) / the sum for its own twin
func (m *Model) Similar(item *feed.Item, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	if n <= 0 {
		return dst
	}
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	to := audience{channel: feed.AllChannels, now: now, language: item.Language}
	own := s.sketch(item.Embedding, m.cfg.Dimensions)
	norm := m.norm(item.Tags)
	full, near := 0.0, min(max(n, m.cfg.Nearest), maxNearest)
	room := m.cfg.PerName * (len(item.Tags) + 1)
	s.tags.reset(len(item.Tags))
	if norm > 0 {
		full += tagsCount
		for _, t := range item.Tags {
			x := m.idf(t)
			*s.tags.at(uint32(t)) = x * x / norm
		}
	}
	if item.Author != 0 {
		full += authorCounts
	}
	if len(own.bytes) > 0 {
		full += embeddingCount
		room += near
	}
	s.scores.reset(room + 1)
	*s.scores.at(uint32(item.Ord)) = unwanted
	for _, t := range item.Tags {
		m.gather(s, m.tags, t)
	}
	if item.Author != 0 {
		m.gather(s, m.authors, item.Author)
	}
	if len(own.bytes) > 0 {
		m.nearest(s, own, to, near)
		for _, key := range s.near {
			x := proposal(key)
			*s.scores.at(uint32(x.Ord)) += float64(x.Score) // above 0
		}
	}
	s.order = s.order[:0]
	for _, x := range s.scores.list {
		if x.w < 0 || int(x.key) >= len(m.articles) {
			continue
		}
		a := &m.articles[x.key]
		if !a.suits(to) {
			continue
		}
		cos := x.w
		if cos == 0 { // not among the nearest
			cos = max(0, own.cosine(a.sketch))
		}
		score := tagsCount*m.tagCosine(s, a.tags, 1) + embeddingCount*cos
		if item.Author != 0 && a.author == item.Author {
			score += authorCounts
		}
		if score > 0 {
			s.order = append(s.order, sortKey(score/full, x.key))
		}
	}
	return best(s.order, n, dst)
}

// gather makes the articles under a name known to s.scores.
func (m *Model) gather(s *scratch, shelves []shelf, name feed.Name) {
	if int(name) < len(shelves) {
		for _, p := range shelves[name].articles {
			s.scores.at(uint32(p.ord))
		}
	}
}
