package ranker

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// spare says which of the dear sources are asked in a situation. What a source
// knows others often know, too: where everybody reads the same, those who went on
// from the reader's past need not be asked. So sources are left out, with their
// proposals and their features, as long as the page loses next to nothing by it:
//
//	loss(A) = 1 - Σ p(c) over the page that A makes / Σ p(c) over the best page
//
// p being the probability that all features together give a candidate, A's page the
// best [page] of their candidates by the features of the sources in A, and the best
// page that of all sources: what none of them proposes, as of a page that another
// system made, is not theirs to lose. It is a cascade whose first stage asks what is
// enough (Wang, Lin, Metzler: A cascade ranking model for efficient ranked
// retrieval, SIGIR 2011), and sources are chosen as features are by wrapper methods,
// one at a time and backwards (Kohavi, John: Wrappers for feature subset selection,
// 1997).
//
// Each surveyed query measures the loss of what is asked, and of what is asked but
// for the dear source that is on trial, the dearest first. A source goes if so many
// queries as patience wants have measured that the loss without it stays below the
// bound, by its mean and two standard errors; the next is tried as soon as it is
// known to be above, or after twice as many that tell neither. When the loss of what
// is asked is known to be above the bound, all are asked again, and patience doubles.
// Surveys always have all sources' proposals and features, so nothing is lost of
// sight.
type spare struct {
	asked    uint32 // of sources, a bit each
	turn     int    // which of the dear sources is on trial, if it is asked
	patience float64
	grown    float64 // queries surveyed, up to grownUp
	loss     mean    // of what is asked
	trial    mean    // of what is asked but for the source on trial
}

const (
	// grownUp is how many queries must have been surveyed before one is on trial: a
	// ranker that has learned little thinks little of what it will need.
	grownUp = 2000
	// firstPatience is how many queries must have measured a source at first, and
	// mostPatience at the most.
	firstPatience, mostPatience = 400, 1 << 16
	// enoughLosses is how many must have measured that too much is lost.
	enoughLosses = 50
	// sure is how many standard errors a mean has to be off the bound.
	sure = 2
)

func newSpare(lists int) spare { return spare{asked: uint32(1)<<lists - 1, patience: firstPatience} }

// asks reports whether a source is asked.
func (s *spare) asks(source int) bool { return s.asked>>source&1 != 0 }

// onTrial returns which of the dear sources is on trial, -1 if none of them is
// asked.
func (s *spare) onTrial(dear []int) int {
	for i := range dear {
		if k := (s.turn + i) % len(dear); s.asks(dear[k]) {
			return k
		}
	}
	return -1
}

// next puts the next source on trial.
func (s *spare) next(dear []int) {
	s.trial = mean{}
	s.turn = (s.turn + 1) % len(dear)
}

// settle draws the conclusions of what was measured.
func (s *spare) settle(dear []int, bound float64) {
	if s.loss.n >= enoughLosses && s.loss.low() > bound {
		for _, source := range dear {
			s.asked |= 1 << source
		}
		s.patience = min(2*s.patience, mostPatience)
		s.loss, s.trial, s.turn = mean{}, mean{}, 0
		return
	}
	switch t := &s.trial; {
	case t.n >= s.patience && t.high() <= bound:
		s.asked &^= 1 << dear[s.turn]
		s.loss = mean{}
		s.next(dear)
	case t.n >= enoughLosses && t.low() > bound, t.n >= 2*s.patience:
		s.next(dear)
	}
}

// mean is of numbers between 0 and 1, with their spread.
type mean struct{ n, sum, squares float64 }

func (m *mean) add(x float64) { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }

// halve lets a mean of n numbers forget.
func (m *mean) halve(n float64) {
	if m.n >= n {
		m.n, m.sum, m.squares = m.n/2, m.sum/2, m.squares/2
	}
}

// high and low are some standard errors above the mean, and below.
func (m *mean) high() float64 { return m.sum/m.n + m.error() }
func (m *mean) low() float64  { return m.sum/m.n - m.error() }

func (m *mean) error() float64 {
	at := m.sum / m.n
	return sure * math.Sqrt(max(0, m.squares/m.n-at*at)/m.n)
}

// surveySpares measures what is lost in the query just scored by what is asked of
// the sources, and by it without the source on trial, and learns from it. So it
// does how many candidates are enough.
func (m *Model) surveySpares(cands []feed.Candidate, lists []float32) {
	k := &m.work
	d := &m.minds[k.context.situation()]
	loss, missed := m.loss(d, d.spare.asked, cands, lists)
	on, without := -1, 0.0
	tries := len(m.dear) > 0 && m.cfg.Spare > 0 && d.spare.grown >= grownUp-1
	if tries {
		if on = d.spare.onTrial(m.dear); on >= 0 {
			without, _ = m.loss(d, d.spare.asked&^(1<<m.dear[on]), cands, lists)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d.trust.deepen(missed)
	d.spare.grown = min(d.spare.grown+1, grownUp)
	if !tries {
		return
	}
	d.spare.loss.add(loss)
	d.spare.loss.halve(2 * enoughLosses)
	if on >= 0 {
		d.spare.turn = on
		d.spare.trial.add(without)
	}
	d.spare.settle(m.dear, m.cfg.Spare)
}

// loss returns what the page loses if only some of the sources are asked, and
// which share of the page then stands too low in their lists to be ranked at all.
func (m *Model) loss(d *mind, asked uint32, cands []feed.Candidate, lists []float32) (loss, missed float64) {
	k := &m.work
	k.heard, k.odds, k.stands, k.order = k.heard[:0], k.odds[:0], k.stands[:0], k.order[:0]
	for i := range cands {
		stand, proposed := 0.0, false
		for s, x := range lists[i*m.lists:][:m.lists] {
			proposed = proposed || x > 0
			if asked>>s&1 != 0 {
				stand += d.trust.w[s] * float64(x)
			}
		}
		if proposed {
			k.order = append(k.order, k.scores[i])
		}
		if stand > 0 {
			k.heard = append(k.heard, cands[i])
			k.odds, k.stands = append(k.odds, k.scores[i]), append(k.stands, stand)
		}
	}
	best := 0.0
	for _, p := range highest(k.order, page) {
		best += p
	}
	switch {
	case best == 0:
		return 0, 0 // there is nothing to lose
	case len(k.heard) == 0:
		return 1, 0
	}
	m.scoreHeard(d, asked)
	k.order = append(k.order[:0], k.stands...)
	low := highest(k.order, int(math.Ceil(d.trust.depth)))[0]
	k.order = append(k.order[:0], k.heardScores...)
	top, got, n := highest(k.order, page)[0], 0.0, 0
	for i, score := range k.heardScores {
		if score < top || n == page {
			continue
		}
		got, n = got+k.odds[i], n+1
		if k.stands[i] < low {
			missed += 1.0 / page
		}
	}
	return max(0, 1-got/best), missed
}

// scoreHeard fills in scores of the candidates heard of, by the features of some of
// the sources only.
func (m *Model) scoreHeard(d *mind, asked uint32) {
	k := &m.work
	k.heardScores = grown(k.heardScores, len(k.heard))
	s := &k.spared
	s.context = k.context
	s.weights = append(s.weights[:0], k.weights...)
	s.byClass = d.mixture.weigh(s.weights, s.byClass)
	for source, columns := range m.columns {
		if asked>>source&1 == 0 {
			clear(s.weights[columns.first:columns.end])
			clear(s.byClass[columns.first:columns.end])
		}
	}
	if !d.mixture.taught {
		for i := range k.heard {
			k.heardScores[i] = dot(s.weights, k.heard[i].Features)
		}
		return
	}
	s.shares = d.mixture.shares(s.context)
	s.mix(k.heard, nil)
	for i := range k.heard {
		k.heardScores[i] = s.chance(i)
	}
}

// highest sorts xs and returns the n highest, all if there are fewer.
func highest(xs []float64, n int) []float64 {
	slices.Sort(xs)
	return xs[max(0, len(xs)-n):]
}
