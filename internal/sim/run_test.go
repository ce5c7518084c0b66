package sim_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/sim"
	"readnext/internal/store"
)

// jump is a clock that does not wait.
type jump struct{ now feed.Millis }

func (c *jump) Now() feed.Millis { return c.now }

func (c *jump) Wait(ctx context.Context, span feed.Millis) error {
	c.now += span
	return ctx.Err()
}

type pageID struct {
	user    feed.UserID
	channel feed.ChannelID
	stamp   feed.Millis
}

// backend serves random pages and holds every signal against the contract.
type backend struct {
	t        *testing.T
	rng      *rand.Rand
	articles map[feed.ArticleID]feed.Article
	pages    map[pageID]*feed.Page
	exposed  map[pageID]bool
	keys     map[feed.UserID]map[feed.Key]bool
	users    map[feed.UserID]int // refreshes
	past     []feed.Event
	live     []feed.Event
	signals  []feed.Signal
	stamp    feed.Millis

	// recommend, if set, is asked first.
	recommend func() error
	submit    func() error
}

func newBackend(t *testing.T) *backend {
	return &backend{
		t: t, rng: rand.New(rand.NewPCG(9, 9)),
		articles: make(map[feed.ArticleID]feed.Article),
		pages:    make(map[pageID]*feed.Page),
		exposed:  make(map[pageID]bool),
		keys:     make(map[feed.UserID]map[feed.Key]bool),
		users:    make(map[feed.UserID]int),
	}
}

func (b *backend) PutArticles(_ context.Context, articles []feed.Article) ([]bool, error) {
	created := make([]bool, len(articles))
	for i, a := range articles {
		if err := a.Validate(); err != nil {
			b.t.Errorf("put: %v", err)
		}
		_, known := b.articles[a.ID]
		created[i] = !known
		b.articles[a.ID] = a
	}
	return created, nil
}

func (b *backend) Recommend(_ context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error) {
	if b.recommend != nil {
		if err := b.recommend(); err != nil {
			return recommend.Answer{}, err
		}
	}
	if err := req.Validate(); err != nil {
		b.t.Errorf("recommend: %v", err)
	}
	b.users[req.User]++
	b.stamp = max(b.stamp+1, now)
	page := &feed.Page{User: req.User, Channel: req.Channel, Stamp: b.stamp, Model: 7}
	ids := make([]feed.ArticleID, 0, len(b.articles))
	for id := range b.articles {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, i := range b.rng.Perm(len(ids))[:req.Num] {
		page.Places = append(page.Places, feed.Place{Article: ids[i], Propensity: b.rng.Float32()})
	}
	b.pages[pageID{page.User, page.Channel, page.Stamp}] = page
	return recommend.Answer{Page: page}, nil
}

func (b *backend) Submit(_ context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, error) {
	if b.submit != nil {
		if err := b.submit(); err != nil {
			return nil, err
		}
	}
	b.signals = append(b.signals, signals...)
	for _, s := range signals {
		if b.keys[s.User] == nil {
			b.keys[s.User] = make(map[feed.Key]bool)
		}
		if s.Key == (feed.Key{}) || b.keys[s.User][s.Key] {
			b.t.Errorf("key %x of %s is zero or not new", s.Key, s.User)
		}
		b.keys[s.User][s.Key] = true
		if len(s.Events) == 0 {
			b.t.Error("a signal without events")
		}
		for i, e := range s.Events {
			if err := e.Validate(now); err != nil {
				b.t.Errorf("submit: %v", err)
			}
			if e.User != s.User || e.Time > now {
				b.t.Errorf("an event of %s at %d in a signal of %s at %d", e.User, e.Time, s.User, now)
			}
			a, known := b.articles[e.Article]
			if !known || e.Time < a.Published && e.Cause == nil {
				b.t.Errorf("an event of article %d, which is not there at %d", e.Article, e.Time)
			}
			if e.Cause == nil {
				b.past = append(b.past, e)
				continue
			}
			b.live = append(b.live, e)
			b.checkCause(s, i)
		}
	}
	return make([]store.Outcome, len(signals)), nil
}

func (b *backend) checkCause(s feed.Signal, i int) {
	e := s.Events[i]
	id := pageID{e.User, e.Channel, e.Cause.Stamp}
	page := b.pages[id]
	if page == nil {
		b.t.Errorf("no such page was served: %+v", id)
		return
	}
	place := page.Places[e.Cause.Position]
	if place.Article != e.Article || place.Arm != e.Cause.Arm || place.Propensity != e.Cause.Propensity || page.Model != e.Cause.Model {
		b.t.Errorf("cause %+v does not fit place %+v", e.Cause, place)
	}
	if e.Time <= page.Stamp {
		b.t.Errorf("an event at %d of a page of %d", e.Time, page.Stamp)
	}
	if e.Action == feed.Exposure {
		if len(s.Events) != len(page.Places) || int(e.Cause.Position) != i {
			b.t.Errorf("an exposure of %d events for %d places", len(s.Events), len(page.Places))
		}
		b.exposed[id] = true
	} else if !b.exposed[id] {
		b.t.Errorf("a %v on a page that was not exposed", e.Action)
	}
}

func TestRunKeepsTheContract(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 2})
	b, clock := newBackend(t), &jump{now: born}
	cfg := sim.Demo()
	stats, err := sim.Run(t.Context(), cfg, w, b, clock)
	if err != nil {
		t.Fatal(err)
	}
	if clock.now != born+10*feed.Minute {
		t.Errorf("it lasted %d ms", clock.now-born)
	}
	if stats.Articles != 600 || len(b.articles) != 600 {
		t.Errorf("%d articles handed in, %d there", stats.Articles, len(b.articles))
	}
	// 3 a second over 600 s, Poisson: 1800 +- 5 sigma.
	if stats.Refreshes < 1590 || stats.Refreshes > 2010 || stats.Refreshes != len(b.pages) {
		t.Errorf("%d refreshes, %d pages", stats.Refreshes, len(b.pages))
	}
	if b.users["reader-1"] != 0 || len(b.users) < 190 {
		t.Errorf("reader-1 came %d times; %d readers came", b.users["reader-1"], len(b.users))
	}
	var got [feed.Dislike + 1]int
	for _, e := range b.live {
		got[e.Action]++
	}
	if got != stats.Live || stats.Failed != 0 || stats.Duplicate != 0 || stats.Accepted != len(b.signals) {
		t.Errorf("stats %+v, seen %v", stats, got)
	}
	for action := feed.Exposure; action <= feed.Share; action++ {
		if got[action] == 0 {
			t.Errorf("no %v", action)
		}
	}
	if clicks := float64(got[feed.Click]); clicks < 0.85*stats.Expected || clicks > 1.1*stats.Expected {
		t.Errorf("%v clicks where %v are expected", clicks, stats.Expected)
	}
}

func TestPastIsInOrderAndPersonal(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 2})
	b := newBackend(t)
	stats, err := sim.Warm(t.Context(), sim.Config{}, w, b, &jump{now: born})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Refreshes != 0 || len(b.pages) != 0 || len(b.live) != 0 {
		t.Errorf("the past asked for pages: %+v", stats)
	}
	if stats.Past[feed.Exposure] < 5000 || stats.Past[feed.Click] < 500 || len(b.signals) > 10000 {
		t.Errorf("the past is thin or thick: %v in %d signals", stats.Past, len(b.signals))
	}
	last := feed.Millis(0)
	mine := make(map[string]int)
	for _, e := range b.past {
		if e.Time < last || e.Time < born-8*feed.Hour {
			t.Fatalf("an event at %d after one at %d", e.Time, last)
		}
		last = e.Time
		if e.User == "reader-1" && e.Action == feed.Click {
			mine[w.Topics()[w.Article(e.Article).Topic]]++
		}
	}
	loved, rest := 0, 0
	for topic, n := range mine {
		if topic == "space" || topic == "robots" || topic == "books" {
			loved += n
		} else {
			rest += n
		}
	}
	if loved < 5 || loved < 2*rest {
		t.Errorf("reader-1 clicked %v: no clear taste", mine)
	}
}

func TestRunIsDeterministic(t *testing.T) {
	var stats [2]sim.Stats
	var signals [2][]feed.Signal
	for i := range stats {
		b := newBackend(t)
		var err error
		stats[i], err = sim.Run(t.Context(), sim.Config{Seed: 4, For: feed.Minute}, newWorld(t, sim.WorldConfig{Seed: 2}), b, &jump{now: born})
		if err != nil {
			t.Fatal(err)
		}
		signals[i] = b.signals
	}
	if stats[0] != stats[1] {
		t.Errorf("%+v\n%+v", stats[0], stats[1])
	}
	same := slices.EqualFunc(signals[0], signals[1], func(a, b feed.Signal) bool { return a.Key == b.Key })
	if !same {
		t.Error("two runs of one seed sent different signals")
	}
}

func TestArticlesComeInDuringTheRun(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Seed: 2, Ahead: 4 * feed.Hour, Lead: feed.Minute})
	b := newBackend(t)
	if _, err := sim.Warm(t.Context(), sim.Config{Visits: -1}, w, b, &jump{now: born}); err != nil {
		t.Fatal(err)
	}
	atFirst := len(b.articles)
	if _, err := sim.Live(t.Context(), sim.Config{For: 5 * feed.Hour, Rate: 0.01}, w, b, &jump{now: born}); err != nil {
		t.Fatal(err)
	}
	if atFirst >= 600 || len(b.articles) != 600 {
		t.Errorf("%d articles at first, %d in the end", atFirst, len(b.articles))
	}
}

func TestRunSurvivesPassingFailures(t *testing.T) {
	b := newBackend(t)
	calls := 0
	flaky := func() error {
		if calls++; calls%5 == 0 {
			return feed.Errorf(feed.Unavailable, "the disk is busy")
		}
		return nil
	}
	b.recommend = flaky
	stats, err := sim.Run(t.Context(), sim.Config{Visits: -1, For: feed.Minute}, newWorld(t, sim.WorldConfig{}), b, &jump{now: born})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Failed != calls/5 || stats.Refreshes != calls-calls/5 {
		t.Errorf("%d calls: %+v", calls, stats)
	}
}

func TestRunEndsWithLastingFailures(t *testing.T) {
	broken := errors.New("the disk is gone")
	for name, set := range map[string]func(*backend){
		"recommend": func(b *backend) { b.recommend = func() error { return broken } },
		"submit":    func(b *backend) { b.submit = func() error { return broken } },
	} {
		b := newBackend(t)
		set(b)
		_, err := sim.Run(t.Context(), sim.Config{Visits: -1, For: feed.Minute}, newWorld(t, sim.WorldConfig{}), b, &jump{now: born})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := newBackend(t)
	calls := 0
	b.recommend = func() error {
		if calls++; calls == 20 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	stats, err := sim.Run(ctx, sim.Config{Visits: -1, For: feed.Day}, newWorld(t, sim.WorldConfig{}), b, &jump{now: born})
	if err != nil || stats.Refreshes != 19 {
		t.Errorf("%d refreshes, %v", stats.Refreshes, err)
	}
}

func TestRealClock(t *testing.T) {
	c := sim.ClockOf(func() feed.Millis { return 42 })
	if c.Now() != 42 {
		t.Errorf("it is %d", c.Now())
	}
	if err := c.Wait(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if err := c.Wait(t.Context(), 1); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx, feed.Day); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was ended: %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	w := newWorld(t, sim.WorldConfig{Readers: 2})
	for _, cfg := range []sim.Config{
		{Past: -1}, {Batch: -1}, {Rate: -1}, {Rate: 1e9}, {Num: -1}, {Spare: -1}, {Spare: 2},
	} {
		if _, err := sim.Run(t.Context(), cfg, w, newBackend(t), &jump{now: born}); err == nil {
			t.Errorf("Run(%+v) is no error", cfg)
		}
	}
}
