package affinity_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
)

// catalogue makes articles of which nothing but embeddings is known: clusters
// of 250 articles whose embeddings have a cosine of about 1/(1+spread²) with
// one another, and are all shifted by a common vector if skewed, as those of
// real texts are; or no clusters at all if spread is 0.
func catalogue(seed uint64, n, dimensions int, spread float64, skewed bool) []*feed.Item {
	rng := rand.New(rand.NewPCG(seed, uint64(dimensions)))
	vector := func(dst []float64, scale float64) []float64 {
		v := make([]float64, dimensions)
		for i := range v {
			v[i] = scale * rng.NormFloat64()
			if dst != nil {
				v[i] += dst[i]
			}
		}
		return v
	}
	var shift []float64
	if skewed {
		shift = vector(nil, 1)
	}
	centres := make([][]float64, max(1, n/250))
	for i := range centres {
		centres[i] = vector(shift, 1)
	}
	items := make([]*feed.Item, n)
	for i := range items {
		var v []float64
		if spread == 0 {
			v = vector(nil, 1)
		} else {
			v = vector(centres[rng.IntN(len(centres))], spread)
		}
		it := item(feed.Ord(i), 0)
		for _, x := range v {
			it.Embedding = append(it.Embedding, float32(x))
		}
		items[i] = it
	}
	return items
}

// exact returns the n articles with the highest cosines, in order.
func exact(items []*feed.Item, to *feed.Item, n int) []feed.Ord {
	type scored struct {
		ord feed.Ord
		cos float64
	}
	var all []scored
	for _, it := range items {
		if it.Ord == to.Ord || len(it.Embedding) != len(to.Embedding) {
			continue
		}
		dot, square := 0.0, 0.0
		for i, x := range it.Embedding {
			dot += float64(x) * float64(to.Embedding[i])
			square += float64(x) * float64(x)
		}
		all = append(all, scored{it.Ord, dot / math.Sqrt(square)})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.cos, a.cos) })
	var list []feed.Ord
	for _, x := range all[:n] {
		list = append(list, x.ord)
	}
	return list
}

// recalled returns the share of the nearest 50 that Similar finds, over some
// articles.
func recalled(m *affinity.Model, items []*feed.Item, queries int) float64 {
	found := 0
	for i := range queries {
		to := items[i*len(items)/queries]
		want := exact(items, to, 50)
		for _, ord := range ords(m.Similar(to, t0+feed.Day, 50, nil)) {
			if slices.Contains(want, ord) {
				found++
			}
		}
	}
	return float64(found) / float64(50*queries)
}

func BenchmarkNearest(b *testing.B) {
	for _, data := range []struct {
		name   string
		spread float64
		skewed bool
	}{{"clustered", 0.6, false}, {"loose", 1, false}, {"skewed", 0.6, true}, {"uniform", 0, false}} {
		for _, dimensions := range []int{64, 128, 384} {
			for _, n := range []int{10_000, 50_000} {
				b.Run(fmt.Sprintf("%s/dimensions=%d/articles=%d", data.name, dimensions, n), func(b *testing.B) {
					items := catalogue(1, n, dimensions, data.spread, data.skewed)
					m := folded(affinity.Config{}, items...)
					share := recalled(m, items, 40)
					var dst []feed.Proposal
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						dst = m.Similar(items[i*7919%n], t0+feed.Day, 50, dst[:0])
					}
					b.ReportMetric(share, "recall@50")
				})
			}
		}
	}
}
