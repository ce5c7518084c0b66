package evaluate

import (
	"cmp"
	"context"
	"slices"

	"readnext/internal/feed"
)

// scorer is what one baseline adds to what all of them share. Scores are of
// articles that a reader may be shown; an article without one counts 0.
type scorer interface {
	// score adds to the scores of articles.
	score(m *memory, user feed.UserID, channel feed.ChannelID, now feed.Millis, scores map[feed.ArticleID]float64)
	// learn is called before the event enters the memory.
	learn(m *memory, ev feed.Event)
}

// Baseline is a textbook method as a ranker: simple, exact, unbounded, and
// slow. It ranks all eligible articles that are new to the reader; equal
// scores are in an order that means nothing, the same every time.
type Baseline struct {
	name   string
	memory memory
	scorer scorer
}

// memory is what every baseline knows: the catalogue and who acted on what.
type memory struct {
	articles map[feed.ArticleID]*feed.Article
	channels map[feed.ChannelID][]*feed.Article
	acts     map[feed.UserID][]feed.Event // first acts on each article, in order
	acted    map[feed.UserID]map[feed.ArticleID]bool
	readers  map[feed.ArticleID][]feed.UserID // in order of their first acts
}

func newBaseline(name string, s scorer) *Baseline {
	return &Baseline{name: name, scorer: s, memory: memory{
		articles: map[feed.ArticleID]*feed.Article{},
		channels: map[feed.ChannelID][]*feed.Article{},
		acts:     map[feed.UserID][]feed.Event{},
		acted:    map[feed.UserID]map[feed.ArticleID]bool{},
		readers:  map[feed.ArticleID][]feed.UserID{},
	}}
}

// Name names the method.
func (b *Baseline) Name() string { return b.name }

// Put remembers new articles; it does not handle changed ones.
func (b *Baseline) Put(_ context.Context, articles []feed.Article) error {
	m := &b.memory
	for i := range articles {
		a := &articles[i]
		m.articles[a.ID] = a
		m.channels[feed.AllChannels] = append(m.channels[feed.AllChannels], a)
		for _, c := range a.Channels {
			m.channels[c] = append(m.channels[c], a)
		}
	}
	return nil
}

// Learn remembers an event; dislikes count as acts and teach nothing.
func (b *Baseline) Learn(_ context.Context, ev feed.Event) error {
	m := &b.memory
	if !ev.Action.Acted() {
		return nil
	}
	if m.acted[ev.User] == nil {
		m.acted[ev.User] = map[feed.ArticleID]bool{}
	}
	first := !m.acted[ev.User][ev.Article]
	if first && ev.Action != feed.Dislike {
		b.scorer.learn(m, ev)
		m.acts[ev.User] = append(m.acts[ev.User], ev)
		m.readers[ev.Article] = append(m.readers[ev.Article], ev.User)
	}
	m.acted[ev.User][ev.Article] = true
	return nil
}

// Rank ranks.
func (b *Baseline) Rank(_ context.Context, user feed.UserID, channel feed.ChannelID, now feed.Millis, n int) ([]feed.ArticleID, error) {
	m := &b.memory
	scores := map[feed.ArticleID]float64{}
	b.scorer.score(m, user, channel, now, scores)
	type ranked struct {
		id    feed.ArticleID
		score float64
	}
	var all []ranked
	mine := m.acted[user]
	for _, a := range m.channels[channel] {
		if a.Published <= now && (a.Expires == 0 || now < a.Expires) && !mine[a.ID] {
			all = append(all, ranked{a.ID, scores[a.ID]})
		}
	}
	slices.SortFunc(all, func(x, y ranked) int {
		if c := cmp.Compare(y.score, x.score); c != 0 {
			return c
		}
		return cmp.Compare(scatter(x.id), scatter(y.id))
	})
	ids := make([]feed.ArticleID, 0, n)
	for _, r := range all[:min(n, len(all))] {
		ids = append(ids, r.id)
	}
	return ids, nil
}

// scatter orders ids by nothing (splitmix64's finalizer).
func scatter(id feed.ArticleID) uint64 {
	x := uint64(id) * 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
