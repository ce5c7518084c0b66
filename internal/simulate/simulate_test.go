package simulate_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"readnext/internal/explore"
	"readnext/internal/sim/truth"
	"readnext/internal/simulate"
)

func quiet(string) {}

func run(t *testing.T, cfg simulate.Config) *simulate.Report {
	t.Helper()
	r, err := simulate.Run(t.Context(), cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// small is a simulation of about a second.
func small() simulate.Config {
	return simulate.Config{World: truth.Config{Seed: 3, Readers: 120, Days: 4, Articles: 200}}
}

// smallReport is the report of small, made once.
var smallReport = sync.OnceValues(func() (*simulate.Report, error) {
	return simulate.Run(context.Background(), small(), quiet)
})

func theReport(t *testing.T) *simulate.Report {
	t.Helper()
	r, err := smallReport()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSameSeedSameReport(t *testing.T) {
	cfg := small()
	cfg.Workers = 1
	var a, b bytes.Buffer
	if err := theReport(t).WriteJSON(&a); err != nil {
		t.Fatal(err)
	}
	if err := run(t, cfg).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("two simulations of one seed differ:\n%s\n%s", &a, &b)
	}
}

func TestPoliciesAreInTheOrderOfWhatTheyKnow(t *testing.T) {
	r := theReport(t)
	of := make(map[string]simulate.Served)
	for _, s := range r.Policies {
		of[s.Name] = s
		if s.Drawn < 0.85*s.CTR || s.Drawn > 1.15*s.CTR {
			t.Errorf("%s: click-through %v where %v is expected", s.Name, s.Drawn, s.CTR)
		}
	}
	order := []string{"oracle", "knows all but quality", r.Popular, "random"}
	for i := range order[1:] {
		if more, less := of[order[i]], of[order[i+1]]; !(more.CTR > less.CTR) {
			t.Errorf("%s has %v, %s has %v", order[i], more.CTR, order[i+1], less.CTR)
		}
	}
	if engine := of["readnext"]; engine.CTR < 2*of["random"].CTR {
		t.Errorf("the engine has %v, random %v", engine.CTR, of["random"].CTR)
	}
}

func TestReportIsWhole(t *testing.T) {
	r := theReport(t)
	if len(r.Figures) != 4 || len(r.Daily) != 6 || len(r.Newcomers) != 6 || len(r.Known) != 5 || len(r.Regret) != 5 {
		t.Errorf("%d figures, curves: %d daily, %d of newcomers, %d by what is known, %d of regret",
			len(r.Figures), len(r.Daily), len(r.Newcomers), len(r.Known), len(r.Regret))
	}
	if len(r.Exploration) != 5 || r.Exploration[0].Name != "greedy" || r.Exploration[0].Price != 0 {
		t.Errorf("exploration: %+v", r.Exploration)
	}
	for _, c := range r.Regret {
		if len(c.Y) != 5 || c.Y[0] != 0 || c.Y[4] <= 0 {
			t.Errorf("the regret of %s is %v", c.Name, c.Y)
		}
	}
	var md strings.Builder
	if err := r.WriteMarkdown(&md); err != nil || strings.Count(md.String(), "\n| ") < 20 {
		t.Errorf("%v: %s", err, md.String())
	}
}

// TestChanceHoldsNothing looks at a world of too few readers to tell much: a
// lead with newcomers that is smaller than its error is none.
func TestChanceHoldsNothing(t *testing.T) {
	r := run(t, simulate.Config{World: truth.Config{Seed: 1, Readers: 100, Days: 3, Articles: 200}, Explore: []explore.Policy{}})
	known, newcomer := r.Figures[0], r.Figures[2]
	if known.Name != "oracle" || known.Measured != "no such reader came" || known.Holds {
		t.Errorf("%+v", known)
	}
	if newcomer.Name != "newcomer" || newcomer.Holds != (newcomer.Value-1.96*newcomer.Error > 1) {
		t.Errorf("%+v", newcomer)
	}
}

func TestNewsReachesTheOraclesReadersAtOnce(t *testing.T) {
	cfg := small()
	cfg.World.Breaks = 6
	cfg.Explore = []explore.Policy{}
	r := run(t, cfg)
	if r.Breaks < 5 || len(r.Exploration) != 0 {
		t.Fatalf("%d news breaks, exploration %+v", r.Breaks, r.Exploration)
	}
	for _, c := range r.Breaking {
		if c.Name == "oracle" && (len(c.Y) < 5 || c.Y[0] < 0.9) {
			t.Errorf("the oracle shows news to %v of its readers", c.Y)
		}
	}
}

func TestFilesAreWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	names, err := theReport(t).WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 7 {
		t.Errorf("files %v", names)
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".svg") {
			checkSVG(t, name, data)
		}
	}
	if _, err := theReport(t).WriteFiles(filepath.Join(dir, names[0])); err == nil {
		t.Error("a file was taken for a directory")
	}
}

// checkSVG parses a plot: well-formed, with curves, without numbers that are
// none.
func checkSVG(t *testing.T, name string, data []byte) {
	t.Helper()
	circles := 0
	for dec := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles < 3 || bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
		t.Errorf("%s has %d points: %s", name, circles, data)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []simulate.Config{
		{Workers: -1},
		{ExploreDays: -1},
		{ExploreDays: 99},
		{World: truth.Config{Days: -1}},
		{Explore: []explore.Policy{{Temperature: -1}}},
	} {
		if _, err := simulate.Run(t.Context(), cfg, quiet); err == nil {
			t.Errorf("Run(%+v) is no error", cfg)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := simulate.Run(ctx, small(), quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
