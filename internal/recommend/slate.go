package recommend

import (
	"math/rand/v2"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

// slot is a place of a page to be.
type slot struct {
	feed.Candidate
	arm        feed.Arm
	propensity float64
}

// slate fills up to n places from the ranked candidates; they live in the
// scratch.
func (r *Recommender) slate(s *scratch, profile *feed.Profile, n int) []slot {
	s.slots = s.slots[:0]
	policy, windows := r.cfg.slates(s.query.Channel)
	greedy := policy == (explore.Policy{})
	if greedy && windows == (explore.Windows{}) {
		for _, c := range s.best(n) {
			s.slots = append(s.slots, slot{c, feed.ArmRanked, 1})
		}
		return s.slots
	}
	var rng *rand.Rand
	if !greedy {
		rng = dice(profile, &s.query)
	}
	s.drawn = s.drawn[:0]
	since := s.query.Now - r.cfg.FreshFor
	for i := range s.cands {
		c := &s.cands[i]
		s.drawn = append(s.drawn, explore.Candidate{Item: c.Item, Score: c.Score, Fresh: c.Item.Published > since})
	}
	s.choices = policy.Slate(s.drawn, n, windows, rng, s.choices[:0], &s.draw)
	for _, c := range s.choices {
		arm := feed.ArmRanked
		if c.Fresh {
			arm = feed.ArmFresh
		}
		s.slots = append(s.slots, slot{s.cands[c.Index], arm, c.Propensity})
	}
	return s.slots
}

// dice are the random numbers of a page: of a reader's next page on a channel
// always the same ones, so that a preview shows what a refresh will serve.
// Anonymous pages differ by the millisecond.
func dice(profile *feed.Profile, q *feed.Query) *rand.Rand {
	turn := uint64(profile.NewestStamp(q.Channel))
	if q.User == feed.Anonymous {
		turn = uint64(q.Now)
	}
	mix := uint64(len(profile.Acted))<<32 | uint64(uint32(q.Channel))
	return rand.New(rand.NewPCG(xxhash.Sum64String(string(q.User))^mix*0x9E3779B97F4A7C15, turn))
}
