package redisstore

import (
	"context"
	"time"

	"readnext/internal/feed"
)

// clockTolerance is how far a process' clock may be from that of Redis before the
// log tells of it.
const clockTolerance = time.Minute

// checkClock compares the process' clock with that of Redis, by which other
// processes can be told from it, and returns what Redis says. When the answer
// took long, the time in between is given to the process.
func (s *Store) checkClock(ctx context.Context) (feed.Millis, error) {
	before := s.cfg.Now()
	words, err := s.do(ctx, s.client.B().Time().Build()).AsIntSlice()
	if err != nil || len(words) != 2 {
		return 0, failed(err, "asking Redis for the time")
	}
	after := s.cfg.Now()
	now := time.Unix(words[0], words[1]*1000)
	var ahead time.Duration
	switch {
	case before.After(now):
		ahead = before.Sub(now)
	case after.Before(now):
		ahead = after.Sub(now)
	}
	s.ahead.Store(int64(ahead))
	if ahead.Abs() > clockTolerance {
		s.log.Error("the clock of this process and that of Redis differ; set them right", "ahead", ahead.Round(time.Millisecond))
	}
	return feed.MillisOf(now), nil
}

// ClockAhead is by how much the process' clock was ahead of that of Redis when it
// was last looked at: when the store was opened, or pruned.
func (s *Store) ClockAhead() time.Duration { return time.Duration(s.ahead.Load()) }
