package covisit

import (
	"math"

	"readnext/internal/decay"
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
	return moment{whole, decay.Exp2(x - whole)}
}

func (t moment) halfLives() float64 { return t.whole + math.Log2(t.scale) }
