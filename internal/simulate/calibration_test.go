package simulate_test

import (
	"testing"

	"readnext/internal/explore"
	"readnext/internal/sim/truth"
	"readnext/internal/simulate"
)

// TestWorldIsLikePublishedOnes holds the default world, of which it plays a
// part, against what has been published of news feeds. docs/simulation.md names
// the sources.
func TestWorldIsLikePublishedOnes(t *testing.T) {
	r := run(t, simulate.Config{
		World:   truth.Config{Seed: 1, Readers: 400, Days: 4},
		Explore: []explore.Policy{},
	})
	w := r.World
	// MIND: 4.0% of the articles shown are clicked.
	if w.CTR < 0.03 || w.CTR > 0.05 {
		t.Errorf("the click-through is %v", w.CTR)
	}
	// Digg's novelty halves in 69 minutes, the access to a portal's news in 36
	// hours.
	if w.ClickAge < 69.0/60 || w.ClickAge > 36 {
		t.Errorf("the median click is on an article %v hours old", w.ClickAge)
	}
	// MIND: more than 84.5% of articles survive for less than two days.
	if w.TwoDays < 0.845 {
		t.Errorf("%v of the clicks are within two days", w.TwoDays)
	}
	// What is asked must be possible, and not for everybody: twice popular is
	// less than what the oracle has, and who knows readers, but has to learn
	// which articles are good, comes within 10% of it.
	if w.OracleGain < 2 || w.OracleGain > 3.5 {
		t.Errorf("the oracle has %v times the clicks of popular", w.OracleGain)
	}
	if w.Ceiling < 0.9 || w.Ceiling > 0.98 {
		t.Errorf("who knows all but quality has %v of the oracle's clicks", w.Ceiling)
	}
}
