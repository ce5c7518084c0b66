// Package ranker scores candidates by their features with weights that it
// learns while it serves, from what readers chose among what they could see.
//
// Choices are taken to be of a few classes, of which nobody knows which one a
// choice is of: a reader goes on by a link of what they read, or back to what
// everybody reads, or to what is like what they like. Of the candidates C that a
// reader could see, candidate c is chosen with probability
//
//	p(c) = Σ_k π_k · exp(u_kc + b_c) / Σ_{i∈C} exp(u_ki + b_i)
//	u_k  = (w + w_context + w_channel + w_k)·x
//
// of the features x, π_k being the share of class k in the context: a mixture of
// conditional logits (McFadden, 1974; Kamakura, Russell: A probabilistic choice
// model for market segmentation, 1989; as a layer of a network: Yang, Dai,
// Salakhutdinov, Cohen: Breaking the softmax bottleneck, 2018). One logit would
// want its candidate to be good in all ways at once. A candidate's score is
// log p(c) without b, so scores are of odds, and compare within a request.
//
// There is one set of all weights for readers of whom nothing is known, one for
// those who come back after a silence, one for those in a session, and one for
// known readers of a log whose times are a machine's, which has neither: what they
// want differs, and a site that never saw one of these keeps for it the weights
// set by hand, by which then u alone is the score. Within, w serves everyone,
// w_context is what more is known of the reader's situation (how far into a
// session they are, see [ContextOf]), w_channel what the channel adds, and w_k
// what tells the class from the others.
//
// b is the logarithm of the share of looks that a place of a page gets. It
// is learned with the weights and left out when serving, so that a place's luck
// is not taken for the article's merit (Craswell, Zoeter, Taylor, Ramsey, 2008;
// Guo et al., PAL, 2019). Among candidates that no page showed, b is 0. Weights
// follow the gradient of log p of each choice by AdaGrad (Duchi, Hazan, Singer,
// 2011) with squared gradients that fade, so that steps do not die out; of an
// article that was disliked it is the gradient of log(1-p).
//
// Which candidates get features at all is decided before, by where they stand in
// the lists of the sources that proposed them. [Model.Survey] learns how much each
// list is to be trusted in that, and which sources need not be asked at all.
//
// It trades depth for speed: a request costs a few microseconds, an example
// some tens. It starts with weights set by hand, which serve well until enough
// was learned; do not use it with features that are not of the order of 1.
//
// One goroutine may change a Model (Learn, Survey, Heed, ReadSnapshot); any number may rank
// meanwhile. The zero value is not usable; use [New], then Bind.
package ranker

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	"readnext/internal/feed"
)

// MaxPositions is how many places of a page have a share of looks of their
// own; those below share the last one's.
const MaxPositions = 128

// Model is the weights.
type Model struct {
	cfg     Config
	names   []string // of the columns
	lists   int      // how many sources there are
	columns []span   // of each source
	dear    []int    // sources that may be spared, the dearest first

	initial, reported []float64 // weights set by hand, by column

	mu      sync.RWMutex
	version uint32
	minds   [situations]mind
	looks   weights // by place
	rhythm  rhythm

	scratch sync.Pool // *scoring
	work    work      // of the goroutine that learns
}

// mind is what was learned in one situation.
type mind struct {
	trust    trust
	spare    spare
	hands    hands
	general  weights
	facets   [facets]weights
	channels map[feed.ChannelID]*weights
	mixture  mixture
}

// weights are some weights and the fading sums of their squared gradients.
type weights struct {
	w, g []float64
}

func newWeights(n int) weights { return weights{make([]float64, n), make([]float64, n)} }

// New makes a Model with the initial weights. Zero settings take their
// defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg}
	m.scratch.New = func() any { return new(scoring) }
	return m, nil
}

// Name returns "ranker".
func (m *Model) Name() string { return "ranker" }

// Source is one whose features are ranked by.
type Source struct {
	Features []string
	// Cost is what asking it takes, in any unit; of sources that cost nothing none
	// is ever spared.
	Cost float64
}

// span are columns from the first up to the end.
type span struct{ first, end int }

// Bind tells the sources, whose features are the columns in their order, once and
// before anything else. An initial weight that belongs to no column is an error: it
// would be a misspelling.
func (m *Model) Bind(sources []Source) error {
	var features []string
	var columns []span
	var dear []int
	for i, s := range sources {
		columns = append(columns, span{len(features), len(features) + len(s.Features)})
		features = append(features, s.Features...)
		if s.Cost > 0 {
			dear = append(dear, i)
		}
	}
	slices.SortStableFunc(dear, func(a, b int) int { return cmp.Compare(sources[b].Cost, sources[a].Cost) })
	for _, initial := range []map[string]float64{m.cfg.Initial, m.cfg.Reported, m.cfg.Shelved} {
		for name := range initial {
			if !slices.Contains(features, name) {
				return fmt.Errorf("ranker: %q has a weight, and no source fills it", name)
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names, m.lists, m.columns, m.dear = features, len(sources), columns, dear
	for _, name := range m.names {
		m.initial = append(m.initial, m.cfg.Initial[name])
		m.reported = append(m.reported, m.cfg.Reported[name])
	}
	m.resetLocked()
	return nil
}

// resetLocked forgets what was learned.
func (m *Model) resetLocked() {
	m.version = 1
	for i := range m.minds {
		initial := m.cfg.Initial
		if i == shelved && m.cfg.Shelved != nil {
			initial = m.cfg.Shelved
		}
		m.minds[i] = m.newMind(initial)
	}
	m.rhythm = rhythm{}
	m.looks = newWeights(MaxPositions)
	for i := range m.looks.w {
		m.looks.w[i] = -m.cfg.Examination * math.Log(float64(1+i))
	}
}

// newMind makes a mind that has learned nothing.
func (m *Model) newMind(initial map[string]float64) mind {
	d := mind{
		trust:    newTrust(m.lists),
		spare:    newSpare(m.lists),
		general:  newWeights(len(m.names)),
		channels: make(map[feed.ChannelID]*weights),
		mixture:  newMixture(len(m.names)),
	}
	for i, name := range m.names {
		d.general.w[i] = initial[name]
	}
	for i := range d.facets {
		d.facets[i] = newWeights(len(m.names))
	}
	return d
}

// Version is 1 before anything was learned and rises with each example.
func (m *Model) Version() uint32 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.version
}

// Sizes reports how much was learned.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	examples, channels := int(m.version)-1, 0
	for i := range m.minds {
		channels += len(m.minds[i].channels)
	}
	m.mu.RUnlock()
	yield("examples", examples)
	yield("channels", channels)
}

// Rank sets scores.
func (m *Model) Rank(q *feed.Query, cands []feed.Candidate) {
	s := m.scratch.Get().(*scoring)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	m.scoreLocked(s, q, cands)
	for i := range cands {
		cands[i].Score = s.scores[i]
	}
}

// Contributions sets dst, as long as there are features, to what each feature
// adds to the score that Rank gave a candidate; with what there is without any
// features, which is the same for all candidates of a request, they add up to the
// score. What is missing to it, because the path of integrated gradients has
// steps, is spread over the features in proportion to what each adds by size.
func (m *Model) Contributions(q *feed.Query, c *feed.Candidate, dst []float64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	context := m.contextLocked(q)
	d := &m.minds[context.situation()]
	shared := d.weigh(context, q.Channel, nil)
	if c.Classes == (feed.Candidate{}).Classes {
		for i, w := range shared {
			dst[i] = w * float64(c.Features[i])
		}
		return
	}
	var a ways
	for k := range a {
		a[k] = float64(c.Classes[k])
	}
	resting := contribute(d.mixture.weigh(shared, nil), a, c.Features, dst)
	spread(dst, c.Score-resting)
}

// spread changes numbers in proportion to their size so that they add up to a
// total; zeros stay.
func spread(dst []float64, total float64) {
	sum, size := 0.0, 0.0
	for _, x := range dst {
		sum += x
		size += math.Abs(x)
	}
	if size == 0 {
		return
	}
	for i, x := range dst {
		dst[i] += (total - sum) * math.Abs(x) / size
	}
}
