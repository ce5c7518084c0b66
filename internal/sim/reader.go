package sim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"readnext/internal/feed"
)

// Reader is somebody whose mind is known.
type Reader struct {
	ID feed.UserID
	// Taste says for each topic how much of it the reader likes, in [0,1].
	Taste []float64
	// Bias is how fast attention fades down a page: position p, from 0, is
	// looked at with probability (1+p)^-Bias. Above 0.
	Bias float64
	// Activity is how often the reader comes, relative to others; 1 is usual.
	Activity float64
	// Peak is the hour of the day, UTC, in [0,24), around which the reader
	// comes most.
	Peak float64
}

// Liveliness is the reader's share of visits at a time, relative to others: a
// bump around Peak upon a base, so that nobody is ever quite away.
func (r *Reader) Liveliness(now feed.Millis) float64 {
	hour := float64(now%feed.Day) / float64(feed.Hour)
	return r.Activity * (0.4 + 0.6*(1+math.Cos((hour-r.Peak)/24*2*math.Pi))/2)
}

// gather invents the readers. The first one has a taste that anybody can see:
// space above all, then robots and books, and little else.
func gather(rng *rand.Rand, n int, subjects []subject) []Reader {
	readers := make([]Reader, n)
	for i := range readers {
		taste := make([]float64, len(subjects))
		for t := range taste {
			taste[t] = 0.02 + 0.2*rng.Float64()
		}
		for _, t := range rng.Perm(len(subjects))[:2+rng.IntN(3)] {
			taste[t] = 0.6 + 0.4*rng.Float64()
		}
		readers[i] = Reader{
			ID:       feed.UserID(fmt.Sprintf("reader-%d", i+1)),
			Taste:    taste,
			Bias:     0.3 + 0.6*rng.Float64(),
			Activity: 0.5 + 1.5*rng.Float64()*rng.Float64(),
			Peak:     math.Mod(19+4*rng.NormFloat64()+48, 24),
		}
	}
	first := &readers[0]
	for t := range first.Taste {
		first.Taste[t] = 0.03
		switch subjects[t].name {
		case "space":
			first.Taste[t] = 1
		case "robots":
			first.Taste[t] = 0.8
		case "books":
			first.Taste[t] = 0.7
		}
	}
	first.Bias, first.Activity = 0.4, 8
	return readers
}
