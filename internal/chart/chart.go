// Package chart draws line plots as SVG, from Go's standard library alone.
//
// It is for plots in documents: one size, six colours, no scripts. It is not
// for more curves than that, or for readers who want to zoom.
package chart

import (
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
)

// Chart is a line plot, or with Marks one of points.
type Chart struct {
	Title  string
	X, Y   Axis
	Curves []Curve
	Marks  bool // points instead of lines
	// Rule is a level to compare with, drawn if it has a name.
	Rule     float64
	RuleName string
	// Colour returns the colour of a curve by its name, "" for one of the six;
	// nil is like "" for all.
	Colour func(name string) string
}

// Axis is a labelled axis. It begins at 0, or at From.
type Axis struct {
	Label   string
	Percent bool    // values are shares
	Log     bool    // log(1+x)
	From    float64 // where it begins
}

// Curve is a named line of a plot.
type Curve struct {
	Name string    `json:"name"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
}

const (
	chartWidth, chartHeight    = 760.0, 440.0
	chartLeft, chartRight      = 80.0, 230.0
	chartTop, chartBottom      = 44.0, 60.0
	chartPlotWide, chartPlotUp = chartWidth - chartLeft - chartRight, chartHeight - chartTop - chartBottom
)

// colour is one of six for curves without one of their own (Okabe, Ito, 2008: told
// apart by nearly all eyes).
func (c *Chart) colour(i int) string {
	if c.Colour != nil {
		if own := c.Colour(c.Curves[i].Name); own != "" {
			return own
		}
	}
	six := [...]string{"#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}
	return six[i%len(six)]
}

// WriteSVG writes the plot.
func (c *Chart) WriteSVG(w io.Writer) error {
	p := &printer{w: w}
	xMax, yMax := c.span()
	x := func(v float64) float64 { return chartLeft + chartPlotWide*c.X.place(v)/c.X.place(xMax) }
	y := func(v float64) float64 { return chartTop + chartPlotUp*(1-c.Y.place(v)/c.Y.place(yMax)) }
	p.f(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12">`+"\n",
		chartWidth, chartHeight, chartWidth, chartHeight)
	p.f(`<rect width="100%%" height="100%%" fill="#ffffff"/>` + "\n")
	p.f(`<text x="%g" y="24" font-size="15">%s</text>`+"\n", chartLeft, html.EscapeString(c.Title))
	for _, v := range c.X.ticks(xMax) {
		p.f(`<line x1="%.1f" y1="%g" x2="%.1f" y2="%g" stroke="#e4e4e4"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`+"\n",
			x(v), chartTop, x(v), chartTop+chartPlotUp, x(v), chartTop+chartPlotUp+18, c.X.text(v))
	}
	for _, v := range c.Y.ticks(yMax) {
		p.f(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#e4e4e4"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`+"\n",
			chartLeft, y(v), chartLeft+chartPlotWide, y(v), chartLeft-8, y(v)+4, c.Y.text(v))
	}
	p.f(`<path d="M%g %gV%gH%g" fill="none" stroke="#444444"/>`+"\n", chartLeft, chartTop, chartTop+chartPlotUp, chartLeft+chartPlotWide)
	p.f(`<text x="%g" y="%g" text-anchor="middle">%s</text>`+"\n", chartLeft+chartPlotWide/2, chartHeight-16, html.EscapeString(c.X.Label))
	p.f(`<text transform="translate(20 %g) rotate(-90)" text-anchor="middle">%s</text>`+"\n", chartTop+chartPlotUp/2, html.EscapeString(c.Y.Label))
	if c.RuleName != "" {
		p.f(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#888888" stroke-dasharray="5 4"/><text x="%g" y="%.1f" fill="#666666">%s</text>`+"\n",
			chartLeft, y(c.Rule), chartLeft+chartPlotWide, y(c.Rule), chartLeft+8, y(c.Rule)+16, html.EscapeString(c.RuleName))
	}
	for i := range c.Curves {
		c.draw(p, i, x, y)
	}
	p.f("</svg>\n")
	return p.err
}

// draw draws a curve and its line of the legend.
func (c *Chart) draw(p *printer, i int, x, y func(float64) float64) {
	curve := &c.Curves[i]
	colour := c.colour(i)
	at := chartTop + 8 + 20*float64(i)
	left := chartLeft + chartPlotWide + 20
	p.f(`<g stroke="%s" fill="none" stroke-width="2">`, colour)
	if c.Marks {
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
		if c.Marks {
			r = 6
		}
		p.f(`<circle cx="%.1f" cy="%.1f" r="%g" fill="%s"/>`, x(curve.X[k]), y(curve.Y[k]), r, colour)
	}
	p.f(`</g><text x="%g" y="%g">%s</text>`+"\n", left+28, at+4, html.EscapeString(curve.Name))
}

// span returns the ends of both axes, a tick each.
func (c *Chart) span() (x, y float64) {
	y = c.Rule
	for _, curve := range c.Curves {
		for i := range curve.X {
			x, y = max(x, curve.X[i]), max(y, curve.Y[i])
		}
	}
	if !c.X.Log {
		x = roundUp(x)
	}
	return max(x, 1e-9), max(roundUp(y), 1e-9)
}

// place is where a value lies along an axis, in any unit; below its beginning is at it.
func (a *Axis) place(v float64) float64 {
	if a.Log {
		return math.Log1p(max(v, a.From, 0)) - math.Log1p(a.From)
	}
	return max(v-a.From, 0)
}

// ticks returns the values to mark up to the axis's end.
func (a *Axis) ticks(end float64) []float64 {
	var out []float64
	if a.Log {
		for v := 0.0; v <= end; {
			if v >= a.From {
				out = append(out, v)
			}
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
		if v := float64(i) * step; v >= a.From {
			out = append(out, v)
		}
	}
	return out
}

// text writes a value.
func (a *Axis) text(v float64) string {
	if a.Percent {
		return strconv.FormatFloat(math.Round(v*1e6)/1e4, 'f', -1, 64) + "%"
	}
	unit := ""
	switch {
	case v >= 1e6:
		v, unit = v/1e6, "M"
	case v >= 1e4:
		v, unit = v/1e3, "k"
	}
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64) + unit
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

// printer writes until a write fails, and keeps the error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
