// Package decay is the arithmetic of forward decay (Cormode, Shkapenyuk,
// Srivastava, Xu: Forward decay, 2009): weights that halve with each half-life,
// kept as logarithms to base 2 so that they neither overflow nor need sweeping.
//
// A sum of weights w at times t is kept as s = log2 Σ w·2^(t/halfLife). Its
// value at a time is 2^(s - time/halfLife), and the ratio of two sums is
// 2^(s1-s2) at any time. Functions are exact enough to rank by, not to count
// money with: see each.
package decay

import (
	"math"

	"readnext/internal/feed"
)

// LogAdd returns log2(2^a + 2^b); -Inf is the logarithm of nothing.
func LogAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if d := b - a; d > -64 { // further away b is beyond a's last bit
		return a + math.Log2(1+Exp2(d))
	}
	return a
}

// Since returns 2^(-(to-from)/halfLife), perMilli being 1/halfLife; what lies
// ahead has not begun to fade, and what is 512 half-lives old counts nothing.
func Since(from, to feed.Millis, perMilli float64) float64 {
	if to <= from {
		return 1
	}
	d := (float64(from) - float64(to)) * perMilli
	if d > -512 {
		return Exp2(d)
	}
	return 0
}

// Exp2 returns 2^x for |x| < 1000, to within 1e-12 of the value, in a fraction
// of math.Exp2's time: x is rounded to a sixteenth, whose power is looked up,
// and Taylor's polynomial makes the rest.
func Exp2(x float64) float64 {
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

// Pow2 returns 2^n for a whole number below 1024, exactly; 0 below -1022.
func Pow2(n float64) float64 {
	if n < -1022 {
		return 0
	}
	return math.Float64frombits(uint64(1023+int64(n)) << 52)
}
