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
		return a + Log2(1+Exp2(d))
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

// Log2 returns the logarithm of a normal x above 0 to base 2, to within 1e-12, in a
// fraction of math.Log2's time: x is a power of two times a number of which the first
// five bits are looked up, and Taylor's polynomial makes the rest.
func Log2(x float64) float64 {
	bits := math.Float64bits(x)
	of := &logs[bits>>47&31]
	r := math.Float64frombits(bits&(1<<52-1)|1023<<52)*of.inverse - 1
	r2 := r * r
	p := r - r2*(1./2-r*(1./3)+r2*(1./4-r*(1./5)+r2*(1./6-r*(1./7))))
	return float64(int(bits>>52)-1023) + of.log + p*math.Log2E
}

// logs are 1/x and log2(x) of the middles of 32 parts of 1 to 2.
var logs = [32]struct{ inverse, log float64 }{
	{0.9846153846153847, 0.02236781302845451}, {0.9552238805970149, 0.06608919045777244},
	{0.927536231884058, 0.10852445677816905}, {0.9014084507042254, 0.14974711950468206},
	{0.8767123287671232, 0.18982455888001723}, {0.8533333333333334, 0.22881869049588088},
	{0.8311688311688312, 0.2667865406949014}, {0.810126582278481, 0.30378074817710293},
	{0.7901234567901234, 0.33985000288462475}, {0.7710843373493976, 0.37503943134692475},
	{0.7529411764705882, 0.4093909361377018}, {0.735632183908046, 0.4429434958487283},
	{0.7191011235955056, 0.47573343096639775}, {0.7032967032967034, 0.5077946401986962},
	{0.6881720430107527, 0.5391588111080314}, {0.6736842105263158, 0.5698556083309478},
	{0.6597938144329897, 0.5999128421871277}, {0.6464646464646465, 0.6293566200796096},
	{0.6336633663366337, 0.6582114827517948}, {0.6213592233009708, 0.6865005271832184},
	{0.6095238095238096, 0.7142455176661227}, {0.5981308411214953, 0.7414669864011469},
	{0.5871559633027523, 0.7681843247769263}, {0.5765765765765766, 0.794415866350106},
	{0.5663716814159292, 0.8201789624151877}, {0.5565217391304348, 0.8454900509443752},
	{0.5470085470085471, 0.8703647195834046}, {0.5378151260504201, 0.8948177633079435},
	{0.5289256198347108, 0.9188632372745945}, {0.5203252032520326, 0.9425145053392399},
	{0.512, 0.965784284662087}, {0.5039370078740157, 0.9886846867721658},
}

// Pow2 returns 2^n for a whole number below 1024, exactly; 0 below -1022.
func Pow2(n float64) float64 {
	if n < -1022 {
		return 0
	}
	return math.Float64frombits(uint64(1023+int64(n)) << 52)
}
