package evaluate

import (
	"cmp"
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"

	"readnext/internal/feed"
)

// EASE ranks by the linear item-item model that reconstructs each reader's
// articles best from their other ones (Steck, 2019): with G = XᵀX over readers'
// articles and P = (G + λI)⁻¹,
//
//	B(i,j) = -P(i,j) / P(j,j),  B(j,j) = 0
//
// and an article's score is the sum of its weights from what the reader acted
// on. It takes the articles with the most readers, and is fitted anew whenever
// the acts have grown by a tenth, since a fit is cubic in the articles.
func EASE(lambda float64, articles int) *Baseline {
	return newBaseline("EASE", &ease{lambda: lambda, max: articles})
}

type ease struct {
	lambda float64
	max    int

	acts, fitted int
	ids          []feed.ArticleID
	place        map[feed.ArticleID]int
	b            *mat.Dense
}

func (e *ease) learn(*memory, feed.Event) { e.acts++ }

func (e *ease) score(m *memory, user feed.UserID, _ feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	if float64(e.acts) > 1.1*float64(e.fitted) {
		e.fit(m)
	}
	for _, act := range m.acts[user] {
		i, ok := e.place[act.Article]
		if !ok {
			continue
		}
		for j, id := range e.ids {
			scores[id] += e.b.At(i, j)
		}
	}
}

func (e *ease) fit(m *memory) {
	e.fitted = e.acts
	e.ids = topBy(slices.Sorted(maps.Keys(m.readers)), e.max, func(id feed.ArticleID) float64 {
		return float64(len(m.readers[id]))
	})
	slices.SortFunc(e.ids, func(a, b feed.ArticleID) int { return cmp.Compare(a, b) })
	n := len(e.ids)
	e.place = make(map[feed.ArticleID]int, n)
	for i, id := range e.ids {
		e.place[id] = i
	}
	gram := mat.NewSymDense(n, nil)
	for i := range n {
		gram.SetSym(i, i, e.lambda)
	}
	for _, acts := range m.acts {
		for i, a := range acts {
			pa, ok := e.place[a.Article]
			if !ok {
				continue
			}
			gram.SetSym(pa, pa, gram.At(pa, pa)+1)
			for _, b := range acts[:i] {
				if pb, ok := e.place[b.Article]; ok {
					gram.SetSym(pa, pb, gram.At(pa, pb)+1)
				}
			}
		}
	}
	var chol mat.Cholesky
	var p mat.SymDense
	e.b = mat.NewDense(n, n, nil)
	if !chol.Factorize(gram) || chol.InverseTo(&p) != nil { // λ > 0 makes it positive definite
		return
	}
	for j := range n {
		for i := range n {
			if i != j {
				e.b.Set(i, j, -p.At(i, j)/p.At(j, j))
			}
		}
	}
}
