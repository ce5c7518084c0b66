package suite

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"

	"readnext/internal/chart"
)

// WriteFiles writes bench.md, bench.json and the plots of growth into a
// directory, which it makes if need be, and returns the files' names.
func (r *Result) WriteFiles(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	put := func(name string, write func(io.Writer) error) error {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return err
		}
		names = append(names, name)
		return os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644)
	}
	if err := put("bench.md", r.WriteMarkdown); err != nil {
		return nil, err
	}
	if err := put("bench.json", r.WriteJSON); err != nil {
		return nil, err
	}
	for _, p := range r.plots() {
		if err := put("growth-"+p.file+".svg", p.WriteSVG); err != nil {
			return nil, err
		}
	}
	return names, nil
}

type plot struct {
	file string
	chart.Chart
}

// plots draw latency and memory over what grows.
func (r *Result) plots() []plot {
	var out []plot
	for _, axis := range []struct {
		name, label string
		log         bool
		x           func(*Growth) float64
	}{
		{axisArticles, "articles (log scale)", true, func(g *Growth) float64 { return float64(g.World.Articles) }},
		{axisReaders, "readers (log scale)", true, func(g *Growth) float64 { return float64(g.World.Readers) }},
		{axisChannels, "channels (log scale)", true, func(g *Growth) float64 { return float64(g.World.Channels) }},
		{axisNum, "articles a page", false, func(g *Growth) float64 { return float64(g.Num) }},
	} {
		growth := slices.Clone(r.Growth)
		slices.SortStableFunc(growth, func(g, h Growth) int { return cmp.Compare(axis.x(&g), axis.x(&h)) })
		p50, p99, memory := chart.Curve{Name: "p50"}, chart.Curve{Name: "p99"}, chart.Curve{Name: "peak"}
		for i := range growth {
			g := &growth[i]
			if g.Axis != axis.name {
				continue
			}
			x := axis.x(g)
			for _, c := range []*chart.Curve{&p50, &p99, &memory} {
				c.X = append(c.X, x)
			}
			p50.Y, p99.Y = append(p50.Y, g.P50), append(p99.Y, g.P99)
			memory.Y = append(memory.Y, float64(g.Resident)/(1<<20))
		}
		if len(p50.X) == 0 {
			continue
		}
		x := chart.Axis{Label: axis.label, Log: axis.log}
		if x.Log {
			x.From = p50.X[0]
		}
		out = append(out, plot{axis.name + "-latency", chart.Chart{
			Title: "Latency of one page", X: x, Y: chart.Axis{Label: "µs, one request at a time"}, Curves: []chart.Curve{p50, p99},
		}})
		if axis.name != axisNum { // all of its steps are on one server
			out = append(out, plot{axis.name + "-memory", chart.Chart{
				Title: "Resident memory", X: x, Y: chart.Axis{Label: "MiB"}, Curves: []chart.Curve{memory},
			}})
		}
	}
	return out
}
