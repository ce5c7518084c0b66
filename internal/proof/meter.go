package proof

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Call is one call of a client with all its attempts.
type Call struct {
	Method   string
	Begin    time.Time
	Took     time.Duration
	Attempts int
	Cause    string // of the last attempt that failed; "" if none did
	Failed   bool   // so did the call
	Degraded bool   // it was answered, and the answer says that it is less than usual
}

// Meter keeps calls. It is safe for concurrent use; nil keeps none.
type Meter struct {
	mu    sync.Mutex
	calls []Call
}

func (m *Meter) add(c Call) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

// Calls are those of a method that began within a time, from (inclusive) to to;
// "" is any method, a zero time no bound.
func (m *Meter) Calls(method string, from, to time.Time) Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out Calls
	for _, c := range m.calls {
		if (method == "" || c.Method == method) && !c.Begin.Before(from) && (to.IsZero() || c.Begin.Before(to)) {
			out = append(out, c)
		}
	}
	return out
}

// Calls are some calls.
type Calls []Call

// Sum says what became of calls.
type Sum struct {
	Calls    int
	Repeated int // attempts that failed
	Failed   int // calls that failed, with all their attempts
	Degraded int
	Longest  time.Duration  // of a call, attempts and waits between them included
	Causes   map[string]int // calls with an attempt that failed, by the last one's method and cause
}

// Unavailable is the cause of attempts that readnext refused because its store
// was slow or away.
const Unavailable = "503 unavailable for now; try again"

// But is those of the calls with failed attempts whose last cause is another one.
func (s Sum) But(cause string) map[string]int {
	others := map[string]int{}
	for what, n := range s.Causes {
		if !strings.HasSuffix(what, ": "+cause) {
			others[what] = n
		}
	}
	return others
}

// Sum adds up.
func (cs Calls) Sum() Sum {
	s := Sum{Calls: len(cs), Causes: map[string]int{}}
	for _, c := range cs {
		failed := c.Attempts - 1
		if c.Failed {
			s.Failed++
			failed++
		}
		s.Repeated += failed
		if c.Cause != "" {
			s.Causes[c.Method+": "+c.Cause]++
		}
		if c.Degraded {
			s.Degraded++
		}
		s.Longest = max(s.Longest, c.Took)
	}
	return s
}

// Took is the quantile q of how long calls took, 0 of none.
func (cs Calls) Took(q float64) time.Duration {
	var all []time.Duration
	for _, c := range cs {
		all = append(all, c.Took)
	}
	return Quantile(all, q)
}

// Quantile is the smallest of the durations that at least the share q of them
// does not exceed, 0 of none.
func Quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
