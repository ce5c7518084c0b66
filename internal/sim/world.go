package sim

import (
	"math/rand/v2"
	"slices"
	"sort"

	"readnext/internal/feed"
)

// World is a newsroom and its readers; see the package's promise.
type World struct {
	cfg      WorldConfig
	subjects []subject
	articles []Article // by id, from 1; ascending by Published
	readers  []Reader
}

// New makes the one world that cfg describes: equal configurations make equal
// worlds.
func New(cfg WorldConfig) (*World, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	w := &World{cfg: cfg, subjects: subjects()}
	// Articles and readers draw from streams of their own, so that a world
	// with more readers has the same articles.
	w.articles = publish(rand.New(rand.NewPCG(cfg.Seed, 1)), cfg, w.subjects)
	w.readers = gather(rand.New(rand.NewPCG(cfg.Seed, 2)), cfg.Readers, w.subjects)
	return w, nil
}

// Born is the moment around which the world's articles are published.
func (w *World) Born() feed.Millis { return w.cfg.Born }

// Channels returns the channels, ascending by id.
func (w *World) Channels() []Channel { return channelList() }

// Topics returns the topics' names by number; each is a tag of its articles.
func (w *World) Topics() []string {
	names := make([]string, len(w.subjects))
	for i, s := range w.subjects {
		names[i] = s.name
	}
	return names
}

// Readers returns all readers, reader-1 first. The caller must not change them.
func (w *World) Readers() []Reader { return w.readers }

// Article returns an article of the world, or nil. The caller must not change
// it.
func (w *World) Article(id feed.ArticleID) *Article {
	if id < 1 || int64(id) > int64(len(w.articles)) {
		return nil
	}
	return &w.articles[id-1]
}

// Articles returns what the newsroom has handed in by now: everything that is
// published, and what will be within the lead. The articles are normalized,
// valid and ascending by id; their slices must not be changed.
func (w *World) Articles(now feed.Millis) []feed.Article { return w.handedIn(0, now) }

// handedIn returns the articles handed in after one time and by another.
func (w *World) handedIn(after, by feed.Millis) []feed.Article {
	var out []feed.Article
	for i := range w.articles {
		a := &w.articles[i].Article
		if at := a.Published - w.cfg.Lead; at <= by && (after == 0 || at > after) {
			out = append(out, *a)
		}
	}
	return out
}

// Oracle returns the best page there is for a reader: the articles on a
// channel that may be shown now, without those that skip names, best first by
// [World.Relevance], at most num of them.
func (w *World) Oracle(r *Reader, channel feed.ChannelID, now feed.Millis, num int, skip func(feed.ArticleID) bool) []feed.ArticleID {
	type scored struct {
		id    feed.ArticleID
		score float64
	}
	var all []scored
	for _, a := range w.shown(channel, now) {
		if skip == nil || !skip(a.ID) {
			all = append(all, scored{a.ID, w.Relevance(r, a, now)})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].score > all[j].score })
	ids := make([]feed.ArticleID, 0, max(0, min(num, len(all))))
	for _, s := range all[:cap(ids)] {
		ids = append(ids, s.id)
	}
	return ids
}

// shown returns the articles that may be shown on a channel.
func (w *World) shown(channel feed.ChannelID, now feed.Millis) []*Article {
	var out []*Article
	for i := range w.articles {
		a := &w.articles[i]
		if a.Published > now {
			break
		}
		if a.Expires != 0 && a.Expires <= now {
			continue
		}
		if channel == feed.AllChannels || slices.Contains(a.Channels, channel) {
			out = append(out, a)
		}
	}
	return out
}
