package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"readnext/internal/chart"
	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

// Report is what a simulation showed. Clicks are expected clicks unless they
// are said to be drawn.
type Report struct {
	Seed     uint64 `json:"seed"`
	Days     int    `json:"days"`
	Readers  int    `json:"readers"` // in the end
	Articles int    `json:"articles"`
	Pages    int    `json:"pages"`
	Breaks   int    `json:"breaks"`

	World    Statistics `json:"world"`
	Figures  []Figure   `json:"figures"`
	Policies []Served   `json:"policies"`
	// Popular is the name of the best popular policy.
	Popular string `json:"popular"`
	// Daily holds clicks a place by day.
	Daily []chart.Curve `json:"daily"`
	// Newcomers holds clicks on newcomers' 1st, 2nd, ... page.
	Newcomers []chart.Curve `json:"newcomers"`
	// Known holds clicks relative to the oracle's on the same pages, by how
	// many acts of the reader were known to the engine.
	Known []chart.Curve `json:"known"`
	// Regret holds the clicks that the oracle had more, summed up by day.
	Regret []chart.Curve `json:"regret"`
	// Breaking holds the share of interested readers whose next page has the
	// news, by seconds since its 20th click.
	Breaking []chart.Curve `json:"breaking"`
	// Exploration compares ways of exploring.
	Exploration []Explored `json:"exploration"`
}

// Statistics are those of the world that published ones can be held against:
// what readers did whom the best popular policy served.
type Statistics struct {
	CTR        float64 `json:"ctr"`                       // drawn clicks a place
	ClickAge   float64 `json:"median_click_age_hours"`    // of the article when it was clicked
	TwoDays    float64 `json:"clicks_within_two_days"`    // share of clicks on articles not older
	OracleGain float64 `json:"oracle_to_popular"`         // the oracle's clicks relative to popular's
	Ceiling    float64 `json:"all_but_quality_of_oracle"` // clicks of whoever knows all but quality
}

// Served sums up a policy.
type Served struct {
	Name   string  `json:"name"`
	CTR    float64 `json:"ctr"`       // clicks a place
	Drawn  float64 `json:"drawn_ctr"` // drawn clicks a place
	Page   float64 `json:"clicks_a_page"`
	Oracle float64 `json:"of_oracle"` // clicks relative to the oracle's
}

// Explored sums up a way of exploring.
type Explored struct {
	Name  string  `json:"name"`
	CTR   float64 `json:"ctr"`
	Price float64 `json:"price"` // share of the greedy engine's clicks that it costs
	// Found is the share of the best tenth of articles, by quality, that were
	// shown 20 times within 3 hours.
	Found float64 `json:"found"`
}

// add adds a point to a curve.
func add(c *chart.Curve, x, y float64) {
	c.X, c.Y = append(c.X, x), append(c.Y, round(y))
}

// round keeps six decimals.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// WriteJSON writes the report.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteMarkdown writes the figures asked for, and the policies, as tables.
func (r *Report) WriteMarkdown(w io.Writer) error {
	p := &printer{w: w}
	p.f("%d readers, %d articles, %d pages in %d days; %d news breaks; seed %d\n\n", r.Readers, r.Articles, r.Pages, r.Days, r.Breaks, r.Seed)
	p.f("With %s: click-through %.2f%%; the median click is on an article %.1f h old, %.1f%% are on articles of two days at most.\n"+
		"The oracle has %.2f times its clicks; who knows all but quality has %.1f%% of the oracle's.\n\n",
		r.Popular, 100*r.World.CTR, r.World.ClickAge, 100*r.World.TwoDays, r.World.OracleGain, 100*r.World.Ceiling)
	p.f("| asked | measured | |\n|---|---:|---|\n")
	for _, f := range r.Figures {
		verdict := "no"
		if f.Holds {
			verdict = "yes"
		}
		p.f("| %s | %s | %s |\n", f.Asked, f.Measured, verdict)
	}
	p.f("\n| policy | CTR | drawn | clicks a page | of the oracle's |\n|---|---:|---:|---:|---:|\n")
	for _, s := range r.Policies {
		p.f("| %s | %.2f%% | %.2f%% | %.3f | %.1f%% |\n", s.Name, 100*s.CTR, 100*s.Drawn, s.Page, 100*s.Oracle)
	}
	if len(r.Exploration) > 0 {
		p.f("\n| exploring | CTR | price | good articles found |\n|---|---:|---:|---:|\n")
		for _, e := range r.Exploration {
			p.f("| %s | %.2f%% | %.1f%% | %.1f%% |\n", e.Name, 100*e.CTR, 100*e.Price, 100*e.Found)
		}
	}
	return p.err
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// report makes the report of plays that are over.
func report(cfg *Config, world *truth.World, acts []*act) *Report {
	c := newCritic(cfg, world, acts)
	r := &Report{
		Seed: cfg.World.Seed, Days: cfg.World.Days, Readers: len(world.Readers()),
		Articles: len(world.Articles()), Pages: len(c.engine.pages), Breaks: len(c.engine.watch.spread),
		Popular: c.popular.name, World: c.statistics(),
	}
	for _, a := range c.whole {
		r.Policies = append(r.Policies, c.served(a))
	}
	for _, a := range c.shown() {
		r.Daily = append(r.Daily, c.daily(a))
		r.Newcomers = append(r.Newcomers, c.newcomers(a))
		if a != c.oracle {
			r.Known = append(r.Known, c.byKnown(a))
			r.Regret = append(r.Regret, c.regret(a))
		}
	}
	r.Breaking = []chart.Curve{c.breaking(c.oracle), c.breaking(c.engine), c.breaking(c.popular)}
	r.Exploration = c.exploration(feed.Millis(cfg.ExploreDays) * feed.Day)
	r.Figures = c.figures()
	return r
}
