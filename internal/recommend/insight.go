package recommend

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
)

// Preview answers what a refresh would serve to a reader at a time, and on
// what grounds. It records nothing.
func (r *Recommender) Preview(ctx context.Context, user feed.UserID, channel feed.ChannelID, num int, asOf feed.Millis) ([]Scored, error) {
	if err := user.Validate("user_id"); err != nil {
		return nil, err
	}
	if err := validateAsk(channel, num); err != nil {
		return nil, err
	}
	profile, err := r.profile(ctx, user, asOf)
	if err != nil {
		return nil, err
	}
	s := r.take(profile, user, channel, asOf)
	defer s.release()
	s.explain = true
	chosen := r.choose(s, profile, clampNum(num))
	out := make([]Scored, len(chosen))
	typical := r.typical(s)
	for i := range chosen {
		out[i] = r.explained(s, &chosen[i], typical)
	}
	return out, nil
}

func (r *Recommender) profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	if user == feed.Anonymous {
		return &feed.Profile{}, nil
	}
	return r.Readers.Profile(ctx, user, now)
}

// scored copies a candidate out of the scratch, with its grounds.
func (r *Recommender) scored(s *scratch, c *feed.Candidate) Scored {
	out := Scored{Article: c.Item.ID, Score: c.Score, Features: make([]Named, len(r.names))}
	for i, name := range r.names {
		out.Features[i] = Named{name, float64(c.Features[i])}
	}
	for _, h := range s.hits {
		if h.ord == c.Item.Ord {
			source := r.Parts.Trending
			if h.source != unasked {
				source = r.Sources[h.source]
			}
			out.Sources = append(out.Sources, Named{source.Name(), float64(h.score)})
		}
	}
	return out
}

// unasked is the source of what Trending proposes, which pages may do without.
const unasked = math.MaxUint8

// Trending answers what is read most on a channel.
func (r *Recommender) Trending(ctx context.Context, channel feed.ChannelID, num int, asOf feed.Millis) ([]Scored, error) {
	if err := validateAsk(channel, num); err != nil {
		return nil, err
	}
	n := clampNum(num)
	s := r.take(&feed.Profile{}, feed.Anonymous, channel, asOf)
	defer s.release()
	s.explain = true
	s.found.reset(4 * n)
	s.proposals = r.Parts.Trending.Recall(&s.query, 4*n, s.proposals)
	for _, p := range s.proposals {
		if it := r.Catalog.Item(p.Ord); it != nil && it.Eligible(channel, asOf) {
			s.note(p, unasked)
			s.cands = append(s.cands, feed.Candidate{Item: it})
		}
	}
	best := s.cands[:min(n, len(s.cands))] // recall's order, best first
	s.trustAll(len(r.Sources))
	r.rank(s)
	out := make([]Scored, len(best))
	for i := range best {
		out[i] = r.scored(s, &best[i])
		out[i].Score = out[i].Sources[0].Value
	}
	return out, nil
}

// Similar answers what goes with an article: each similarity's scores,
// relative to its best, summed.
func (r *Recommender) Similar(ctx context.Context, article feed.ArticleID, num int, asOf feed.Millis) ([]Scored, error) {
	if article <= 0 {
		return nil, feed.Invalidf("article_id", "is %d; ids are above 0", article)
	}
	if err := validateAsk(feed.AllChannels, num); err != nil {
		return nil, err
	}
	it := r.Catalog.Lookup(article)
	if it == nil {
		return nil, feed.Errorf(feed.NotFound, "article_id %d is no article's", article)
	}
	n := clampNum(num)
	byID := make(map[feed.ArticleID]*Scored)
	for _, sim := range r.Parts.Similar {
		best := float32(0)
		for _, p := range sim.Similar(it, asOf, 4*n, nil) {
			other := r.Catalog.Item(p.Ord)
			if other == nil || other.ID == article || p.Score <= 0 || !other.Eligible(feed.AllChannels, asOf) {
				continue
			}
			best = max(best, p.Score)
			sc := byID[other.ID]
			if sc == nil {
				sc = &Scored{Article: other.ID}
				byID[other.ID] = sc
			}
			sc.Sources = append(sc.Sources, Named{sim.Name(), float64(p.Score)})
			sc.Features = append(sc.Features, Named{sim.Name(), float64(p.Score / best)})
			sc.Score += float64(p.Score / best)
		}
	}
	out := make([]Scored, 0, len(byID))
	for _, sc := range byID {
		out = append(out, *sc)
	}
	slices.SortFunc(out, func(a, b Scored) int {
		if c := cmp.Compare(b.Score, a.Score); c != 0 {
			return c
		}
		return cmp.Compare(b.Article, a.Article)
	})
	return out[:min(n, len(out))], nil
}

// Reader is what is known of a reader.
type Reader struct {
	Profile                 *feed.Profile
	Tags, Authors, Channels []Named // strongest first; channels by number
}

// Reader answers what is known of a reader, nothing of an unknown one.
func (r *Recommender) Reader(ctx context.Context, user feed.UserID, now feed.Millis) (Reader, error) {
	if err := user.Validate("user_id"); err != nil {
		return Reader{}, err
	}
	if user == feed.Anonymous {
		return Reader{}, feed.Invalidf("user_id", "is empty; nothing is kept of anonymous readers")
	}
	profile, err := r.Readers.Profile(ctx, user, now)
	if err != nil {
		return Reader{}, err
	}
	s := r.take(profile, user, feed.AllChannels, now)
	defer s.release()
	taste := r.Tastes.Taste(&s.query)
	out := Reader{Profile: profile, Tags: r.named(taste.Tags), Authors: r.named(taste.Authors)}
	for _, c := range taste.Channels[:min(len(taste.Channels), MaxNum)] {
		out.Channels = append(out.Channels, Named{strconv.Itoa(int(c.Channel)), c.Weight})
	}
	return out, nil
}

// named spells out the strongest names.
func (r *Recommender) named(weights []affinity.NameWeight) []Named {
	var out []Named
	for _, w := range weights[:min(len(weights), MaxNum)] {
		out = append(out, Named{r.Catalog.Name(w.Name), w.Weight})
	}
	return out
}
