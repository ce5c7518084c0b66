package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"
)

// Retry is how often clients repeat what failed, and what they note. Repeating is
// safe for those who stamp their refreshes and name their events, as the
// contract has it.
type Retry struct {
	// Attempt is how long one attempt may take; 5 s.
	Attempt time.Duration
	// Budget is how long after a call's begin it is still repeated; 30 s. Below
	// 0, nothing is repeated.
	Budget time.Duration
	// Meter is told of each call, if there is one.
	Meter *Meter
	// Next sends requests; nil is a transport that keeps connections alive.
	Next http.RoundTripper
}

// Clients makes clients of a server or load balancer. They repeat a call, byte
// for byte, that had no answer or 429, 502, 503 or 504, after 10 ms and then twice
// as long each time, up to 500 ms.
func (r Retry) Clients(url string) Clients {
	return clients(url, &http.Client{Transport: r.transport()})
}

func (r Retry) transport() http.RoundTripper {
	if r.Attempt == 0 {
		r.Attempt = 5 * time.Second
	}
	if r.Budget == 0 {
		r.Budget = 30 * time.Second
	}
	if r.Next == nil {
		r.Next = transport()
	}
	return retrying{r}
}

// degradedHeader marks answers that promise less.
const degradedHeader = "Readnext-Degraded"

// note is what the transport tells the caller of a call, through its context.
type note struct{ degraded bool }

type noteKey struct{}

func noted(ctx context.Context) (context.Context, *note) {
	n := new(note)
	return context.WithValue(ctx, noteKey{}, n), n
}

const firstWait, longestWait = 10 * time.Millisecond, 500 * time.Millisecond

type retrying struct{ Retry }

// RoundTrip implements http.RoundTripper.
func (t retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body.Close()
	}
	ctx := req.Context()
	call := Call{Method: path.Base(req.URL.Path), Begin: time.Now()}
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		resp, err := t.attempt(req, body)
		call.Attempts++
		again := err != nil
		if err == nil {
			switch resp.StatusCode {
			case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
				again = true
			}
		}
		call.Took = time.Since(call.Begin)
		if ctx.Err() != nil { // given up by the caller: it is nobody's fault
			return resp, err
		}
		if again && call.Took+wait < t.Budget {
			call.Cause = cause(resp, err)
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
			continue
		}
		if again {
			call.Failed, call.Cause = true, cause(resp, err)
		} else {
			call.Degraded = resp.Header.Get(degradedHeader) != ""
			if n, ok := ctx.Value(noteKey{}).(*note); ok {
				n.degraded = call.Degraded
			}
		}
		t.Meter.add(call)
		return resp, err
	}
}

// cause names what went wrong: readnext says so in JSON, a load balancer in
// something else.
func cause(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	var said struct{ Msg string }
	if b, err := io.ReadAll(resp.Body); err == nil {
		resp.Body = io.NopCloser(bytes.NewReader(b))
		if json.Unmarshal(b, &said) != nil {
			said.Msg = "said by the load balancer"
		}
	}
	return fmt.Sprint(resp.StatusCode, " ", said.Msg)
}

// attempt sends the request once and reads the whole answer.
func (t retrying) attempt(req *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.Attempt)
	defer cancel()
	r := req.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := t.Next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}
