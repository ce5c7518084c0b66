package simulate

import (
	"html"
	"io"
	"math"
	"strconv"
	"strings"
)

// chart is a line plot, or with marks one of points.
type chart struct {
	title  string
	x, y   axis
	curves []Curve
	marks  bool // points instead of lines
	// rule is a level to compare with, drawn if it has a name.
	rule     float64
	ruleName string
}

// axis is a labelled axis; it begins at 0 unless it is logarithmic.
type axis struct {
	label   string
	percent bool // values are shares
	log     bool // log(1+x)
}

const (
	chartWidth, chartHeight    = 760.0, 440.0
	chartLeft, chartRight      = 80.0, 230.0
	chartTop, chartBottom      = 44.0, 60.0
	chartPlotWide, chartPlotUp = chartWidth - chartLeft - chartRight, chartHeight - chartTop - chartBottom
)

// colour is a policy's in every plot, or that of the i-th curve of others
// (Okabe, Ito, 2008: told apart by nearly all eyes).
func colour(name string, i int) string {
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
	others := []string{"#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}
	return others[i%len(others)]
}

// write writes the plot as SVG.
func (c *chart) write(w io.Writer) error {
	p := &printer{w: w}
	xMax, yMax := c.span()
	x := func(v float64) float64 { return chartLeft + chartPlotWide*c.x.place(v)/c.x.place(xMax) }
	y := func(v float64) float64 { return chartTop + chartPlotUp*(1-c.y.place(v)/c.y.place(yMax)) }
	p.f(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12">`+"\n",
		chartWidth, chartHeight, chartWidth, chartHeight)
	p.f(`<rect width="100%%" height="100%%" fill="#ffffff"/>` + "\n")
	p.f(`<text x="%g" y="24" font-size="15">%s</text>`+"\n", chartLeft, html.EscapeString(c.title))
	for _, v := range c.x.ticks(xMax) {
		p.f(`<line x1="%.1f" y1="%g" x2="%.1f" y2="%g" stroke="#e4e4e4"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`+"\n",
			x(v), chartTop, x(v), chartTop+chartPlotUp, x(v), chartTop+chartPlotUp+18, c.x.text(v))
	}
	for _, v := range c.y.ticks(yMax) {
		p.f(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#e4e4e4"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`+"\n",
			chartLeft, y(v), chartLeft+chartPlotWide, y(v), chartLeft-8, y(v)+4, c.y.text(v))
	}
	p.f(`<path d="M%g %gV%gH%g" fill="none" stroke="#444444"/>`+"\n", chartLeft, chartTop, chartTop+chartPlotUp, chartLeft+chartPlotWide)
	p.f(`<text x="%g" y="%g" text-anchor="middle">%s</text>`+"\n", chartLeft+chartPlotWide/2, chartHeight-16, html.EscapeString(c.x.label))
	p.f(`<text transform="translate(20 %g) rotate(-90)" text-anchor="middle">%s</text>`+"\n", chartTop+chartPlotUp/2, html.EscapeString(c.y.label))
	if c.ruleName != "" {
		p.f(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#888888" stroke-dasharray="5 4"/><text x="%g" y="%.1f" fill="#666666">%s</text>`+"\n",
			chartLeft, y(c.rule), chartLeft+chartPlotWide, y(c.rule), chartLeft+8, y(c.rule)+16, html.EscapeString(c.ruleName))
	}
	for i := range c.curves {
		c.draw(p, i, x, y)
	}
	p.f("</svg>\n")
	return p.err
}

// draw draws a curve and its line of the legend.
func (c *chart) draw(p *printer, i int, x, y func(float64) float64) {
	curve := &c.curves[i]
	colour := colour(curve.Name, i)
	at := chartTop + 8 + 20*float64(i)
	left := chartLeft + chartPlotWide + 20
	p.f(`<g stroke="%s" fill="none" stroke-width="2">`, colour)
	if c.marks {
		p.f(`<circle cx="%g" cy="%g" r="5" fill="%s"/>`, left+10, at, colour)
	} else {
		p.f(`<line x1="%g" y1="%g" x2="%g" y2="%g"/><polyline points="`, left, at, left+20, at)
		for k := range curve.X {
			p.f("%.1f,%.1f ", x(curve.X[k]), y(curve.Y[k]))
		}
		p.f(`"/>`)
	}
	for k := range curve.X {
		r := 2.5
		if c.marks {
			r = 6
		}
		p.f(`<circle cx="%.1f" cy="%.1f" r="%g" fill="%s"/>`, x(curve.X[k]), y(curve.Y[k]), r, colour)
	}
	p.f(`</g><text x="%g" y="%g">%s</text>`+"\n", left+28, at+4, html.EscapeString(curve.Name))
}

// span returns the ends of both axes, a tick each.
func (c *chart) span() (x, y float64) {
	y = c.rule
	for _, curve := range c.curves {
		for i := range curve.X {
			x, y = max(x, curve.X[i]), max(y, curve.Y[i])
		}
	}
	if !c.x.log {
		x = roundUp(x)
	}
	return max(x, 1e-9), max(roundUp(y), 1e-9)
}

// place is where a value lies along an axis, in any unit; below 0 is at 0.
func (a *axis) place(v float64) float64 {
	if a.log {
		return math.Log1p(max(v, 0))
	}
	return max(v, 0)
}

// ticks returns the values to mark up to the axis's end.
func (a *axis) ticks(end float64) []float64 {
	var out []float64
	if a.log {
		for v := 0.0; v <= end; {
			out = append(out, v)
			switch {
			case v == 0:
				v = 1
			case v == 1:
				v = 3
			case strconv.FormatFloat(v, 'f', -1, 64)[0] == '3':
				v *= 10.0 / 3
			default:
				v *= 3
			}
			v = math.Round(v)
		}
		return out
	}
	step := stepOf(end)
	for i := 0; float64(i)*step <= end*(1+1e-9); i++ {
		out = append(out, float64(i)*step)
	}
	return out
}

// text writes a value.
func (a *axis) text(v float64) string {
	if a.percent {
		return strconv.FormatFloat(math.Round(v*1e6)/1e4, 'f', -1, 64) + "%"
	}
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64)
}

// stepOf is 1, 2 or 5 times a power of ten, such that 4 to 10 of it make end.
func stepOf(end float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(max(end, 1e-9))))
	for _, f := range []float64{0.1, 0.2, 0.5} {
		if end/(unit*f) <= 10 {
			return unit * f
		}
	}
	return unit
}

// roundUp is the next multiple of the step.
func roundUp(end float64) float64 {
	step := stepOf(end)
	return step * math.Ceil(end/step-1e-9)
}
