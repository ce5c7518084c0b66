package factor_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/factor"
)

// heavy is a log of readers of 40 articles on average, whose popularity falls
// as a Zipf law's within many tastes.
func heavy(articles, readers int) [][]int {
	rng := rand.New(rand.NewPCG(9, 9))
	tastes := 1 + articles/50
	rows := make([][]int, readers)
	for u := range rows {
		seen := make(map[int]bool)
		taste := rng.IntN(tastes)
		for range 5 + int(rng.ExpFloat64()*35) {
			ord := int(float64(articles) * math.Pow(rng.Float64(), 3))
			if rng.IntN(3) > 0 {
				ord = (ord/tastes*tastes + taste) % articles
			}
			if !seen[ord] {
				seen[ord] = true
				rows[u] = append(rows[u], ord)
			}
		}
	}
	return rows
}

func BenchmarkFit(b *testing.B) {
	for _, size := range []struct{ articles, readers int }{
		{300, 30_000}, {1700, 1000}, {2500, 20_000}, {5000, 20_000}, {17_000, 5500}, {50_000, 100_000},
	} {
		b.Run(fmt.Sprintf("%dx%d", size.articles, size.readers), func(b *testing.B) {
			m := must(factor.New(factor.Config{First: 1 << 28}))
			fill(m, size.articles, heavy(size.articles, size.readers))
			for b.Loop() {
				m.Fit()
			}
			m.Sizes(func(name string, n int) { b.ReportMetric(float64(n), name) })
		})
	}
}

// BenchmarkRequest asks a model of 17,000 articles for readers of 20 and of 300
// articles.
func BenchmarkRequest(b *testing.B) {
	const articles = 17_000
	m := must(factor.New(factor.Config{First: 1 << 28}))
	rows := heavy(articles, 20_000)
	fill(m, articles, rows)
	m.Fit()
	var buf bytes.Buffer
	if err := m.WriteSnapshot(&buf); err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for _, acted := range []int{20, 300} {
		queries := make([]*feed.Query, 64)
		for i := range queries {
			queries[i] = query()
			for k := 0; len(queries[i].Acted) < acted; k++ {
				row := rows[(i*997+k)%len(rows)]
				for _, ord := range row[:min(len(row), acted-len(queries[i].Acted))] {
					queries[i].Acted = append(queries[i].Acted, feed.Ord(ord))
				}
			}
		}
		cands := make([]feed.Candidate, 300)
		for i := range cands {
			cands[i] = feed.Candidate{Item: item(rng.IntN(articles)), Features: make([]float32, 2)}
		}
		b.Run(fmt.Sprintf("Recall/%d", acted), func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]feed.Proposal, 0, 300)
			for i := 0; b.Loop(); i++ {
				dst = m.Recall(queries[i%len(queries)], 200, dst[:0])
			}
		})
		b.Run(fmt.Sprintf("Score/%d", acted), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Score(queries[i%len(queries)], cands, 0)
			}
		})
		b.Run(fmt.Sprintf("Because/%d", acted), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Because(queries[i%len(queries)], cands[i%len(cands)].Item.Ord)
			}
		})
	}
}
