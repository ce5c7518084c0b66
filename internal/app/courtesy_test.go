package app_test

import (
	"testing"
	"time"

	"readnext/internal/app"
)

// TestFitsGiveWay works off a second of a fit, without requests, with one every two
// milliseconds, and with rows under way for all of the time.
func TestFitsGiveWay(t *testing.T) {
	const piece = 200 * time.Microsecond
	took := func(every time.Duration, rows int, urgent bool) time.Duration {
		var now, next time.Duration
		came, write, giveWay := app.Courtesy(func() time.Duration { return now }, func(d time.Duration) { now += d })
		next = every
		write(rows)
		for range time.Second / piece {
			now += piece
			for ; every > 0 && next <= now; next += every {
				came()
			}
			giveWay(urgent)
		}
		return now
	}
	if d := took(0, 0, false); d > 1200*time.Millisecond {
		t.Errorf("a second's work takes %v without requests", d)
	}
	if d := took(2*time.Millisecond, 0, false); d < 5*time.Second || d > 7*time.Second {
		t.Errorf("a second's work takes %v while requests come", d)
	}
	if d := took(2*time.Millisecond, 0, true); d < 1700*time.Millisecond || d > 2300*time.Millisecond {
		t.Errorf("a second's urgent work takes %v while requests come", d)
	}
	if d := took(100*time.Millisecond, 0, false); d > 1500*time.Millisecond {
		t.Errorf("a second's work takes %v while few requests come", d)
	}
	if d := took(0, 100, false); d < 5*time.Second || d > 7*time.Second {
		t.Errorf("a second's work takes %v while a hundred rows are written", d)
	}
	if d := took(0, 1, false); d > 1200*time.Millisecond {
		t.Errorf("a second's work takes %v while a row is written", d)
	}
}
