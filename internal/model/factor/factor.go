// Package factor knows the latent structure of a catalogue: which articles
// speak for which others once all that they have in common with the rest is
// accounted for. It is strongest where articles live long (films, papers, areas
// of a site) and readers have a past.
//
// It is the linear model of Steck (Embarrassingly Shallow Autoencoders for
// Sparse Data, 2019). With X the readers' articles, a 1 for each, rows weighted
// by w(u) = n(u)^-Activity so that those who read everything do not outvote the
// rest, and G = Xᵀ·diag(w)·X, it finds the B that reconstructs each article
// best from the others:
//
//	min |√w·(X - X·B)|² + Σ(i,j) (λ + β·G(i,i))·B(i,j)²,  B(j,j) = 0
//
// For up to Dense articles that is solved exactly: with P = (G + λI +
// β·diag G)⁻¹, B(i,j) = -P(i,j)/P(j,j). For more, each article j is regressed
// on its nearest by cosine alone (Ning, Karypis: SLIM, 2011; Steck: Markov
// Random Fields for Collaborative Filtering, 2019), so many that the work of a
// fit is bounded. Of the edges that leave an article the strongest are kept. An
// article's score for a reader is the sum of B over the reader's articles,
// taken at the request: a reader who began a minute ago is known.
//
// # Fits
//
// A fit takes from milliseconds to some ten seconds of a processor, on one
// goroutine beside the fold, from a copy of the interactions, in single
// precision. Requests use the newest. What a log trains must be the same on
// every replica, and asks with [feed.Query.Settled]: then the answer is from the
// settled fit, whose copies are taken, and whose results come to be used, at
// fixed counts of interactions. N(0) is First; N(k+1) is N(k) and half of it, at
// most 500,000 more; the fit of N(k) is used from half of the way to there on,
// and the fold waits for it if it must. Each is put off as far as it takes until
// interactions have paid for the fits: 4 µs each for what they cost by an
// estimate of their input, but for the first two seconds' worth, and before a
// fit is used once more for what it costs beyond 50 ms. So fits take no more of
// a fold than that. [Model.Refit] keeps requests close to the present.
//
// Between pieces of work a fit gives way (Config.GiveWay); where the fold waits
// for it, it does not.
//
// What it trades: freshness for depth. An article is known from the next fit
// on; for what is read since, see the covisit model. Do not use it for
// catalogues that turn over within hours alone.
//
// One goroutine may change a Model (ObserveItem, Observe, Forget, Refit, Fit,
// ReadSnapshot, Close); any number may read it meanwhile. The zero value is not
// usable; use [New], and [Model.Close] when done.
package factor

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"readnext/internal/feed"
)

// Model is weights between articles, and the interactions they come from.
type Model struct {
	cfg     Config
	scratch sync.Pool // *scratch

	settled, serving atomic.Pointer[view]

	mu       sync.RWMutex // guards what requests need of articles
	articles []article    // by Ord

	state   sync.Mutex // guards what is folded; held before mu where both are
	readers readers
	latest  feed.Millis   // of all events so far
	seen    uint64        // interactions, in all
	heard   atomic.Uint64 // the same, for fits
	changes uint64        // whatever a fit would notice: a version of the state
	due     schedule
	pending *fit // the settled fit under way, nil if none

	ahead   []int32  // of Touch: numbers of readers
	touched feed.Ord // keeps Touch from being optimised away

	// Of Refit and its fits; used by the folding goroutine.
	refit        *fit
	askedChanges uint64
	ended        atomic.Int64 // when the last fit ended, by Clock
	worked       atomic.Int64 // what it took, in nanoseconds
}

// article is what proposing one needs to know.
type article struct {
	channels  []feed.ChannelID // ascending; the item's own memory
	published feed.Millis
	expires   feed.Millis
	put       bool
	withdrawn bool
}

func (a *article) eligible(c feed.ChannelID, now feed.Millis) bool {
	if !a.put || a.withdrawn || a.published > now || a.expires != 0 && now >= a.expires {
		return false
	}
	if c == feed.AllChannels {
		return true
	}
	for _, have := range a.channels {
		if have == c {
			return true
		}
	}
	return false
}

// New makes an empty model. Zero settings take their defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, readers: newReaders(&cfg), due: firstDue(&cfg)}
	m.scratch.New = func() any { return new(scratch) }
	empty := newView(0, nil, nil)
	m.settled.Store(empty)
	m.serving.Store(empty)
	return m, nil
}

// Name returns "factor".
func (m *Model) Name() string { return "factor" }

// FeatureNames returns the columns that Score fills.
func (m *Model) FeatureNames() []string { return []string{"factor", "factor_p"} }

// Sizes reports how much is kept.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.state.Lock()
	interactions, readers, articles := m.readers.total, m.readers.keys.Len(), len(m.articles)
	copied := 0
	for _, f := range []*fit{m.pending, m.refit} {
		if in := f.held(); in != nil {
			copied += len(in.items)
		}
	}
	behind, fitting := int(min(m.behind(), uint64(max(interactions, 1)))), 0
	if m.pending.busy() || m.refit.busy() {
		fitting = 1
	}
	m.state.Unlock()
	v := m.serving.Load()
	yield("articles", articles)
	yield("fitted", len(v.ords))
	yield("edges", len(v.to))
	yield("interactions", interactions)
	yield("copied", copied) // interactions, for fits that are not in use yet
	yield("readers", readers)
	yield("fitting", fitting)
	yield("behind", behind) // changes that the newest fit does not know of, at most interactions
}

// ObserveItem takes in an article that was put, changed or withdrawn.
func (m *Model) ObserveItem(it *feed.Item) {
	m.state.Lock()
	defer m.state.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.growLocked(it.Ord)
	a := &m.articles[it.Ord]
	if a.withdrawn != it.Withdrawn {
		m.changes++
	}
	*a = article{
		channels:  it.Channels,
		published: it.Published,
		expires:   it.Expires,
		put:       len(it.Channels) > 0,
		withdrawn: it.Withdrawn,
	}
}

// Observe takes in an event: a reader's first act of positive value on an
// article is an interaction, one of negative value takes it back.
func (m *Model) Observe(o feed.Observation) {
	if o.Value == 0 || math.IsNaN(o.Value) || o.User == feed.Anonymous {
		return
	}
	if m.take(o) {
		m.settle()
	}
}

// take takes in an event and returns whether a settled fit is to be taken or to
// be put to use.
func (m *Model) take(o feed.Observation) bool {
	m.state.Lock()
	defer m.state.Unlock()
	m.latest = max(m.latest, o.Time)
	ord := o.Item.Ord
	if int(ord) >= len(m.articles) {
		m.mu.Lock()
		m.growLocked(ord)
		m.mu.Unlock()
	}
	if o.Value < 0 {
		if m.readers.remove(keyOf(o.User), ord) {
			m.changes++
		}
		return false
	}
	if !m.readers.add(keyOf(o.User), ord) {
		return false
	}
	m.changes++
	m.seen++
	m.heard.Store(m.seen)
	return m.seen >= m.due.next()
}

// Forget drops what is kept of a reader, from a fit that is under way, too.
// What finished fits learned is a sum over readers, and stays until the next.
func (m *Model) Forget(user feed.UserID) {
	m.state.Lock()
	defer m.state.Unlock()
	key := keyOf(user)
	if m.readers.forget(key) {
		m.changes++
	}
	if m.pending.has(key) {
		m.pending.end()
		m.pending = m.start(m.pending.in.Load().without(key), false, false)
	}
	if m.refit.has(key) {
		m.refit.end() // the next is begun when the log rests
		m.refit = nil
	}
}

func (m *Model) growLocked(ord feed.Ord) {
	for int(ord) >= len(m.articles) {
		m.articles = append(m.articles, article{})
	}
}

// now returns the time by the owner's clock.
func (m *Model) now() time.Duration {
	if m.cfg.Clock == nil {
		return 0
	}
	return m.cfg.Clock()
}
