package truth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// Reader is somebody whose mind is known.
type Reader struct {
	ID feed.UserID
	// Joined is the time of the first visit.
	Joined feed.Millis
	// Bias is η: how fast attention fades down a page.
	Bias float64
	// Visits is how many visits a day the reader makes, on average.
	Visits float64
	// Peak is the hour around which the reader comes most.
	Peak float64

	taste [][]float32 // by day since Born, by sub-topic
}

const (
	lovedLeast = 3 // topics
	lovedMost  = 6

	likeCircle = 0.7  // of loved topics, which are the circle's
	rest       = 0.35 // taste for a loved topic's other sub-topics
	craze      = 0.07 // chance a day that a topic is loved for crazeDays
	crazeDays  = 2
	sway       = 0.08 // daily step of a love's logarithm
)

// circle is a set of interests that readers share.
type circle []love

// love is what a reader loves: two sub-topics of a topic.
type love struct {
	topic    int
	subs     [2]int // within the topic
	strength float64
}

// fall makes a love of a topic.
func fall(rng *rand.Rand, cfg *Config, topic int) love {
	first := rng.IntN(cfg.Subtopics)
	second := (first + 1 + rng.IntN(cfg.Subtopics-1)) % cfg.Subtopics
	return love{topic: topic, subs: [2]int{first, second}, strength: 0.7 + 0.6*rng.Float64()}
}

// another is a love of a topic that is not among them.
func another(rng *rand.Rand, cfg *Config, popularity []float64, loves []love) love {
	for {
		topic := pick(rng, popularity)
		if !slices.ContainsFunc(loves, func(l love) bool { return l.topic == topic }) {
			return fall(rng, cfg, topic)
		}
	}
}

// gather invents the readers, first those who are there on the first day.
func gather(rng *rand.Rand, cfg *Config, popularity []float64) []Reader {
	circles := make([]circle, cfg.Circles)
	for c := range circles {
		for range lovedMost {
			circles[c] = append(circles[c], another(rng, cfg, popularity, circles[c]))
		}
	}
	end := cfg.Born + feed.Millis(cfg.Days)*feed.Day
	joined := make([]feed.Millis, cfg.Readers)
	if rate := cfg.Newcomers * float64(cfg.Readers); rate > 0 {
		at := float64(cfg.Born)
		for {
			at += rng.ExpFloat64() / rate * float64(feed.Day)
			if feed.Millis(at) >= end {
				break
			}
			joined = append(joined, feed.Millis(at))
		}
	}
	readers := make([]Reader, len(joined))
	for i := range readers {
		r := &readers[i]
		*r = Reader{
			ID:     feed.UserID(fmt.Sprintf("reader-%d", i+1)),
			Joined: joined[i],
			Bias:   0.3 + 0.4*rng.Float64(),
			Visits: min(8, cfg.Visits*math.Exp(0.7*rng.NormFloat64())),
			Peak:   math.Mod(19+4*rng.NormFloat64()+48, 24),
		}
		r.taste = live(rng, cfg, popularity, circles[rng.IntN(len(circles))])
	}
	return readers
}

// live draws a reader's tastes of every day.
func live(rng *rand.Rand, cfg *Config, popularity []float64, c circle) [][]float32 {
	var loves []love
	order := rng.Perm(len(c))
	for range lovedLeast + rng.IntN(lovedMost-lovedLeast+1) {
		if rng.Float64() < likeCircle {
			l := c[order[len(loves)]]
			if !slices.ContainsFunc(loves, func(o love) bool { return o.topic == l.topic }) {
				l.strength = 0.7 + 0.6*rng.Float64()
				loves = append(loves, l)
				continue
			}
		}
		loves = append(loves, another(rng, cfg, popularity, loves))
	}
	dull := make([]float32, cfg.Topics*cfg.Subtopics)
	for t := range cfg.Topics {
		x := 0.02 + 0.12*rng.Float64()
		for s := range cfg.Subtopics {
			dull[t*cfg.Subtopics+s] = float32(x)
		}
	}
	var crush love // with strength 0: none
	var until int
	days := make([][]float32, cfg.Days)
	for d := range days {
		days[d] = slices.Clone(dull)
		if d >= until {
			crush.strength = 0
		}
		if crush.strength == 0 && rng.Float64() < craze {
			crush, until = another(rng, cfg, popularity, loves), d+crazeDays
		}
		for i := range loves {
			if rng.Float64() < cfg.Drift {
				loves[i] = another(rng, cfg, popularity, loves)
			}
			loves[i].strength = min(max(loves[i].strength*math.Exp(sway*rng.NormFloat64()), 0.5), 1.5)
			loves[i].put(days[d], cfg.Subtopics)
		}
		if crush.strength > 0 {
			crush.put(days[d], cfg.Subtopics)
		}
	}
	return days
}

// put writes a love into tastes.
func (l *love) put(taste []float32, subtopics int) {
	for s := range subtopics {
		x := rest
		if s == l.subs[0] || s == l.subs[1] {
			x = 1
		}
		at := l.topic*subtopics + s
		taste[at] = max(taste[at], float32(x*l.strength))
	}
}
