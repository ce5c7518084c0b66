package neighbours

import (
	"math"

	"readnext/internal/feed"
)

// weights are the settings' decays, in tables where they depend on places only.
type weights struct {
	place    []float64 // by place from the reader's newest article: 1/(1 + k/Recency)
	length   []float64 // by a trail's length: 1/√n, 0 for trails that say nothing
	distance []float64 // by places from the common article: 1/(1 + (d-1)/Distance)
	age      float64   // 1/Age
	gap      feed.Millis
	beyond   float64 // at least 0, as all below
	before   float64
	damping  float64
}

func newWeights(c *Config) weights {
	w := weights{age: 1 / float64(c.Age), gap: c.Gap, beyond: max(c.Beyond, 0), before: max(c.Before, 0), damping: max(c.Damping, 0)}
	for k := range c.Latest {
		w.place = append(w.place, 1/(1+float64(k)/c.Recency))
	}
	w.length = make([]float64, 2, c.Length+1)
	w.distance = make([]float64, 1, c.Length)
	for n := 2; n <= c.Length; n++ {
		w.length = append(w.length, 1/math.Sqrt(float64(n)))
		w.distance = append(w.distance, 1/(1+float64(n-2)/c.Distance))
	}
	return w
}

// fresh returns what an act of a time weighs now, in (0,1]; one from later than
// now weighs 1.
func (w *weights) fresh(now, at feed.Millis) float64 {
	return 1 / (1 + max(0, float64(now)-float64(at))*w.age)
}

// idle returns what is left of all that neighbours say when the reader's last
// act was at a time: 1 while the session lasts, then
//
//	Beyond + (1-Beyond) · Gap/silence
func (w *weights) idle(now, last feed.Millis) float64 {
	silence := float64(now) - float64(last)
	if silence <= float64(w.gap) {
		return 1
	}
	return w.beyond + (1-w.beyond)*float64(w.gap)/silence
}

// rarity returns 1/readers^damping.
func (w *weights) rarity(readers int32) float64 {
	if w.damping == 0.5 {
		return 1 / math.Sqrt(float64(max(1, readers)))
	}
	return math.Pow(float64(max(1, readers)), -w.damping)
}

// speak sets voice[j] to what a trail says for its j-th article, for those whose
// bit is set in heard, the common one being at place p, if the trail as a whole
// weighs base.
func (w *weights) speak(ats []feed.Millis, p int, heard uint64, base float64, now feed.Millis, voice []float64) {
	voice[p] = 0
	in := base
	for j := p - 1; j >= 0; j-- {
		if ats[j]-ats[j+1] > w.gap {
			in = base * w.beyond
		}
		if heard>>j&1 != 0 {
			voice[j] = in * w.distance[p-j] * w.fresh(now, ats[j])
		}
	}
	base *= w.before
	in = base
	for j := p + 1; j < len(ats); j++ {
		if ats[j-1]-ats[j] > w.gap {
			in = base * w.beyond
		}
		if heard>>j&1 != 0 {
			voice[j] = in * w.distance[j-p] * w.fresh(now, ats[j])
		}
	}
}
