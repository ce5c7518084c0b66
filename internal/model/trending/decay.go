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
		return a + math.Log2(1+exp2(d))
	}
	return a
}

// share returns 2^(power·(s-leader)), at most 1: what an article of score s
// has of the leader's popularity.
func share(s, leader, power float64) float64 {
	d := power * (s - leader)
	switch {
	case d > -40 && d < 0:
		return exp2(d)
	case d >= 0:
		return 1
	}
	return 0 // next to nothing, or NaN for nothing of nothing
}

// exp2 returns 2^x for |x| < 1000, to within 1e-12 of the value, in a fraction of
// math.Exp2's time: x is rounded to a sixteenth, whose power is looked up, and
// Taylor's polynomial makes the rest.
func exp2(x float64) float64 {
	const magic = 3 << 51 // adding it rounds to a whole number
	k := x*16 + magic
	i := int64(k - magic)
	r := (x - (k-magic)/16) * math.Ln2
	r2 := r * r
	p := 1 + r + r2*(1./2+r*(1./6)+r2*(1./24+r*(1./120)))
	return p * roots[i&15] * math.Float64frombits(uint64(1023+i>>4)<<52)
}

// roots are 2^(i/16).
var roots = [16]float64{
	1, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916,
	1.189207115002721, 1.241857812073484, 1.2968395546510096, 1.3542555469368927,
	1.4142135623730951, 1.4768261459394993, 1.5422108254079407, 1.6104903319492543,
	1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
}

// decay returns 2^(-age/halfLife) for a span between two times, perMilli being
// 1/halfLife; what lies ahead has not begun to fade.
func decay(from, to feed.Millis, perMilli float64) float64 {
	if to <= from {
		return 1
	}
	d := (float64(from) - float64(to)) * perMilli
	if d > -512 {
		return exp2(d)
	}
	return 0
}
