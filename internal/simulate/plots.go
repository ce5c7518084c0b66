package simulate

import (
	"bytes"
	"os"
	"path/filepath"
)

// WriteFiles writes the plots and the report as report.json into a directory,
// which it makes if need be, and returns the files' names.
func (r *Report) WriteFiles(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	put := func(name string, b *bytes.Buffer) error {
		names = append(names, name)
		return os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644)
	}
	for _, p := range r.plots() {
		var b bytes.Buffer
		if err := p.write(&b); err != nil {
			return nil, err
		}
		if err := put(p.file+".svg", &b); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		return nil, err
	}
	return names, put("report.json", &b)
}

// plot is a chart and what its file is called.
type plot struct {
	file string
	chart
}

func (r *Report) plots() []plot {
	plots := []plot{
		{"ctr", chart{
			title: "Click-through by day", curves: r.Daily,
			x: axis{label: "day"}, y: axis{label: "expected clicks a place shown", percent: true},
		}},
		{"coldstart", chart{
			title: "A new reader's first pages", curves: r.Newcomers,
			x: axis{label: "page of a reader who is new"}, y: axis{label: "expected clicks a page"},
		}},
		{"events", chart{
			title: "By what is known of a reader", curves: r.Known, rule: 0.9, ruleName: "within 10% of the oracle",
			x: axis{label: "acts of the reader known (log scale)", log: true}, y: axis{label: "clicks relative to the oracle's", percent: true},
		}},
		{"regret", chart{
			title: "Regret", curves: r.Regret,
			x: axis{label: "day"}, y: axis{label: "clicks that the oracle had more"},
		}},
		{"break", chart{
			title: "How news reaches its readers", curves: r.Breaking, rule: 0.5, ruleName: "half",
			x: axis{label: "seconds since the 20th click (log scale)", log: true}, y: axis{label: "interested readers with it on their next page", percent: true},
		}},
	}
	if len(r.Exploration) == 0 {
		return plots
	}
	var points []Curve
	for _, e := range r.Exploration {
		if e.Name == nameOracle {
			continue // far away from all others
		}
		points = append(points, Curve{Name: e.Name, X: []float64{e.Found}, Y: []float64{e.CTR}})
	}
	return append(plots, plot{"exploration", chart{
		title: "The price of exploration", curves: points, marks: true,
		x: axis{label: "good articles shown 20 times within 3 hours", percent: true}, y: axis{label: "expected clicks a place shown", percent: true},
	}})
}
