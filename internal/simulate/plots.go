package simulate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"readnext/internal/chart"
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
		if err := p.WriteSVG(&b); err != nil {
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
	chart.Chart
}

func (r *Report) plots() []plot {
	plots := []plot{
		{"ctr", chart.Chart{
			Colour: colour, Title: "Click-through by day", Curves: r.Daily,
			X: chart.Axis{Label: "day"}, Y: chart.Axis{Label: "expected clicks a place shown", Percent: true},
		}},
		{"coldstart", chart.Chart{
			Colour: colour, Title: "A new reader's first pages", Curves: r.Newcomers,
			X: chart.Axis{Label: "page of a reader who is new"}, Y: chart.Axis{Label: "expected clicks a page"},
		}},
		{"events", chart.Chart{
			Colour: colour, Title: "By what is known of a reader", Curves: r.Known, Rule: 0.9, RuleName: "within 10% of the oracle",
			X: chart.Axis{Label: "acts of the reader known (log scale)", Log: true}, Y: chart.Axis{Label: "clicks relative to the oracle's", Percent: true},
		}},
		{"regret", chart.Chart{
			Colour: colour, Title: "Regret", Curves: r.Regret,
			X: chart.Axis{Label: "day"}, Y: chart.Axis{Label: "clicks that the oracle had more"},
		}},
		{"break", chart.Chart{
			Colour: colour, Title: "How news reaches its readers", Curves: r.Breaking, Rule: 0.5, RuleName: "half",
			X: chart.Axis{Label: "seconds since the 20th click (log scale)", Log: true}, Y: chart.Axis{Label: "interested readers with it on their next page", Percent: true},
		}},
	}
	if len(r.Exploration) == 0 {
		return plots
	}
	var points []chart.Curve
	for _, e := range r.Exploration {
		if e.Name == nameOracle {
			continue // far away from all others
		}
		points = append(points, chart.Curve{Name: e.Name, X: []float64{e.Found}, Y: []float64{e.CTR}})
	}
	return append(plots, plot{"exploration", chart.Chart{
		Colour: colour, Title: "The price of exploration", Curves: points, Marks: true,
		X: chart.Axis{Label: "good articles shown 20 times within 3 hours", Percent: true}, Y: chart.Axis{Label: "expected clicks a place shown", Percent: true},
	}})
}

// colour is a policy's in every plot.
func colour(name string) string {
	switch {
	case name == nameOracle:
		return "#000000"
	case name == nameConfidant:
		return "#56B4E9"
	case name == nameEngine:
		return "#D55E00"
	case strings.HasPrefix(name, namePopular):
		return "#0072B2"
	case name == nameNewest:
		return "#009E73"
	case name == nameRandom:
		return "#CC79A7"
	}
	return ""
}
