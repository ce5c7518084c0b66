package simulate

import (
	"fmt"
	"math"
	"slices"

	"readnext/internal/feed"
)

// Figure is something asked of the engine, and what it was.
type Figure struct {
	Name     string  `json:"name"`
	Asked    string  `json:"asked"`
	Measured string  `json:"measured"`
	Value    float64 `json:"value"`
	Error    float64 `json:"standard_error"` // 0: none is known
	// Holds is whether what was asked was reached, and "beats" by more than
	// chance would have it 19 times in 20.
	Holds bool `json:"holds"`
}

// knownEnough is how many acts of a reader are asked to be enough.
const knownEnough = 100

func (c *critic) figures() []Figure {
	var out []Figure
	add := func(name, asked string, value, stderr float64, holds bool, measured string) {
		out = append(out, Figure{Name: name, Asked: asked, Measured: measured, Value: round(value), Error: round(stderr), Holds: holds})
	}
	r, e, n := c.ratio(c.engine, c.oracle, c.knownFrom(knownEnough, math.MaxInt))
	known := fmt.Sprintf("%.1f%% ± %.1f of the oracle's, on %d pages", 100*r, 100*e, n)
	if n == 0 {
		known = "no such reader came"
	}
	add("oracle", fmt.Sprintf("clicks within 10%% of the oracle's, of readers with %d acts known", knownEnough),
		r, e, n > 0 && r >= 0.9, known)
	r, e, _ = c.ratio(c.engine, c.popular, everything)
	add("popular", "clicks at least twice those of popular", r, e, r >= 2,
		fmt.Sprintf("%.2f ± %.2f times those of %s", r, e, c.popular.name))
	r, e, n = c.ratio(c.engine, c.popular, c.newcomer(2))
	add("newcomer", "a new reader's 3rd page beats popular", r, e, r-1.96*e > 1,
		fmt.Sprintf("%.2f ± %.2f times its clicks, on %d pages", r, e, n))
	took, all := c.reach()
	value, measured := -1.0, fmt.Sprintf("half of the time never, of %d news breaks", all)
	if all == 0 {
		measured = "no news broke"
	} else if m := median(took); m != math.MaxInt64 {
		value = float64(m) / float64(feed.Second)
		within := 0
		for _, t := range took {
			if t <= feed.Minute {
				within++
			}
		}
		measured = fmt.Sprintf("median %.0f s; %d of %d news breaks within 60 s", value, within, all)
	}
	add("break", "a news break is on half of its interested readers' next pages within 60 s of its first 20 clicks",
		value, 0, value >= 0 && value <= 60, measured)
	return out
}

// reach returns for each break when half of the readers were reached, after the
// 20th click; never is the largest span.
func (c *critic) reach() (took []feed.Millis, all int) {
	for i := range c.engine.watch.spread {
		s := &c.engine.watch.spread[i]
		t := feed.Millis(math.MaxInt64)
		for nr, d := range breakDelays() {
			if s.at(nr) && s.share(nr) >= 0.5 {
				t = d
				break
			}
		}
		took = append(took, t)
	}
	return took, len(took)
}

// median is the middle one, of an even number the later.
func median(spans []feed.Millis) feed.Millis {
	if len(spans) == 0 {
		return math.MaxInt64
	}
	sorted := slices.Sorted(slices.Values(spans))
	return sorted[len(sorted)/2]
}
