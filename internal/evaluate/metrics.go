package evaluate

import (
	"cmp"
	"math"
	"slices"

	"readnext/internal/feed"
)

// topBy returns the n of xs with the highest value, the first among equals.
func topBy[T any](xs []T, n int, value func(T) float64) []T {
	xs = slices.Clone(xs)
	slices.SortStableFunc(xs, func(a, b T) int { return cmp.Compare(value(b), value(a)) })
	return xs[:min(n, len(xs))]
}

// Metrics says how well one ranker did on some questions.
type Metrics struct {
	Questions int
	HR        Estimate // share of questions with a wanted article among the N
	MRR       Estimate // mean of 1/rank of the first one
	NDCG      Estimate
}

// Estimate is a mean with the half width of its 95% interval. Questions of one
// reader depend on each other, so the interval is of the means over readers
// (clusters), by the usual linearization of a ratio. Of a single reader there is
// none.
type Estimate struct {
	Mean, Half float64
	Readers    int
}

// Measure measures ranker k on the questions that keep keeps.
func Measure(questions []Question, k int, keep func(*Question) bool) Metrics {
	var m Metrics
	for i := range questions {
		if keep(&questions[i]) {
			m.Questions++
		}
	}
	m.HR = estimate(questions, keep, func(q *Question) float64 { return q.Scores[k].Hit })
	m.MRR = estimate(questions, keep, func(q *Question) float64 { return q.Scores[k].Reciprocal })
	m.NDCG = estimate(questions, keep, func(q *Question) float64 { return q.Scores[k].NDCG })
	return m
}

// Difference is how much better ranker a is than b in nDCG, paired by question.
func Difference(questions []Question, a, b int) Estimate {
	return estimate(questions, All, func(q *Question) float64 { return q.Scores[a].NDCG - q.Scores[b].NDCG })
}

// All keeps every question.
func All(*Question) bool { return true }

// Score says how good one answer was.
type Score struct {
	Hit        float64 // 1 if a wanted article was among the N
	Reciprocal float64 // 1/rank of the first one
	NDCG       float64 // Järvelin, Kekäläinen, 2002; all wanted articles count the same
}

// score holds an answer of up to n articles against what was wanted.
func score(n int, ids []feed.ArticleID, wanted ...feed.ArticleID) Score {
	var s Score
	dcg, ideal := 0.0, 0.0
	for i, id := range ids[:min(n, len(ids))] {
		if !slices.Contains(wanted, id) {
			continue
		}
		if s.Hit == 0 {
			s.Hit, s.Reciprocal = 1, 1/float64(1+i)
		}
		dcg += discount(i)
	}
	for i := range min(n, len(wanted)) {
		ideal += discount(i)
	}
	if dcg > 0 {
		s.NDCG = dcg / ideal
	}
	return s
}

func discount(place int) float64 { return 1 / math.Log2(2+float64(place)) }

func estimate(questions []Question, keep func(*Question) bool, value func(*Question) float64) Estimate {
	type cluster struct{ sum, n float64 }
	at := map[feed.UserID]int{}
	var clusters []cluster
	sum, n := 0.0, 0.0
	for i := range questions {
		q := &questions[i]
		if !keep(q) {
			continue
		}
		u := q.User
		c, ok := at[u]
		if !ok {
			c = len(clusters)
			at[u] = c
			clusters = append(clusters, cluster{})
		}
		v := value(q)
		clusters[c].sum += v
		clusters[c].n++
		sum += v
		n++
	}
	if n == 0 {
		return Estimate{}
	}
	mean := sum / n
	squares := 0.0
	for _, c := range clusters {
		d := c.sum - mean*c.n
		squares += d * d
	}
	if len(clusters) == 1 {
		return Estimate{Mean: mean, Readers: 1}
	}
	return Estimate{mean, 1.96 * math.Sqrt(squares) / n, len(clusters)}
}
