package server_test

import (
	"net/http"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestDegradedPage says of a page that is not recorded that it is not, and signs
// it like any other.
func TestDegradedPage(t *testing.T) {
	s := newSite(t)
	ask := func(body string) (header, text string) {
		t.Helper()
		r := s.request(t, http.MethodPost, recommendPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		resp, got := s.do(t, r)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%d: %s", resp.StatusCode, got)
		}
		return resp.Header.Get("Readnext-Degraded"), string(got)
	}
	s.answer = recommend.Answer{Page: page("u", 2)}
	if header, _ := ask(`{"user_id":"u"}`); header != "" {
		t.Errorf("a recorded page is marked %q", header)
	}
	s.answer.Unrecorded = true
	header, text := ask(`{"user_id":"u"}`)
	if header != "unrecorded" {
		t.Errorf("marked %q", header)
	}
	_, param, _ := strings.Cut(text, `"exposure":"`)
	param, _, _ = strings.Cut(param, `"`)
	if claim, err := s.ring.Verify(param, now); err != nil || claim.User != "u" || len(claim.Places) != 2 {
		t.Errorf("param %q: %+v, %v", param, claim, err)
	}
	s.answer = recommend.Answer{Unrecorded: true, Older: 5}
	if header, text := ask(`{"user_id":"u"}`); header != "unrecorded" || !strings.Contains(text, `"older_time_stamp":"5"`) {
		t.Errorf("marked %q: %s", header, text)
	}
	wantMetrics(t, s.scrape(t),
		`readnext_pages_total{kind="refresh"} 1`,
		`readnext_pages_total{kind="degraded"} 2`,
		`readnext_pages_total{kind="empty"} 0`,
		`readnext_served_articles_total 4`,
	)
	s.answer, s.err = recommend.Answer{}, feed.Errorf(feed.Unavailable, "the store is away")
	r := s.request(t, http.MethodPost, recommendPath, strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "application/json")
	if resp, _ := s.do(t, r); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Readnext-Degraded") != "" {
		t.Errorf("unavailable: %d, %v", resp.StatusCode, resp.Header)
	}
}
