package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"readnext/internal/chart"
)

// draw returns a chart's SVG, which must be well-formed, and the texts in it.
func draw(t *testing.T, c *chart.Chart) (svg string, texts []string) {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	svg = b.String()
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return svg, texts
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if s, ok := token.(xml.CharData); ok {
			texts = append(texts, string(s))
		}
	}
}

func TestAxesThatBeginLater(t *testing.T) {
	svg, texts := draw(t, &chart.Chart{
		Title: "a <b>", X: chart.Axis{Label: "readers", Log: true, From: 10_000}, Y: chart.Axis{Label: "µs"},
		Curves: []chart.Curve{{Name: "p50", X: []float64{10_000, 1_000_000}, Y: []float64{100, 200}}},
	})
	all := "|" + strings.Join(texts, "|") + "|"
	for _, want := range []string{"|a <b>|", "|10k|", "|30k|", "|1M|", "|200|", "|p50|"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	if strings.Contains(all, "|1000|") || strings.Contains(all, "|3000|") {
		t.Errorf("marks below the axis's beginning in %s", all)
	}
	// The first point is at the left end of the plot, the last at the right one.
	if !strings.Contains(svg, `cx="80.0"`) || !strings.Contains(svg, `cx="530.0"`) {
		t.Errorf("the points are elsewhere: %s", svg)
	}
}

func TestColours(t *testing.T) {
	c := chart.Chart{
		Curves: []chart.Curve{{Name: "ours", X: []float64{1}, Y: []float64{1}}, {Name: "other", X: []float64{2}, Y: []float64{1}}},
		Colour: func(name string) string {
			if name == "ours" {
				return "#123456"
			}
			return ""
		},
	}
	svg, _ := draw(t, &c)
	if !strings.Contains(svg, "#123456") || !strings.Contains(svg, "#0072B2") {
		t.Errorf("colours: %s", svg)
	}
}
