package suite_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/bench/suite"
	"readnext/internal/proof"
)

// binary is the program.
var binary string

func TestMain(m *testing.M) {
	os.Exit(proof.Built(func(path string) int {
		binary = path
		return m.Run()
	}))
}

// miniature is the suite in a few seconds.
func miniature(t *testing.T) suite.Config {
	t.Helper()
	return suite.Config{
		Binary: binary, Dir: t.TempDir(),
		World: suite.World{Articles: 800, Channels: 4, Readers: 2000, Events: 6000},
		Num:   5, Conns: 4, Rounds: 2, Duration: 100 * time.Millisecond, Settle: time.Second, Effects: 5,
	}
}

// TestMiniature runs the whole suite and wants numbers that do not contradict
// each other.
func TestMiniature(t *testing.T) {
	r, err := suite.Run(t.Context(), miniature(t), func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	targets := []string{"bare", "pseudo", "live, Pebble"}
	if !slices.ContainsFunc(r.Left, func(l suite.Left) bool { return l.Target == "live, Redis" }) {
		targets = append(targets, "live, Redis")
	}
	if len(r.Pages) != 2*len(targets) {
		t.Fatalf("%d rows of pages for %v", len(r.Pages), targets)
	}
	for _, p := range r.Pages {
		name := p.Target + ", " + p.Encoding
		if p.Bad != (suite.Bad{}) {
			t.Errorf("%s: %+v", name, p.Bad)
		}
		if len(p.Rates) != 2 || p.Rate < min(p.Rates[0], p.Rates[1]) || p.Rate > max(p.Rates[0], p.Rates[1]) {
			t.Errorf("%s: the median of %v is %v", name, p.Rates, p.Rate)
		}
		if p.Target == "bare" && p.ToBare != 1 {
			t.Errorf("%s: %v of itself", name, p.ToBare)
		}
		if p.Allocs < 10 || p.Bytes < 500 || p.P50 > p.P99 {
			t.Errorf("%s: %v allocations, %v bytes, p50 %v, p99 %v", name, p.Allocs, p.Bytes, p.P50, p.P99)
		}
		if len(p.Open) != 2 {
			t.Fatalf("%s: %d open loops", name, len(p.Open))
		}
		for _, o := range p.Open {
			if sum := o.Answered + o.Bad.Shed + o.Bad.Failed + o.Bad.Wrong; sum != o.Requests || o.Bad.Wrong > 0 || o.P50 > o.P99 || o.P99 > o.P999 {
				t.Errorf("%s at %v: %+v", name, o.Share, o)
			}
			if due := o.Rate * .1 * 2; due > 200 && (float64(o.Requests) < due*.5 || float64(o.Requests) > due*1.5) {
				t.Errorf("%s at %v: %d requests, due were about %.0f", name, o.Share, o.Requests, due)
			}
		}
	}
	for _, o := range r.Overloads {
		if sum := o.Answered + o.Bad.Shed + o.Bad.Failed + o.Bad.Wrong; sum != o.Requests || o.Bad.Wrong > 0 {
			t.Errorf("overload: %d outcomes of %+v", sum, o)
		}
	}
	if want := 4 * (len(targets) - 2); len(r.Writes) != want {
		t.Fatalf("%d kinds of writes, want %d", len(r.Writes), want)
	}
	for _, w := range r.Writes {
		if w.Bad != (suite.Bad{}) || w.Rate <= 0 {
			t.Errorf("%+v", w)
		}
	}
	if r.Effect.Reports != 5 || r.Effect.Reflected != 5 {
		t.Errorf("effects: %+v", r.Effect)
	}
	var starts []string
	for _, s := range r.Starts {
		starts = append(starts, s.Target+" from the "+s.From)
	}
	want := []string{"live, Pebble from the snapshot", "live, Pebble from the log"}
	if len(targets) == 4 {
		want = []string{"live, Pebble from the snapshot", "live, Redis from the snapshot", "live, Redis from the shared snapshot",
			"live, Pebble from the log", "live, Redis from the log"}
	}
	if !slices.Equal(starts, want) {
		t.Errorf("starts of %q; want %q", starts, want)
	}
	if len(r.Starts) < 2 || len(r.Starts[0].Seconds) != 2 || len(r.Sizes) != len(targets)-2 || r.Sizes[0].Resident < 10<<20 {
		t.Errorf("starts %+v, sizes %+v", r.Starts, r.Sizes)
	}
	var waits []string
	for _, w := range r.Warms {
		waits = append(waits, w.Target+" before "+w.Before)
		if w.Seconds <= 0 || w.Seconds > 30 {
			t.Errorf("waited: %+v", w)
		}
	}
	want = []string{"live, Pebble before saturation", "live, Pebble before overload"}
	if len(targets) == 4 {
		want = []string{"live, Pebble before saturation", "live, Redis before saturation", "live, Pebble before overload", "live, Redis before overload"}
	}
	if !slices.Equal(waits, want) {
		t.Errorf("waited for %q; want %q", waits, want)
	}
	checkFiles(t, r)
}

// checkFiles wants a table row for every figure, and JSON that says the same.
func checkFiles(t *testing.T, r *suite.Result) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	names, err := r.WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bench.md", "bench.json"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	md, err := os.ReadFile(filepath.Join(dir, "bench.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Shows {
		if !bytes.Contains(md, []byte("| "+s.Figure+" |")) {
			t.Errorf("bench.md has no row of %s", s.Figure)
		}
		if (s.Measured == "") != (s.Met == "not measured") {
			t.Errorf("%+v", s)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back suite.Result
	if err := json.Unmarshal(b, &back); err != nil || len(back.Pages) != len(r.Pages) || back.Pages[0].Rate != r.Pages[0].Rate {
		t.Errorf("bench.json: %v", err)
	}
}

// TestGrowth draws the plots of a miniature.
func TestGrowth(t *testing.T) {
	cfg := miniature(t)
	cfg.World = suite.World{Articles: 4000, Channels: 2, Readers: 1200}
	cfg.Rounds, cfg.Duration, cfg.Axes = 1, 40*time.Millisecond, []string{"both", "article_num"}
	r, err := suite.Grow(t.Context(), cfg, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	axes := map[string]int{}
	for _, g := range r.Growth {
		axes[g.Axis]++
		if g.P50 <= 0 || g.Rate <= 0 || g.Resident < 10<<20 {
			t.Errorf("%+v", g)
		}
	}
	if len(axes) != 2 || axes["article_num"] != 4 || axes["both"] != 2 {
		t.Errorf("steps: %v", axes)
	}
	if shows := r.Shows[slices.IndexFunc(r.Shows, func(s suite.Show) bool { return strings.HasPrefix(s.Figure, "latency at the largest") })]; shows.Measured == "" {
		t.Errorf("%+v", shows)
	}
	r.Growth = append(r.Growth, suite.Growth{Axis: "readers", World: suite.World{Readers: 10}, P50: 1, P99: 2, Resident: 1 << 20})
	names, err := r.WriteFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plots := 0
	for _, n := range names {
		if strings.HasSuffix(n, ".svg") {
			plots++
		}
	}
	if plots != 3 { // latency over articles a page and over readers, memory over readers

		t.Errorf("%d plots: %v", plots, names)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := suite.Config{Binary: "b", Dir: "d"}
	for name, spoil := range map[string]func(*suite.Config){
		"no binary":      func(c *suite.Config) { c.Binary = "" },
		"no directory":   func(c *suite.Config) { c.Dir = "" },
		"small channels": func(c *suite.Config) { c.World.Articles, c.World.Channels = 100, 50 },
		"growth":         func(c *suite.Config) { c.Axes = []string{"moons"} },
		"rounds":         func(c *suite.Config) { c.Rounds = -1 },
		"time":           func(c *suite.Config) { c.Duration = -1 },
	} {
		cfg := good
		cfg.EnsureDefaults()
		spoil(&cfg)
		if err := cfg.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	good.EnsureDefaults()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
