// Package response believes things about articles, tags, authors and readers
// from what was shown and clicked, and from what was shown and not.
//
// The rate at which a reader clicks an article that a page shows is taken for a
// product, so its logarithm for a sum,
//
//	log λ = site + place + age + tired + article + Σ tags + author
//	        + reader + Σ reader's taste for the tags + for the author
//
// with tags weighing n^(-1/2) each if there are n, and tastes for them √(b/Σb), b
// being how often a tag was shown: a click is first of all about what is broad,
// as finer resolutions are shrunk to coarser ones. It is a log-linear model of
// clicks over expected clicks at several resolutions (Agarwal, Chen, Elango, 2009;
// Agarwal, Agrawal, Khanna, Kota, 2010). Every term is a belief with a mean and
// a spread (variance). The rate is taken for Gamma distributed with mean λ and
// shape 1/V, V being the sum of the terms' spreads, and clicks for Poisson, so
//
//	an exposure multiplies λ by 1/(1 + V·λ)
//	its click by 1 + V, and V by 1/(1 + V)
//
// which is the exact posterior of a Gamma-Poisson rate. Each term takes the
// share of the step that its spread has in V, as in assumed-density filtering
// (Graepel, Candela, Borchert, Herbrich, 2010): an article's quality is not
// taken for the taste of those who saw it, nor taste for quality, nor either
// for a place or an hour. Between events a belief returns to its prior with a
// half-life,
//
//	mean·f,   prior + f²·(spread - prior),   f = 2^(-Δt/halfLife)
//
// so that interests that have passed are given up, and nothing needs sweeping.
// The age's term is learned for the whole site, at ages that double, between
// which it is straight: how fast interest fades differs between sites. So is
// that of a reader who has just seen much on the same tags.
//
// It hears of what pages show: exposures with a cause, and the first act worth
// something on each within a window. Where no exposures are reported it says
// nothing. It trades precision for speed: an event is taken in once, with the
// beliefs of its moment, and costs a microsecond or two. It does not propose
// articles, and similar readers teach it nothing of each other.
//
// One goroutine may change a Model (Observe, Forget, Drop, ReadSnapshot); any
// number may ask meanwhile. The zero value is not usable; use [New].
package response

import (
	"math"
	"sync"

	"readnext/internal/feed"
)

// Model is what is believed of everything that clicks depend on.
type Model struct {
	cfg     Config
	scratch sync.Pool // *scratch

	mu       sync.RWMutex
	seen     uint64 // exposures
	site     belief
	places   [places]belief
	ages     [ages]belief
	tired    [tirings]belief
	articles []belief // by Ord
	names    []name   // by Name
	readers  readers

	terms []term // of the goroutine that folds
}

// New makes a Model. Zero settings take their defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, readers: newReaders(cfg.Readers)}
	m.scratch.New = func() any { return new(scratch) }
	return m, nil
}

// Name returns "response".
func (m *Model) Name() string { return "response" }

// Sizes reports how much is kept.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	articles, names, readers, tastes, shown := len(m.articles), len(m.names), m.readers.lru.Len(), 0, 0
	for _, r := range m.readers.lru.Values() {
		tastes += len(r.tastes)
		shown += len(r.shown)
	}
	m.mu.RUnlock()
	yield("articles", articles)
	yield("names", names)
	yield("readers", readers)
	yield("tastes", tastes)
	yield("shown", shown)
}

// ObserveItem does nothing: an article says of itself all that counts, when it
// is shown.
func (m *Model) ObserveItem(*feed.Item) {}

// Observe takes in an exposure that a page caused, or an act on one.
func (m *Model) Observe(o feed.Observation) {
	if o.Cause == nil || o.Action != feed.Exposure && !(o.Value > 0) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.Action == feed.Exposure {
		m.exposeLocked(&o)
	} else {
		m.clickLocked(&o)
	}
}

// exposeLocked takes in an exposure, until more is heard one without a click.
// Of the anonymous it hears nothing: whose a click is could not be told.
func (m *Model) exposeLocked(o *feed.Observation) {
	if o.User == feed.Anonymous {
		return
	}
	r := m.readers.touch(readerKey(o.User))
	if r.find(o.Item.Ord) != nil {
		return
	}
	m.seen++
	m.growLocked(o.Item)
	m.countLocked(o.Item)
	r.meet(o.Item, o.Time, &m.cfg)
	x := shown{at: o.Time, ord: o.Item.Ord, place: uint8(min(int(o.Cause.Position), places-1)), tired: r.tired(o.Item, o.Time)}
	rate, spread := m.gatherLocked(r, o.Item, &x, o.Time)
	m.moveLocked(-math.Log1p(spread*math.Exp(min(rate, 0))), spread, 0)
	r.show(x, o.Item, m.cfg.Shown)
}

// clickLocked takes in an act on what was shown.
func (m *Model) clickLocked(o *feed.Observation) {
	r := m.readers.of(readerKey(o.User))
	if r == nil {
		return
	}
	x := r.find(o.Item.Ord)
	if x == nil || x.taken || o.Time-x.at > m.cfg.Window {
		return
	}
	x.taken = true
	_, spread := m.gatherLocked(r, o.Item, x, o.Time)
	m.moveLocked(math.Log1p(spread), spread, spread*spread/(1+spread))
}

// term is a belief and what it is multiplied by in log λ.
type term struct {
	*belief
	power float64
}

// gatherLocked lists the terms of log λ, and returns it with its spread.
func (m *Model) gatherLocked(r *reader, it *feed.Item, x *shown, now feed.Millis) (rate, spread float64) {
	c := &m.cfg
	m.growLocked(it)
	m.terms = m.terms[:0]
	add := func(b *belief, p *Prior, mean, power float64) {
		b.relax(now, p)
		rate += power * (mean + float64(b.mean))
		spread += power * power * float64(b.spread)
		m.terms = append(m.terms, term{b, power})
	}
	rate = math.Log(firstRate)
	add(&m.site, &c.Site, 0, 1)
	add(&m.places[x.place], &c.Place, -c.Examination*math.Log1p(float64(x.place)), 1)
	k, f := between(float64(x.tired), tirings)
	add(&m.tired[k], &c.Tired, tiredMean(k), 1-f)
	add(&m.tired[k+1], &c.Tired, tiredMean(k+1), f)
	k, f = ageAt(x.at - it.Published)
	add(&m.ages[k], &c.Age, ageMean(k), 1-f)
	add(&m.ages[k+1], &c.Age, ageMean(k+1), f)
	add(&m.articles[it.Ord], &c.Article, 0, 1)
	add(&r.level, &c.Reader, 0, 1)
	w, all := tagPower(len(it.Tags)), m.breadthsLocked(it)
	for _, t := range it.Tags {
		add(&m.names[t].belief, &c.Tag, 0, w)
		if i, ok := r.taste(t); ok {
			r.tastes[i].relax(now, &c.Taste)
			add(&r.tastes[i].belief, &c.Taste, 0, float64(root(m.breadthLocked(t)/all)))
		}
	}
	if it.Author != 0 {
		add(&m.names[it.Author].belief, &c.Author, 0, 1)
		if i, ok := r.taste(it.Author); ok {
			r.tastes[i].relax(now, &c.AuthorTaste)
			add(&r.tastes[i].belief, &c.AuthorTaste, 0, 1)
		}
	}
	return rate, spread
}

// moveLocked moves the terms so that their sum moves by a step and its spread
// falls by some.
func (m *Model) moveLocked(step, spread, less float64) {
	for _, t := range m.terms {
		share := t.power * float64(t.spread) / spread
		t.mean = min(max(t.mean+float32(share*step), -most), most)
		t.spread = max(t.spread-float32(share*share*less), least)
	}
}

// growLocked makes room for what is believed of an article. Terms point into
// the lists, which must not move once they are gathered.
func (m *Model) growLocked(it *feed.Item) {
	name := it.Author
	for _, t := range it.Tags {
		name = max(name, t)
	}
	m.articles = grown(m.articles, int(it.Ord)+1)
	m.names = grown(m.names, int(name)+1)
}

func grown[T any](list []T, n int) []T {
	if n <= len(list) {
		return list
	}
	return append(list, make([]T, n-len(list))...)
}

// Forget erases a reader.
func (m *Model) Forget(user feed.UserID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers.lru.Remove(readerKey(user))
}
