package suite

import (
	"fmt"
	"io"
	"math"

	"readnext/internal/bench"
)

func (s *Start) median() float64 { return bench.Median(s.Seconds) }

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

// WriteMarkdown writes the result as tables.
func (r *Result) WriteMarkdown(w io.Writer) error {
	p := &printer{w: w}
	p.f("%s, %d processors, %s. %d articles in %d channels, %d readers with %d events; pages of %d articles, %d bytes in protobuf; %d connections; medians of %d rounds of %g s.\n\n",
		r.Started.Format("2006-01-02 15:04"), r.CPUs, r.Go, r.World.Articles, r.World.Channels, r.World.Readers, r.World.Events, r.Num, r.PageBytes, r.Conns, r.Rounds, r.Seconds)
	p.f("| figure | at least | aim | measured | met |\n|---|---|---|---|---|\n")
	for _, s := range r.Shows {
		p.f("| %s | %s | %s | %s | %s |\n", s.Figure, s.Least, s.Aim, s.Measured, s.Met)
	}
	r.writePages(p)
	r.writeWrites(p)
	r.writeRest(p)
	r.writeGrowth(p)
	return p.err
}

func (r *Result) writePages(p *printer) {
	p.f("\n| pages at saturation | | pages/s | to bare | p50 ms | p99 ms | CPU µs | allocations | bytes allocated | generator's CPU µs | shed | failed | wrong |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, g := range r.Pages {
		p.f("| %s | %s | %.0f | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f | %.0f | %d | %d | %d |\n", g.Target, g.Encoding, g.Rate, g.ToBare, g.P50, g.P99,
			g.CPU, g.Allocs, g.Bytes, g.OwnCPU, g.Bad.Shed, g.Bad.Failed, g.Bad.Wrong)
	}
	for _, l := range r.Left {
		p.f("| %s | %s |\n", l.Target, l.Why)
	}
	p.f("\n| open loop | | of saturation | due/s | p50 ms | p99 ms | p99.9 ms | requests | shed | failed | wrong |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, g := range r.Pages {
		for _, o := range g.Open {
			p.f("| %s | %s | %.0f%% | %.0f | %.2f | %.2f | %.2f | %d | %d | %d | %d |\n", g.Target, g.Encoding, 100*o.Share, o.Rate, o.P50, o.P99, o.P999,
				o.Requests, o.Bad.Shed, o.Bad.Failed, o.Bad.Wrong)
		}
	}
	p.f("\n| overload | peak/s | good/s | of peak | p50 ms | p99 ms | requests | good | shed | failed | wrong |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, o := range r.Overloads {
		p.f("| %s, %g times saturation | %.0f | %.0f | %.2f | %.1f | %.1f | %d | %d | %d | %d | %d |\n", o.Target, o.Times, o.Peak, o.Good, o.OfPeak, o.P50, o.P99,
			o.Requests, o.Answered, o.Bad.Shed, o.Bad.Failed, o.Bad.Wrong)
	}
}

func (r *Result) writeWrites(p *printer) {
	p.f("\n| durable writes | batch | rows/s | requests/s to bare | p50 ms | p99 ms | CPU µs a row | failed | wrong |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, w := range r.Writes {
		p.f("| %s on %s | %d | %.0f | %.3f | %.2f | %.2f | %.1f | %d | %d |\n", w.Name, w.Target, w.Batch, w.Rate, w.ToBare, w.P50, w.P99, w.CPU, w.Bad.Failed, w.Bad.Wrong)
	}
	p.f("\nEvent to effect at half of saturation: %d of %d reports show in the next preview; p50 %.2f ms, p99 %.2f ms.\n", r.Effect.Reflected, r.Effect.Reports, r.Effect.P50, r.Effect.P99)
}

func (r *Result) writeRest(p *printer) {
	p.f("\n| filling | articles/s | events/s | disk bytes an article | disk bytes a reader with their events |\n|---|---|---|---|---|\n")
	for _, f := range r.Fills {
		p.f("| %s | %.0f | %.0f | %.0f | %.0f |\n", f.Target, f.ArticlesPerSecond, f.EventsPerSecond, f.BytesPerArticle, f.BytesPerReader)
	}
	p.f("\n| start to ready | from | seconds | starts |\n|---|---|---|---|\n")
	for _, s := range r.Starts {
		p.f("| %s | %s | %.2f | %d |\n", s.Target, s.From, s.median(), len(s.Seconds))
	}
	p.f("\n| sizes at the end | resident MiB | peak MiB | disk MiB | disk bytes a page |\n|---|---|---|---|---|\n")
	for _, s := range r.Sizes {
		p.f("| %s | %d | %d | %d | %.0f |\n", s.Target, s.Resident>>20, s.Peak>>20, s.Disk>>20, s.BytesPerPage)
	}
	p.f("\n| models waited for | before | seconds | at rest |\n|---|---|---|---|\n")
	for _, w := range r.Warms {
		p.f("| %s | %s | %.1f | %v |\n", w.Target, w.Before, w.Seconds, w.AtRest)
	}
	total := 0.0
	p.f("\nTook, in seconds:")
	for i, t := range r.Took {
		if total += t.Seconds; i > 0 {
			p.f(",")
		}
		p.f(" %s %.0f", t.Name, t.Seconds)
	}
	p.f("; together %.0f.\n", math.Ceil(total))
}

func (r *Result) writeGrowth(p *printer) {
	if len(r.Growth) == 0 {
		return
	}
	p.f("\n| growth of | articles | channels | readers | articles a page | p50 µs | p99 µs | pages/s | peak MiB | filled in s |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, g := range r.Growth {
		p.f("| %s | %d | %d | %d | %d | %.0f | %.0f | %.0f | %d | %.0f |\n", g.Axis, g.World.Articles, g.World.Channels, g.World.Readers, g.Num,
			g.P50, g.P99, g.Rate, g.Resident>>20, g.Seconds)
	}
}
