package trending

import "readnext/internal/decay"

// share returns 2^(power·(s-leader)), at most 1: what an article of score s
// has of the leader's popularity.
func share(s, leader, power float64) float64 {
	d := power * (s - leader)
	switch {
	case d > -40 && d < 0:
		return decay.Exp2(d)
	case d >= 0:
		return 1
	}
	return 0 // next to nothing, or NaN for nothing of nothing
}

// logBits is how many halvings below the leader popularity still counts.
const logBits = 16

// logShare returns max(0, 1 + (s-leader)/16), at most 1.
func logShare(s, leader float64) float64 {
	if x := 1 + (s-leader)/logBits; x > 0 {
		return min(x, 1)
	}
	return 0 // also for NaN, nothing of nothing
}
