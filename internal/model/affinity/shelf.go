package affinity

import (
	"slices"
	"sort"

	"readnext/internal/feed"
)

// shelf is what stands under one name: how many articles there are, and the
// newest of them, newest first.
type shelf struct {
	count    int
	articles []posting
}

type posting struct {
	published feed.Millis
	ord       feed.Ord
}

func shelfOf(shelves *[]shelf, name feed.Name) *shelf {
	for int(name) >= len(*shelves) {
		*shelves = append(*shelves, shelf{})
	}
	return &(*shelves)[name]
}

// place returns how many articles come before one: those published later, and
// those put later among equals.
func (s *shelf) place(ord feed.Ord, published feed.Millis) int {
	return sort.Search(len(s.articles), func(i int) bool {
		p := s.articles[i]
		return p.published < published || p.published == published && p.ord <= ord
	})
}

func (s *shelf) insert(ord feed.Ord, published feed.Millis, limit int) {
	i := s.place(ord, published)
	if len(s.articles) < limit {
		s.articles = append(s.articles, posting{})
	} else if i == limit {
		return
	}
	copy(s.articles[i+1:], s.articles[i:])
	s.articles[i] = posting{published, ord}
}

func (s *shelf) remove(ord feed.Ord, published feed.Millis) {
	i := s.place(ord, published)
	if i < len(s.articles) && s.articles[i].ord == ord {
		s.articles = slices.Delete(s.articles, i, i+1)
	}
}
