package trending

import (
	"math"

	"readnext/internal/feed"
)

// logAdd returns log2(2^a + 2^b); -Inf is the logarithm of nothing.
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if d := b - a; d > -64 { // further away b is beyond a's last bit
		return a + math.Log2(1+math.Exp2(d))
	}
	return a
}

// share returns 2^(power·(s-leader)), at most 1: what an article of score s
// has of the leader's popularity.
func share(s, leader, power float64) float64 {
	d := power * (s - leader)
	switch {
	case d > -64 && d < 0:
		return exp2(d)
	case d >= 0:
		return 1
	}
	return 0 // nothing, or NaN for nothing of nothing
}

// exp2 returns 2^x for -1000 < x <= 0, to within 1e-12 of the value and faster
// than math.Exp2, which guards against what cannot be here: the integer part
// goes into the exponent, a Taylor polynomial around the middle of the interval
// makes the rest.
func exp2(x float64) float64 {
	n := int(x) // toward zero
	r := (x - float64(n) + 0.5) * math.Ln2
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r*(1./120+r*(1./720+r*(1./5040+
		r*(1./40320+r*(1./362880+r*(1./3628800))))))))))
	return p * (math.Sqrt2 / 2) * math.Float64frombits(uint64(1023+n)<<52)
}

// decay returns 2^(-age/halfLife) for a span between two times; what lies
// ahead has not begun to fade.
func decay(from, to, halfLife feed.Millis) float64 {
	if to <= from {
		return 1
	}
	d := (float64(from) - float64(to)) / float64(halfLife)
	if d > -512 {
		return exp2(d)
	}
	return 0
}
