package evaluate

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// Shown says what a ranker's answers were like, whether or not they were right.
type Shown struct {
	answers   int
	articles  map[feed.ArticleID]int // how often each was in an answer
	novelty   float64
	diversity float64
	pairs     int // answers with at least two articles
	places    int
	acts      int // on what was shown, by the time it was
}

// readSoFar counts acts.
type readSoFar struct {
	acts  map[feed.ArticleID]int
	total int
}

func newReadSoFar() *readSoFar { return &readSoFar{acts: make(map[feed.ArticleID]int)} }

func (r *readSoFar) add(id feed.ArticleID) {
	r.acts[id]++
	r.total++
}

func (s *Shown) add(ids []feed.ArticleID, articles map[feed.ArticleID]*feed.Article, read *readSoFar) {
	if s.articles == nil {
		s.articles = make(map[feed.ArticleID]int)
	}
	s.answers++
	s.places += len(ids)
	for _, id := range ids {
		s.articles[id]++
		s.acts += read.acts[id]
		s.novelty -= math.Log2(float64(read.acts[id]+1) / float64(read.total+1))
	}
	if len(ids) < 2 {
		return
	}
	sum, n := 0.0, 0
	for i := range ids {
		for j := range i {
			sum += 1 - jaccard(articles[ids[i]].Tags, articles[ids[j]].Tags)
			n++
		}
	}
	s.diversity += sum / float64(n)
	s.pairs++
}

// jaccard is the share of tags that two articles have in common; two articles
// without tags have nothing in common.
func jaccard(a, b []string) float64 {
	both := 0
	for _, t := range a {
		if slices.Contains(b, t) {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// Coverage is the share of all articles that were in some answer.
func (s *Shown) Coverage(articles int) float64 {
	return float64(len(s.articles)) / float64(max(1, articles))
}

// Novelty is the mean self-information of what was shown, in bits: -log2 of the
// share of acts so far that were on the article (Vargas, Castells, 2011).
func (s *Shown) Novelty() float64 { return s.novelty / float64(max(1, s.places)) }

// Diversity is the mean distance of two articles in one answer, 1 less the
// Jaccard similarity of their tags (Ziegler et al., 2005).
func (s *Shown) Diversity() float64 { return s.diversity / float64(max(1, s.pairs)) }

// Bias is how much more popular what was shown was than what was wanted: the
// mean number of acts on the one over that on the other, as of the question; 1
// is none (after Steck, 2011, and Abdollahpouri et al., 2019).
func (s *Shown) Bias(questions []Question) float64 {
	wanted := 0.0
	for i := range questions {
		wanted += questions[i].Popularity
	}
	if wanted == 0 || s.places == 0 {
		return 0
	}
	return float64(s.acts) / float64(s.places) / (wanted / float64(len(questions)))
}

// Gini is how unequally answers were spread over the articles that were shown
// at all: 0 evenly, near 1 always the same few.
func (s *Shown) Gini() float64 {
	counts := make([]int, 0, len(s.articles))
	sum := 0
	for _, n := range s.articles {
		counts = append(counts, n)
		sum += n
	}
	if sum == 0 {
		return 0
	}
	slices.Sort(counts)
	weighed := 0.0
	for i, n := range counts {
		weighed += float64(2*(i+1)-len(counts)-1) * float64(n)
	}
	return weighed / (float64(len(counts)) * float64(sum))
}
