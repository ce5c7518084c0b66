package bench

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Report writes a markdown table, the targets in cfg's order, each rate also
// as a ratio to the first target's of the same round.
func Report(w io.Writer, cfg Config, rounds map[string][]Round) error {
	if _, err := fmt.Fprintf(w, "| target | pages/s | ratio to %s | p50 | p99 | failed | wrong | generator's CPU a request |\n|---|---|---|---|---|---|---|---|\n", cfg.Targets[0].Name); err != nil {
		return err
	}
	base := rounds[cfg.Targets[0].Name]
	for _, t := range cfg.Targets {
		var rate, ratio, own []float64
		var latency []time.Duration
		failed, wrong, firstBad := 0, 0, ""
		for i, r := range rounds[t.Name] {
			rate = append(rate, r.PerSecond())
			ratio = append(ratio, r.PerSecond()/base[i].PerSecond())
			own = append(own, float64(r.OwnCPU.Microseconds())/float64(r.Requests))
			latency = append(latency, r.Latency...)
			failed += r.Failed
			wrong += r.Wrong
			if firstBad == "" {
				firstBad = r.FirstBad
			}
		}
		slices.Sort(latency)
		if _, err := fmt.Fprintf(w, "| %s | %.0f | %.2f | %v | %v | %d | %d | %.1f µs |\n", t.Name, median(rate), median(ratio),
			quantile(latency, .5), quantile(latency, .99), failed, wrong, median(own)); err != nil {
			return err
		}
		if firstBad != "" {
			if _, err := fmt.Fprintf(w, "\n%s, first bad answer: %s\n\n", t.Name, firstBad); err != nil {
				return err
			}
		}
	}
	return nil
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// quantile of a sorted slice, in steps of 10 µs.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))].Round(10 * time.Microsecond)
}
