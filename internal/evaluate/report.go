package evaluate

import (
	"encoding/json"
	"fmt"
	"io"

	"readnext/internal/feed"
)

// Row is one ranker's line of a report.
type Row struct {
	Name      string
	All       Metrics
	Cold      Metrics  // articles younger than an hour
	New       Metrics  // readers who had acted on fewer than three articles
	Lead      Estimate // nDCG less that of the first ranker, paired
	Coverage  float64
	Novelty   float64
	Diversity float64
	Gini      float64
	Bias      float64
}

// Rows sums a result up; articles is how many there are in all.
func (r *Result) Rows(articles int) []Row {
	rows := make([]Row, len(r.Rankers))
	for k, name := range r.Rankers {
		s := &r.Shown[k]
		rows[k] = Row{
			Name: name,
			All:  Measure(r.Questions, k, All),
			Cold: Measure(r.Questions, k, func(q *Question) bool { return q.Age >= 0 && q.Age < feed.Hour }),
			New:  Measure(r.Questions, k, func(q *Question) bool { return q.Known < 3 }),
			Lead: Difference(r.Questions, k, 0),

			Coverage: s.Coverage(articles), Novelty: s.Novelty(), Diversity: s.Diversity(), Gini: s.Gini(), Bias: s.Bias(r.Questions),
		}
	}
	return rows
}

// WriteMarkdown writes a table; intervals are of 95%.
func WriteMarkdown(w io.Writer, n int, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, `%d questions, %d about articles younger than an hour, %d by readers with fewer than 3 acts

| ranker | HR@%[4]d | MRR@%[4]d | nDCG@%[4]d | less %[5]s's | nDCG, young articles | nDCG, new readers | coverage | novelty, bits | diversity | Gini | popularity bias |
|---|---|---|---|---|---|---|---|---|---|---|---|
`, rows[0].All.Questions, rows[0].Cold.Questions, rows[0].New.Questions, n, rows[0].Name); err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(w, "| %s | %v | %v | %v | %s | %.4f | %.4f | %.3f | %.2f | %.3f | %.3f | %.2f |\n",
			r.Name, r.All.HR, r.All.MRR, r.All.NDCG, r.Lead.text("%+.4f"), r.Cold.NDCG.Mean, r.New.NDCG.Mean,
			r.Coverage, r.Novelty, r.Diversity, r.Gini, r.Bias); err != nil {
			return err
		}
	}
	return nil
}

func (e Estimate) String() string { return e.text("%.4f") }

// text spells the mean in a format, with its interval if there is one.
func (e Estimate) text(format string) string {
	mean := fmt.Sprintf(format, e.Mean)
	if e.Readers < 2 {
		return mean
	}
	return fmt.Sprintf("%s ± %.4f", mean, e.Half)
}

// WriteJSON writes the rows as indented JSON.
func WriteJSON(w io.Writer, rows []Row) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(rows)
}
