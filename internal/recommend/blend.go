package recommend

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"readnext/internal/feed"
)

// Blend ranks by a weighted sum of features. It learns nothing: it is what
// serves before anything was learned.
type Blend struct {
	weights map[string]float64
	byCol   []float64
}

// DefaultWeights is what serves a feed nobody has tuned: what is new first,
// then what goes with the reader's latest articles and tastes, then what others
// read now. Replays of logs where most articles live for days prefer freshness
// by far; where all articles are old it weighs nothing, and the rest decides.
func DefaultWeights() map[string]float64 {
	return map[string]float64{
		"covisit":            0.4,
		"covisit_last":       0.3,
		"affinity_tag":       2.0,
		"affinity_author":    0.3,
		"affinity_channel":   0.1,
		"affinity_embedding": 0.3,
		"trending_1h":        0.3,
		"trending_1d":        0.1,
		"trending_30d":       0.1,
		"ctr":                0.3,
		"fresh_1d":           1.0,
		"fresh_30d":          0.5,
	}
}

// FeatureNames returns the names that weights are of, sorted.
func FeatureNames(weights map[string]float64) []string {
	return slices.Sorted(maps.Keys(weights))
}

// NewBlend makes a Blend; features without a weight count nothing.
func NewBlend(weights map[string]float64) *Blend {
	return &Blend{weights: maps.Clone(weights)}
}

// Bind tells the columns. A weight that belongs to no column is an error: it
// would be a misspelling.
func (b *Blend) Bind(features []string) error {
	for name, w := range b.weights {
		if !slices.Contains(features, name) {
			return fmt.Errorf("the blend weighs %q, which no source fills", name)
		}
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("the blend's weight of %q is %v", name, w)
		}
	}
	b.byCol = make([]float64, len(features))
	for i, name := range features {
		b.byCol[i] = b.weights[name]
	}
	return nil
}

// Rank sets scores.
func (b *Blend) Rank(_ *feed.Query, cands []feed.Candidate) {
	for i := range cands {
		sum := 0.0
		for j, f := range cands[i].Features {
			sum += b.byCol[j] * float64(f)
		}
		cands[i].Score = sum
	}
}

// Contributions sets dst to weight times feature, column by column; their sum
// is the score.
func (b *Blend) Contributions(_ *feed.Query, c *feed.Candidate, dst []float64) {
	for col, f := range c.Features {
		dst[col] = b.byCol[col] * float64(f)
	}
}

// Version is 1: the hand-set weights.
func (b *Blend) Version() uint32 { return 1 }
