package server_test

import (
	"testing"
	"time"

	"readnext/internal/server"
)

// crowd is a gate and its clock.
type crowd struct {
	server.Gate
	now time.Time
}

func newCrowd() *crowd {
	var cfg server.Config
	cfg.EnsureDefaults()
	return &crowd{server.NewGate(cfg), time.Unix(1_000_000, 0)}
}

// waits has so many requests wait at any time, each for so long. It returns how
// many were asked and how many of these were refused.
func (c *crowd) waits(n float64, each, during time.Duration) (asked, refused int) {
	for end := c.now.Add(during); ; asked++ {
		every := time.Duration(float64(each) / n)
		if !c.Strict() {
			every *= 16
		}
		if c.now = c.now.Add(every); c.now.After(end) {
			return asked, refused
		}
		if c.Judge(each, c.now) {
			refused++
		}
	}
}

// TestGateTellsAQueue has a queue come and go.
func TestGateTellsAQueue(t *testing.T) {
	c := newCrowd()
	c.waits(2*c.Queue(), 40*time.Millisecond, 200*time.Millisecond)
	if !c.Strict() {
		t.Fatal("a queue is let in")
	}
	if asked, refused := c.waits(2*c.Queue(), 40*time.Millisecond, time.Second); refused < asked {
		t.Errorf("of a queue only %d of %d are refused", refused, asked)
	}
	// Less is a queue still, where there was more.
	c.waits(c.Queue()/2, 20*time.Millisecond, time.Second)
	if !c.Strict() {
		t.Error("half of what may wait ends it at once")
	}
	c.waits(c.Queue()/8, 20*time.Millisecond, 200*time.Millisecond)
	if c.Strict() {
		t.Error("an eighth of it does not end it")
	}
	if _, refused := c.waits(c.Queue()/2, 20*time.Millisecond, time.Minute); refused > 0 || c.Strict() {
		t.Errorf("of half of what may wait %d are refused", refused)
	}
	c.waits(2*c.Queue(), 40*time.Millisecond, 200*time.Millisecond)
	if !c.Strict() {
		t.Error("a second queue is let in")
	}
	// Nothing comes for a while.
	c.now = c.now.Add(time.Second)
	if c.Judge(20*time.Millisecond, c.now) || c.Strict() {
		t.Error("the first request after a pause is refused for a queue before it")
	}
}

// TestGateTellsNoise has few wait for long: after a queue, and with none before.
func TestGateTellsNoise(t *testing.T) {
	for _, each := range []time.Duration{12 * time.Millisecond, 45 * time.Millisecond, 300 * time.Millisecond} {
		c := newCrowd()
		if _, refused := c.waits(.9*c.Queue(), each, time.Minute); refused > 0 {
			t.Errorf("%v each: %d of what may wait are refused", each, refused)
		}
		c.waits(3*c.Queue(), 40*time.Millisecond, 300*time.Millisecond)
		if !c.Strict() {
			t.Fatal("a queue is let in")
		}
		c.waits(4, each, 400*time.Millisecond) // until that is known to have ended
		if asked, refused := c.waits(4, each, time.Minute); refused > 0 || asked < 10 {
			t.Errorf("%v each: of the %d asked of 4 after a queue %d are refused", each, asked, refused)
		}
	}
}

// TestGateForgivesAStop has a whole second of requests come at once, as after a
// stop of the process.
func TestGateForgivesAStop(t *testing.T) {
	c := newCrowd()
	for i := range 1000 {
		if c.Judge(time.Duration(1000-i)*time.Millisecond, c.now) {
			t.Fatalf("the %dth of them is refused", i+1)
		}
		c.now = c.now.Add(10 * time.Microsecond)
	}
	if c.Strict() {
		t.Error("others would be refused for it")
	}
}

// TestGateClearsAwayWhatIsOld has a request come that waited very long.
func TestGateClearsAwayWhatIsOld(t *testing.T) {
	c := newCrowd()
	c.Judge(60*time.Millisecond, c.now)
	if c.Judge(0, c.now) {
		t.Error("without a queue, one very late request has others refused")
	}
	c.waits(2*c.Queue(), 20*time.Millisecond, 200*time.Millisecond)
	if !c.Strict() || c.Judge(0, c.now) {
		t.Fatal("where what is late is refused, others are, too")
	}
	c.Judge(60*time.Millisecond, c.now)
	for after, want := range map[time.Duration]bool{0: true, 4 * time.Millisecond: true, 6 * time.Millisecond: false} {
		if got := c.Judge(0, c.now.Add(after)); got != want {
			t.Errorf("%v after one that waited very long: refused %v, want %v", after, got, want)
		}
	}
}
