package bench

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Report writes a markdown table, the targets in cfg's order, each rate also
// as a ratio to the first target's of the same round.
func Report(w io.Writer, cfg Config, rounds map[string][]*Round) error {
	if _, err := fmt.Fprintf(w, "| target | pages/s | ratio to %s | p50 | p99 | shed | failed | wrong | generator's CPU a request |\n|---|---|---|---|---|---|---|---|---|\n", cfg.Targets[0].Name); err != nil {
		return err
	}
	base := rounds[cfg.Targets[0].Name]
	var bad []string
	for _, t := range cfg.Targets {
		var rate, ratio, own []float64
		var all Round
		all.Latency = newHistogram()
		for i, r := range rounds[t.Name] {
			rate = append(rate, r.PerSecond())
			ratio = append(ratio, r.PerSecond()/base[i].PerSecond())
			own = append(own, float64(r.OwnCPU.Microseconds())/float64(r.Requests))
			all.Latency.Merge(r.Latency)
			all.Shed += r.Shed
			all.Failed += r.Failed
			all.Wrong += r.Wrong
			if all.FirstBad == "" && r.FirstBad != "" {
				all.FirstBad = r.FirstBad
				bad = append(bad, fmt.Sprintf("\n%s, first bad answer: %s\n", t.Name, r.FirstBad))
			}
		}
		if _, err := fmt.Fprintf(w, "| %s | %.0f | %.2f | %v | %v | %d | %d | %d | %.1f µs |\n", t.Name, Median(rate), Median(ratio),
			all.Quantile(.5).Round(10*time.Microsecond), all.Quantile(.99).Round(10*time.Microsecond), all.Shed, all.Failed, all.Wrong, Median(own)); err != nil {
			return err
		}
	}
	for _, line := range bad {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// Median is the middle value, or the mean of the two; 0 of none.
func Median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
