package engine

import (
	"maps"
	"strings"
)

// DefaultWeights is what serves a feed of which nothing was learned yet: what
// is new first, then what goes with the reader's latest articles and tastes,
// then what others read now.
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
		"factor":             3.0,
		"factor_p":           1.0,
		"response_age":       8.0,
		"response_article":   4.0,
		"response_names":     4.0,
		"response_taste":     4.0,
		"response_author":    4.0,
		"response_tired":     4.0,
		"fresh_1d":           1.0,
		"fresh_30d":          0.5,
	}
}

// ShelfWeights is what serves readers of a catalogue whose past was told without
// times of its own. Nothing is new there, nothing is read now, and the ranker has
// no order to learn from: what goes with all that a reader ever acted on comes
// first, and everything else decides where that says little.
func ShelfWeights() map[string]float64 {
	w := DefaultWeights()
	w["factor"], w["factor_p"] = 5, 4
	w["covisit"], w["covisit_last"] = 0.15, 0.1
	w["affinity_tag"] = 1.5
	delete(w, "trending_30d")
	return w
}

// ReportedWeights is what serves a site that reports what its pages show: how
// articles were received, which is an opinion on their age, their tags, their
// author and the reader's taste in one, and what is read now by whoever came
// another way, of which pages say nothing. Others' opinions on the former would
// count twice.
func ReportedWeights() map[string]float64 {
	w := DefaultWeights()
	maps.DeleteFunc(w, func(name string, _ float64) bool { return !strings.HasPrefix(name, "response") })
	w["trending_6m"], w["trending_1h"], w["ctr"] = 0.6, 0.3, 0.3
	return w
}
