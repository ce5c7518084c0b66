package covisit

import (
	"math"

	"readnext/internal/feed"
)

// moment is a point in time in half-lives since 1970, split into a whole
// number and 2^rest, which is what weights at that time are scaled by.
type moment struct {
	whole float64
	scale float64 // 2^rest, in [1,2)
}

func timeOf(t, halfLife feed.Millis) moment {
	x := float64(t) / float64(halfLife)
	whole := math.Floor(x)
	return moment{whole, exp2(x - whole)}
}

func (t moment) halfLives() float64 { return t.whole + math.Log2(t.scale) }

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

// pow2 returns 2^n for a whole number below 1024; 0 below -1022.
func pow2(n float64) float64 {
	if n < -1022 {
		return 0
	}
	return math.Float64frombits(uint64(1023+int64(n)) << 52)
}
