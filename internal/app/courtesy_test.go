package app_test

import (
	"testing"
	"time"

	"readnext/internal/app"
)

// TestFitsGiveWay works off a second of a fit, without requests and with one
// every two milliseconds.
func TestFitsGiveWay(t *testing.T) {
	const piece = 200 * time.Microsecond
	took := func(every time.Duration, urgent bool) time.Duration {
		var now, next time.Duration
		came, giveWay := app.Courtesy(func() time.Duration { return now }, func(d time.Duration) { now += d })
		next = every
		for range time.Second / piece {
			now += piece
			for ; every > 0 && next <= now; next += every {
				came()
			}
			giveWay(urgent)
		}
		return now
	}
	if d := took(0, false); d > 1200*time.Millisecond {
		t.Errorf("a second's work takes %v without requests", d)
	}
	if d := took(2*time.Millisecond, false); d < 5*time.Second || d > 7*time.Second {
		t.Errorf("a second's work takes %v while requests come", d)
	}
	if d := took(2*time.Millisecond, true); d < 1700*time.Millisecond || d > 2300*time.Millisecond {
		t.Errorf("a second's urgent work takes %v while requests come", d)
	}
	if d := took(100*time.Millisecond, false); d > 1500*time.Millisecond {
		t.Errorf("a second's work takes %v while few requests come", d)
	}
}
