package proof_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

// script answers attempts one after the other: a status, 0 for a broken
// connection, -1 for silence; 200 when it is at its end.
type script struct {
	statuses []int
	bodies   []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	n := len(s.bodies)
	s.bodies = append(s.bodies, string(b))
	status := http.StatusOK
	if n < len(s.statuses) {
		status = s.statuses[n]
	}
	switch status {
	case 0:
		return nil, errors.New("connection reset")
	case -1:
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Readnext-Degraded": {"unrecorded"}},
		Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func TestRetry(t *testing.T) {
	for _, tc := range []struct {
		name     string
		statuses []int
		budget   time.Duration
		attempts int
		failed   bool
		took     time.Duration
	}{
		{"at once", nil, 0, 1, false, 0},
		{"every cause", []int{0, 502, 503, 504, 429}, 0, 6, false, (10 + 20 + 40 + 80 + 160) * time.Millisecond},
		{"silence", []int{-1}, 0, 2, false, 5*time.Second + 10*time.Millisecond},
		{"nothing to repeat", []int{400}, 0, 1, false, 0},
		{"never", []int{503}, -1, 1, true, 0},
		{"in vain", []int{503, 503, 503, 503, 503, 503}, 200 * time.Millisecond, 5, true, 150 * time.Millisecond},
		{"ten seconds", slow(50), 10 * time.Second, 25, true, 9630 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				next, meter := &script{statuses: tc.statuses}, &proof.Meter{}
				c := proof.Retry{Budget: tc.budget, Meter: meter, Next: next}.Clients("http://site")
				c.Recommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "reader"}) //nolint:errcheck // the meter says it
				calls := meter.Calls("", time.Time{}, time.Time{})
				if len(calls) != 1 {
					t.Fatalf("%d calls", len(calls))
				}
				got := calls[0]
				if got.Method != "UserRecommend" || got.Attempts != tc.attempts || got.Failed != tc.failed || got.Took != tc.took {
					t.Errorf("%+v", got)
				}
				if got.Degraded == tc.failed {
					t.Errorf("degraded: %v", got.Degraded)
				}
				for _, b := range next.bodies {
					if b != next.bodies[0] || b == "" {
						t.Errorf("attempts sent %q and %q", next.bodies[0], b)
					}
				}
				sum := calls.Sum()
				want := tc.attempts - 1
				if tc.failed {
					want++
				}
				if sum.Repeated != want || sum.Longest != tc.took {
					t.Errorf("%+v", sum)
				}
			})
		})
	}
}

func slow(n int) (statuses []int) {
	for range n {
		statuses = append(statuses, 503)
	}
	return statuses
}
