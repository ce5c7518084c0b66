package suite

import (
	"fmt"
	"strings"
)

// Show is one of the figures that readnext should reach.
type Show struct {
	Figure   string `json:"figure"`
	Least    string `json:"at_least"`
	Aim      string `json:"aim"`
	Measured string `json:"measured"` // "" if it was not
	Met      string `json:"met"`      // aim, least, no, or not measured
}

// figure is a Show before it is measured.
type figure struct {
	name       string
	least, aim float64
	lower      bool // less is better
	unit       string
	value      func(*Result) (float64, bool)
}

// show fills Shows from the rest of the result.
func (r *Result) show() {
	r.Shows = r.Shows[:0]
	for _, f := range figures() {
		s := Show{Figure: f.name, Least: f.text(f.least), Aim: f.text(f.aim), Met: "not measured"}
		if v, ok := f.value(r); ok {
			s.Measured, s.Met = f.text(v), f.met(v)
		}
		r.Shows = append(r.Shows, s)
	}
}

func (f *figure) met(v float64) string {
	reaches := func(bound float64) bool {
		if f.lower {
			return v <= bound
		}
		return v >= bound
	}
	switch {
	case reaches(f.aim):
		return "aim"
	case reaches(f.least):
		return "least"
	}
	return "no"
}

func (f *figure) text(v float64) string {
	digits := 2
	if v >= 100 {
		digits = 0
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s", digits, v, f.unit))
}

// figures are what readnext should reach, and the aim beyond.
func figures() []figure {
	toBare := func(target, encoding string) func(*Result) (float64, bool) {
		return func(r *Result) (float64, bool) {
			if p := r.pages(target, encoding); p != nil {
				return p.ToBare, true
			}
			return 0, false
		}
	}
	return []figure{
		{"live on Pebble / bare, protobuf", .5, .8, false, "", toBare(livePebble, "protobuf")},
		{"live on Pebble / bare, JSON", .6, .85, false, "", toBare(livePebble, "JSON")},
		{"live on Redis / bare, protobuf, Redis on the same cores", .25, .4, false, "", toBare(liveRedis, "protobuf")},
		{"p99 at 50% of saturation, live on Pebble, protobuf", 5, 2, true, "ms", func(r *Result) (float64, bool) {
			if p := r.pages(livePebble, "protobuf"); p != nil && len(p.Open) > 0 {
				return p.Open[0].P99, true
			}
			return 0, false
		}},
		{"`Report` single, durable, a second / bare", .3, .5, false, "", func(r *Result) (float64, bool) {
			if w := r.write(livePebble, "Report", 1); w != nil {
				return w.ToBare, true
			}
			return 0, false
		}},
		{"`Record` in batches of 100, durable", 100_000, 250_000, false, "events/s", func(r *Result) (float64, bool) {
			if w := r.write(livePebble, "Record", 100); w != nil {
				return w.Rate, true
			}
			return 0, false
		}},
		{"latency at the largest of growth / at the smallest", 2, 1.2, true, "", growthRatio},
		{"resident memory, live on Pebble, peak, with writes", 1024, 512, true, "MiB", func(r *Result) (float64, bool) {
			for _, s := range r.Sizes {
				if s.Target == livePebble {
					return float64(s.Peak) / (1 << 20), true
				}
			}
			return 0, false
		}},
		{"start to ready from a snapshot", 5, 1, true, "s", func(r *Result) (float64, bool) {
			for _, s := range r.Starts {
				if s.Target == livePebble && s.From == "snapshot" {
					return s.median(), true
				}
			}
			return 0, false
		}},
		{"goodput at 2 times saturation / peak", .8, .95, false, "", func(r *Result) (float64, bool) {
			if o := r.overload(livePebble); o != nil {
				return o.OfPeak, true
			}
			return 0, false
		}},
		{"p99 of accepted requests at 2 times saturation", 100, 50, true, "ms", func(r *Result) (float64, bool) {
			if o := r.overload(livePebble); o != nil {
				return o.P99, true
			}
			return 0, false
		}},
	}
}

func growthRatio(r *Result) (float64, bool) {
	var ends []Growth
	for _, g := range r.Growth {
		if g.Axis == axisBoth {
			ends = append(ends, g)
		}
	}
	if len(ends) < 2 {
		return 0, false
	}
	return ends[len(ends)-1].P50 / ends[0].P50, true
}

// pages is nil if a target was not measured.
func (r *Result) pages(target, encoding string) *Pages {
	for i := range r.Pages {
		if p := &r.Pages[i]; p.Target == target && p.Encoding == encoding {
			return p
		}
	}
	return nil
}

func (r *Result) write(target, name string, batch int) *Write {
	for i := range r.Writes {
		if w := &r.Writes[i]; w.Target == target && w.Name == name && w.Batch == batch {
			return w
		}
	}
	return nil
}

func (r *Result) overload(target string) *Overload {
	for i := range r.Overloads {
		if o := &r.Overloads[i]; o.Target == target {
			return o
		}
	}
	return nil
}
