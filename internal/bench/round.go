package bench

import (
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Round is what became of the requests of one load.
type Round struct {
	Requests int // due; Good, Shed, Failed and Wrong add up to it
	Good     int
	Shed     int // refused with 429
	Failed   int // not answered, or with another status than 200 and 429
	Wrong    int // answered 200 with what fails its check
	Elapsed  time.Duration
	// Latency is that of the good answers and Refusal that of the shed ones, in
	// microseconds; in an open loop from when the request was due.
	Latency, Refusal *hdrhistogram.Histogram
	OwnCPU           time.Duration // of this process: the generator's cost
	FirstBad         string        // the first failed or wrong answer
}

// longest is what histograms can hold; what took longer counts as this.
const longest = time.Minute

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), 3)
}

// PerSecond is good answers a second.
func (r *Round) PerSecond() float64 { return float64(r.Good) / r.Elapsed.Seconds() }

// Quantile is how long good answers took, for q between 0 and 1.
func (r *Round) Quantile(q float64) time.Duration { return quantile(r.Latency, q) }

func quantile(h *hdrhistogram.Histogram, q float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(100*q)) * time.Microsecond
}

// Check reports numbers that contradict each other.
func (r *Round) Check() error {
	if sum := r.Good + r.Shed + r.Failed + r.Wrong; sum != r.Requests {
		return fmt.Errorf("%d requests, but %d outcomes", r.Requests, sum)
	}
	if n := r.Latency.TotalCount(); n != int64(r.Good) {
		return fmt.Errorf("%d good answers, but %d latencies", r.Good, n)
	}
	if n := r.Refusal.TotalCount(); n != int64(r.Shed) {
		return fmt.Errorf("%d refusals, but %d latencies", r.Shed, n)
	}
	return nil
}

// tally is a round that connections add to.
type tally struct {
	mu sync.Mutex
	Round
}

func (t *tally) good(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Good++
	record(t.Latency, took)
}

func (t *tally) shed(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Shed++
	record(t.Refusal, took)
}

func (t *tally) bad(count *int, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*count++
	if t.FirstBad == "" {
		t.FirstBad = fmt.Sprintf(format, args...)
	}
}

func record(h *hdrhistogram.Histogram, took time.Duration) {
	us := min(max(took, time.Microsecond), longest).Microseconds()
	if err := h.RecordValue(us); err != nil {
		panic(err) // us is within the histogram's range
	}
}

// ownCPU is the processor time this process used so far.
func ownCPU() time.Duration {
	var ru syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
