package redisstore_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"readnext/internal/feed"
)

// TestClockAhead has a process whose clock is hours ahead prune: what is young by
// Redis' clock stays, and the log tells of it.
func TestClockAhead(t *testing.T) {
	for what, tc := range map[string]struct {
		off  time.Duration
		told bool
	}{"right": {0, false}, "ahead": {3 * time.Hour, true}, "behind": {-3 * time.Hour, true}} {
		t.Run(what, func(t *testing.T) {
			var log bytes.Buffer
			cfg := small(t)
			clock := func() time.Time { return time.Now().Add(tc.off) }
			cfg.Now, cfg.Logger = clock, slog.New(slog.NewTextHandler(&log, nil))
			s := open(t, shared.single.URL(), cfg)
			defer s.Close() //nolint:errcheck // closed only to end
			if got := strings.Contains(log.String(), "level=ERROR"); got != tc.told {
				t.Errorf("log %q", log.String())
			}
			if got := s.ClockAhead(); (got - tc.off).Abs() > time.Minute {
				t.Errorf("the clock is %v ahead, want %v", got, tc.off)
			}
			expired, young := feed.MillisOf(time.Now())-feed.PageLife-feed.Hour, feed.MillisOf(time.Now())-feed.PageLife+feed.Hour
			for _, stamp := range []feed.Millis{expired, young} {
				p, err := s.Profile(t.Context(), "u", stamp)
				must(t, err)
				must(t, s.PutPage(t.Context(), &feed.Page{User: "u", Channel: 1, Stamp: stamp}, p.Version))
			}
			want := 1
			if tc.off < 0 {
				want = 0
			}
			if n, err := s.Prune(t.Context(), feed.MillisOf(clock())-feed.PageLife); n != want || err != nil {
				t.Errorf("%d pages pruned (%v), want %d", n, err, want)
			}
			if p, err := s.PageAt(t.Context(), "u", 1, young, young); p == nil || err != nil {
				t.Errorf("the young page is gone (%v)", err)
			}
		})
	}
}
