package simulate

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/sim"
	"readnext/internal/store"
)

// Policy serves the readers of a world.
type Policy interface {
	sim.Backend
	// Next is the page that a refresh would serve; nothing is recorded.
	Next(ctx context.Context, user feed.UserID, now feed.Millis) ([]feed.ArticleID, error)
}

// shelf is a policy that puts all articles in one order, and serves each reader
// the first ones that may be shown. It keeps the rules that the engine keeps:
// nothing twice, only what is eligible, full pages.
type shelf struct {
	// order yields articles by number, best first; one may come twice.
	order    iter.Seq[int]
	observe  func(ev *feed.Event) // may be nil
	articles []feed.Article       // by number, in order of publication
	seen     map[feed.UserID]map[feed.ArticleID]bool
	stamp    feed.Millis
}

func newShelf() *shelf { return &shelf{seen: make(map[feed.UserID]map[feed.ArticleID]bool)} }

// PutArticles takes in new articles.
func (s *shelf) PutArticles(_ context.Context, articles []feed.Article) ([]bool, error) {
	s.articles = append(s.articles, articles...)
	return make([]bool, len(articles)), nil
}

// Submit takes in what readers did.
func (s *shelf) Submit(_ context.Context, signals []feed.Signal, _ feed.Millis) ([]store.Outcome, error) {
	for i := range signals {
		for j := range signals[i].Events {
			ev := &signals[i].Events[j]
			if ev.Action.Acted() {
				s.see(ev.User, ev.Article)
			}
			if s.observe != nil {
				s.observe(ev)
			}
		}
	}
	return make([]store.Outcome, len(signals)), nil
}

func (s *shelf) see(user feed.UserID, article feed.ArticleID) {
	if s.seen[user] == nil {
		s.seen[user] = make(map[feed.ArticleID]bool)
	}
	s.seen[user][article] = true
}

// Recommend serves a page.
func (s *shelf) Recommend(_ context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error) {
	return s.serve(req, now, s.best(req.User, req.Channel, now, req.Num)), nil
}

// serve makes a page of articles and remembers that they were served.
func (s *shelf) serve(req recommend.Request, now feed.Millis, ids []feed.ArticleID) recommend.Answer {
	s.stamp = max(s.stamp+1, now)
	page := &feed.Page{User: req.User, Channel: req.Channel, Stamp: s.stamp}
	for _, id := range ids {
		page.Places = append(page.Places, feed.Place{Article: id, Propensity: 1})
		s.see(req.User, id)
	}
	return recommend.Answer{Page: page}
}

// Next is what Recommend would serve on all channels.
func (s *shelf) Next(_ context.Context, user feed.UserID, now feed.Millis) ([]feed.ArticleID, error) {
	return s.best(user, feed.AllChannels, now, recommend.DefaultNum), nil
}

func (s *shelf) best(user feed.UserID, channel feed.ChannelID, now feed.Millis, num int) []feed.ArticleID {
	seen := s.seen[user]
	page := make([]feed.ArticleID, 0, num)
	for i := range s.order {
		a := &s.articles[i]
		if len(page) == num {
			break
		}
		if (a.Expires == 0 || now < a.Expires) && !seen[a.ID] && !slices.Contains(page, a.ID) &&
			(channel == feed.AllChannels || slices.Contains(a.Channels, channel)) {
			page = append(page, a.ID)
		}
	}
	return page
}

// newestFirst is the order of publication, backwards.
func (s *shelf) newestFirst(yield func(int) bool) {
	for i := len(s.articles) - 1; i >= 0; i-- {
		if !yield(i) {
			return
		}
	}
}

// newest serves what was published last.
func newest() Policy {
	s := newShelf()
	s.order = s.newestFirst
	return s
}

// random serves at random.
func random(seed uint64) Policy {
	rng := rand.New(rand.NewPCG(seed, 11))
	s := newShelf()
	s.order = func(yield func(int) bool) {
		for range 10 * len(s.articles) {
			if !yield(rng.IntN(len(s.articles))) {
				return
			}
		}
		s.newestFirst(yield) // for those who have seen nearly everything
	}
	return s
}
