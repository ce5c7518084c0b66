// Package trending knows which articles are popular now: decayed counts of
// what readers did, per channel and for all channels, over several half-lives,
// and the decayed rate at which exposures became clicks.
//
// It decays forward (Cormode, Shkapenyuk, Srivastava, Xu: Forward decay, 2009).
// An act of weight w at time t adds w·2^(t/h) to its article, so the ratio of
// two articles, and with it their order, never changes as time passes; only
// new acts change it. What is kept is the logarithm of that sum,
//
//	s = log2 Σ w·2^(t/h)
//
// one float64 for each article and half-life: it cannot overflow, needs no
// sweeping, and is the rank itself. The decayed count at a time is 2^(s-now/h),
// and an article's share of the leader's count is 2^(s-s_leader) at any time.
// Acts may arrive in any order of time.
//
// Every channel has, for each half-life, a list of its best articles that is
// kept sorted on every act, so that a request copies instead of sorting.
//
// What it trades: an act counts fully in every channel of its article, wherever
// it happened. Dislikes take nothing away, since a count that only grows is
// what keeps the lists exact; models of readers and the ranker hear dislikes.
// Because features are relative to the leader, a quiet channel looks as busy
// as a loud one. Do not use it for "popular among readers like this one".
//
// One goroutine may change a Model (ObserveItem, Observe, Forget,
// Drop, ReadSnapshot); any number may read it meanwhile. The zero value is not
// usable; use [New].
package trending

import (
	"math"
	"sync"

	"readnext/internal/decay"
	"readnext/internal/feed"
)

// Model is the popularity of every article.
type Model struct {
	cfg      Config
	features []string
	perMilli []float64 // 1/half-life
	scratch  sync.Pool // *scratch

	ctrPerMilli, sitePerMilli float64

	mu       sync.RWMutex
	articles []article // by Ord
	scores   []float64 // by Ord and half-life: s, -Inf for no popularity
	rates    []rate    // by Ord
	site     rate      // of all articles
	boards   map[feed.ChannelID]*board
	clock    feed.Millis // the newest event's time
	touched  float64     // keeps Touch from being optimised away
}

// article is what the lists need to know of one.
type article struct {
	channels  []feed.ChannelID // ascending; the item's own memory
	published feed.Millis
	expires   feed.Millis
	listed    bool // put and not withdrawn
}

func (a *article) in(c feed.ChannelID) bool {
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

// stale reports whether the article has been expired for good: events may run
// ahead of the clock by [feed.MaxAhead], so the newest one proves no less.
func (a *article) stale(clock feed.Millis) bool {
	return a.expires != 0 && a.expires <= clock-feed.MaxAhead
}

// New makes an empty model. Zero settings take their defaults.
func New(cfg Config) (*Model, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, boards: make(map[feed.ChannelID]*board)}
	m.ctrPerMilli, m.sitePerMilli = 1/float64(cfg.CTRHalfLife), 1/float64(cfg.SiteHalfLife)
	for _, h := range cfg.HalfLives {
		m.features = append(m.features, "trending_"+span(h), "trending_"+span(h)+"_log")
		m.perMilli = append(m.perMilli, 1/float64(h))
	}
	m.features = append(m.features, "ctr", "pace")
	m.scratch.New = func() any { return new(scratch) }
	return m, nil
}

// Name returns "trending".
func (m *Model) Name() string { return "trending" }

// FeatureNames returns the columns that Score fills: two for each half-life,
// named for it, then "ctr" and "pace".
func (m *Model) FeatureNames() []string { return m.features }

// HalfLives returns the half-lives, in the order of their indexes.
func (m *Model) HalfLives() []feed.Millis { return m.cfg.HalfLives }

// Sizes reports how much is kept.
func (m *Model) Sizes(yield func(name string, n int)) {
	m.mu.RLock()
	articles, boards, entries := len(m.articles), len(m.boards), 0
	for _, b := range m.boards {
		for k := range b.lists {
			entries += len(b.lists[k].entries)
		}
	}
	m.mu.RUnlock()
	yield("articles", articles)
	yield("channels", boards)
	yield("listed", entries)
}

// Forget does nothing: no reader is known here.
func (m *Model) Forget(feed.UserID) {}

// ObserveItem takes in an article that was put, changed or withdrawn. Counts
// of an article outlive its withdrawal, so one that is put back is as popular
// as it was.
func (m *Model) ObserveItem(it *feed.Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.growLocked(it.Ord)
	a := &m.articles[it.Ord]
	m.changedLocked(a)
	if a.listed {
		m.takeOutLocked(it.Ord, a)
	}
	*a = article{
		channels:  it.Channels,
		published: it.Published,
		expires:   it.Expires,
		listed:    !it.Withdrawn && len(it.Channels) > 0,
	}
	m.changedLocked(a)
	if !a.listed {
		return
	}
	m.putInLocked(feed.AllChannels, it.Ord)
	for _, c := range a.channels {
		m.putInLocked(c, it.Ord)
	}
}

// Observe takes in an event. Acts of positive value count towards popularity
// by their value. Exposures and clicks count towards the click rate if a page
// of ours caused them, so that imports do not distort it.
func (m *Model) Observe(o feed.Observation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ord := o.Item.Ord
	m.growLocked(ord)
	m.clock = max(m.clock, o.Time)
	m.changedLocked(&m.articles[ord])
	if o.Cause != nil {
		switch o.Action {
		case feed.Exposure:
			m.rates[ord].add(0, 1, o.Time, m.ctrPerMilli)
			m.site.add(0, 1, o.Time, m.sitePerMilli)
		case feed.Click:
			m.rates[ord].add(1, 0, o.Time, m.ctrPerMilli)
			m.site.add(1, 0, o.Time, m.sitePerMilli)
		}
	}
	if !(o.Value > 0) || math.IsInf(o.Value, 1) {
		return
	}
	m.countLocked(ord, math.Log2(o.Value), float64(o.Time))
}

// countLocked adds an act of weight 2^logWeight and moves the article up in
// every list it belongs to.
func (m *Model) countLocked(ord feed.Ord, logWeight, at float64) {
	halfLives := len(m.perMilli)
	scores := m.scores[int(ord)*halfLives:][:halfLives]
	var before [MaxHalfLives]float64
	copy(before[:], scores)
	for k := range scores {
		scores[k] = decay.LogAdd(scores[k], logWeight+at*m.perMilli[k])
	}
	a := &m.articles[ord]
	if !a.listed {
		return
	}
	m.raiseLocked(feed.AllChannels, ord, before[:halfLives])
	for _, c := range a.channels {
		m.raiseLocked(c, ord, before[:halfLives])
	}
}

func (m *Model) growLocked(ord feed.Ord) {
	for int(ord) >= len(m.articles) {
		m.articles = append(m.articles, article{})
		m.rates = append(m.rates, rate{})
		for range m.perMilli {
			m.scores = append(m.scores, math.Inf(-1))
		}
	}
}
