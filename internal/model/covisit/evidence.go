package covisit

import (
	"slices"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// source is an article in a reader's past that evidence comes from.
type source struct {
	ord    feed.Ord
	weight float64
}

// scratch is a request's working memory, reused.
type scratch struct {
	sources []source
	blocked []feed.Ord // whose newest act is a dislike
	table   table
	ords    []feed.Ord // of the candidates
	total   []float64
	last    []float64
	p       []float64
	order   []uint64
	touched float64 // keeps touches from being optimised away
}

// gather collects the reader's latest distinct articles, newest first. The
// k-th weighs
//
//	value/k / (1 + age/AgeHalf)
//
// by its best act and the age of its newest. Articles whose newest act is a
// dislike are left out.
func (s *scratch) gather(q *feed.Query, cfg *Config) {
	s.sources, s.blocked = s.sources[:0], s.blocked[:0]
	for i := range q.Acts {
		a := &q.Acts[i]
		ord := a.Item.Ord
		if k := slices.IndexFunc(s.sources, func(x source) bool { return x.ord == ord }); k >= 0 {
			s.sources[k].weight = max(s.sources[k].weight, s.weigh(a, k, q.Now, cfg))
			continue
		}
		switch {
		case slices.Contains(s.blocked, ord):
		case a.Value < 0:
			s.blocked = append(s.blocked, ord)
		case a.Value > 0:
			if len(s.sources) == cfg.Latest {
				return
			}
			s.sources = append(s.sources, source{ord, s.weigh(a, len(s.sources), q.Now, cfg)})
		}
	}
}

func (*scratch) weigh(a *feed.ItemAct, k int, now feed.Millis, cfg *Config) float64 {
	age := max(0, float64(now)-float64(a.Time))
	return min(a.Value, maxValue) / float64(1+k) / (1 + age/float64(cfg.AgeHalf))
}

// reference returns the newest landmark of the sources. Evidence is computed
// relative to it, or scales by 2^(t/HalfLife) would overflow.
func (m *Model) reference(sources []source) float64 {
	ref := 0.0
	for _, s := range sources {
		if int(s.ord) < len(m.rows) {
			ref = max(ref, m.rows[s.ord].landmark)
		}
	}
	return ref
}

// touch reads the sources' edges, for the reason that [Model.touchLocked] does.
func (s *scratch) touch(m *Model) {
	sum := feed.Ord(0)
	for _, src := range s.sources {
		if int(src.ord) < len(m.rows) {
			sum += feed.Ord(len(m.rows[src.ord].to))
		}
	}
	for _, src := range s.sources {
		if int(src.ord) < len(m.rows) {
			to := m.rows[src.ord].to
			for j := 0; j < len(to); j += lineOfOrds {
				sum += to[j]
			}
		}
	}
	s.touched = float64(sum)
}

// touchEnds reads what the sources' edges lead to.
func (s *scratch) touchEnds(m *Model, members *feed.Members) {
	sum := 0.0
	for _, src := range s.sources {
		if int(src.ord) < len(m.rows) {
			for _, to := range m.rows[src.ord].to {
				if members.May(to) {
					sum += m.articles[to].mass
				}
			}
		}
	}
	s.touched = sum
}

// outflow is the edges of one source, ready to be turned into evidence.
type outflow struct {
	*row
	weight   float64 // the source's
	log      float64 // log2 of what all its edges are multiplied by
	damping  float64
	articles []article
}

func (m *Model) outflow(s source, reference float64) outflow {
	if int(s.ord) >= len(m.rows) {
		return outflow{row: &row{}}
	}
	r := &m.rows[s.ord]
	damping, own := max(m.cfg.Damping, 0), max(m.cfg.SourceDamping, 0)
	log := r.landmark - own*m.articles[s.ord].mass - (1-damping-own)*reference
	return outflow{r, s.weight, log, damping, m.articles}
}

// perWeight returns what a row's edges are multiplied by to become shares of
// all that leave it.
func (m *Model) perWeight(r *row) float64 {
	sum := 0.0
	for _, w := range r.weights {
		sum += float64(w.sure)
	}
	if sum == 0 {
		return 0
	}
	// A weight w is worth w·2^(landmark-clock) acts now.
	behind := timeOf(m.clock, m.cfg.HalfLife).halfLives() - r.landmark
	if behind > 900 {
		return 0
	}
	return 1 / (m.cfg.Prior*decay.Exp2(behind) + sum)
}

// evidence returns what the i-th edge says.
func (f *outflow) evidence(i int) float64 {
	// Both ends were acted on when the edge was made, at most 132 half-lives
	// before the landmark, so x is far below exp2's end; it may lie far below 0
	// for an old source beside a new one.
	x := f.log - f.damping*f.articles[f.to[i]].mass
	if x < -900 {
		return 0
	}
	return f.weight * float64(f.weights[i].sure) * decay.Exp2(min(x, 900))
}
