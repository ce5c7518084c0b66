package recommend

import (
	"cmp"
	"math"
	"slices"

	"readnext/internal/feed"
)

// Explainer is a [Source] that can tell what speaks for an article. Only
// Preview asks.
type Explainer interface {
	// Explain returns what speaks most for an item, given its features in the
	// source's columns, and the lift: what each of them adds to its score
	// beyond what it adds to the request's candidates on average. ok is false
	// if nothing does that readers would understand.
	Explain(q *feed.Query, it *feed.Item, features []float32, lift []float64) (reason feed.Reason, ok bool)
}

// negligible is a lift that rounding may have left over.
const negligible = 1e-6

// sampled is how many candidates the typical one is made of, at least where
// there are as many: contributions are the most expensive part of a preview.
const sampled = 32

// typical returns what each feature adds to the scores of the candidates on
// average: of every k-th, so that at least sampled and less than twice as many
// are looked at.
func (r *Recommender) typical(s *scratch) []float64 {
	mean, adds := make([]float64, len(r.names)), make([]float64, len(r.names))
	step, n := max(1, len(s.cands)/sampled), 0
	for i := 0; i < len(s.cands); i += step {
		r.contributions(s, &s.cands[i], adds)
		for col, x := range adds {
			mean[col] += x
		}
		n++
	}
	for col := range mean {
		mean[col] /= float64(max(1, n))
	}
	return mean
}

// explained copies a place out of the scratch, with its grounds and reason.
func (r *Recommender) explained(s *scratch, p *slot, typical []float64) Scored {
	out := r.scored(s, &p.Candidate)
	adds := make([]float64, len(r.names))
	r.contributions(s, &p.Candidate, adds)
	out.Boost = float64(p.Item.Boost)
	out.Contributions = make([]Named, len(r.names))
	for col, name := range r.names {
		out.Contributions[col] = Named{name, adds[col]}
	}
	lift := make([]float64, len(r.names))
	for col := range lift {
		lift[col] = adds[col] - typical[col]
	}
	var ways []way
	for i, c := range r.columns {
		last := len(r.names)
		if i+1 < len(r.columns) {
			last = r.columns[i+1].first
		}
		out.SourceContributions = append(out.SourceContributions, Named{c.source.Name(), sum(adds[c.first:last])})
		ways = append(ways, way{c.source, p.Features[c.first:last], lift[c.first:last], sum(lift[c.first:last])})
	}
	out.Reason = r.spell(&s.query, p.Item, s.reason(p, ways))
	return out
}

// contributions asks the ranker about a candidate with the score it gave it.
func (r *Recommender) contributions(s *scratch, c *feed.Candidate, adds []float64) {
	plain := *c
	plain.Score -= math.Log(float64(c.Item.Boost))
	r.Ranker.Contributions(&s.query, &plain, adds)
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

// way is a source's part in a candidate's score.
type way struct {
	source   Source
	features []float32
	lift     []float64
	total    float64 // of lift
}

// reason returns why an article has its place: chance if it took a place for
// fresh articles, else the source that lifts it most above the typical
// candidate and can say how, unless an editor lifts it more.
func (s *scratch) reason(p *slot, ways []way) feed.Reason {
	if p.arm == feed.ArmFresh {
		return feed.Reason{Kind: feed.ReasonTried}
	}
	boosted := math.Log(float64(p.Item.Boost)) // what the boost adds
	slices.SortStableFunc(ways, func(a, b way) int { return cmp.Compare(b.total, a.total) })
	for _, w := range ways {
		if w.total <= max(boosted, negligible) {
			break
		}
		if e, ok := w.source.(Explainer); ok {
			if reason, ok := e.Explain(&s.query, p.Item, w.features, w.lift); ok {
				return reason
			}
		}
	}
	if boosted > negligible {
		return feed.Reason{Kind: feed.ReasonBoosted}
	}
	return feed.Reason{Kind: feed.ReasonFiller}
}

// Explain says that an article is new.
func (f Fresh) Explain(*feed.Query, *feed.Item, []float32, []float64) (feed.Reason, bool) {
	return feed.Reason{Kind: feed.ReasonFresh}, true
}
