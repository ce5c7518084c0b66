package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"readnext/internal/feed"
)

// Ranker is something to be evaluated. It is told of everything in order.
type Ranker interface {
	Name() string
	// Put tells of articles: in Replay of those published by now, in Static of
	// all before anything else.
	Put(ctx context.Context, articles []feed.Article) error
	// Rank returns up to n articles for a reader on a channel at a time, best
	// first, none that the reader acted on before.
	Rank(ctx context.Context, user feed.UserID, channel feed.ChannelID, now feed.Millis, n int) ([]feed.ArticleID, error)
	// Learn tells of an event.
	Learn(ctx context.Context, ev feed.Event) error
}

// Log is what is replayed.
type Log struct {
	Articles []feed.Article
	Events   []feed.Event // any order; replayed by time, equal times as they stand
}

// Config sets a replay; zero fields take their defaults.
type Config struct {
	N int // length of a ranking; 10
	// Skip is how many events at the beginning are learned but not asked about.
	Skip int
}

// Question is one ranking that every ranker was asked for.
type Question struct {
	User       feed.UserID
	Age        feed.Millis // of the article that was wanted, -1 if there were several
	Known      int         // how many articles the reader had acted on before
	Popularity float64     // mean number of acts on what was wanted, so far
	Scores     []Score     // by ranker
}

// Result is what a replay found.
type Result struct {
	Rankers   []string
	Questions []Question
	Shown     []Shown // by ranker
}

// Replay asks every ranker about every event that is a reader's first act on an
// article they could have been shown, and returns the answers. progress is
// called now and then.
//
// Rankers are told of an article when it is published and of an event once
// everybody was asked about it, so none can know of what comes later, not even
// how many articles will have a tag. It fails if a ranker returns an article
// that was not published yet, or that the reader had acted on: such a ranker
// sees what it must not.
func Replay(ctx context.Context, cfg Config, log Log, rankers []Ranker, progress func(done, total int)) (*Result, error) {
	if cfg.N == 0 {
		cfg.N = 10
	}
	out := &Result{Shown: make([]Shown, len(rankers))}
	for _, r := range rankers {
		out.Rankers = append(out.Rankers, r.Name())
	}
	read := newReadSoFar()
	published := byID(log.Articles)
	articles := slices.Clone(log.Articles)
	slices.SortStableFunc(articles, func(a, b feed.Article) int { return cmp.Compare(a.Published, b.Published) })
	events := slices.Clone(log.Events)
	slices.SortStableFunc(events, func(a, b feed.Event) int { return cmp.Compare(a.Time, b.Time) })
	acted := make(map[feed.UserID]map[feed.ArticleID]bool)
	for i, ev := range events {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i%200 == 0 {
			progress(i, len(events))
		}
		var err error
		if articles, err = publish(ctx, articles, ev.Time, rankers); err != nil {
			return nil, err
		}
		mine := acted[ev.User]
		if mine == nil {
			mine = make(map[feed.ArticleID]bool)
			acted[ev.User] = mine
		}
		a := published[ev.Article]
		positive := ev.Action.Acted() && ev.Action != feed.Dislike
		if i >= cfg.Skip && positive && a != nil && a.Published <= ev.Time && !mine[ev.Article] {
			q := Question{User: ev.User, Age: ev.Time - a.Published, Known: len(mine), Popularity: float64(read.acts[ev.Article]), Scores: make([]Score, len(rankers))}
			for k, r := range rankers {
				ids, err := r.Rank(ctx, ev.User, ev.Channel, ev.Time, cfg.N)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", r.Name(), err)
				}
				if err := leak(ids, published, mine, ev.Time); err != nil {
					return nil, fmt.Errorf("%s, asked for %s: %w", r.Name(), ev.User, err)
				}
				q.Scores[k] = score(cfg.N, ids, ev.Article)
				out.Shown[k].add(ids, published, read)
			}
			out.Questions = append(out.Questions, q)
		}
		if ev.Action.Acted() {
			mine[ev.Article] = true
			read.add(ev.Article)
		}
		for _, r := range rankers {
			if err := r.Learn(ctx, ev); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Name(), err)
			}
		}
	}
	progress(len(events), len(events))
	return out, nil
}

// publish tells every ranker of the articles, ascending by publish time, that
// are published by now, and returns the others.
func publish(ctx context.Context, articles []feed.Article, now feed.Millis, rankers []Ranker) ([]feed.Article, error) {
	n := 0
	for n < len(articles) && articles[n].Published <= now {
		n++
	}
	return articles[n:], putAll(ctx, articles[:n], rankers)
}

// leak returns an error about an article that a ranker could only answer with
// if it saw what it must not.
func leak(ids []feed.ArticleID, published map[feed.ArticleID]*feed.Article, acted map[feed.ArticleID]bool, now feed.Millis) error {
	for i, id := range ids {
		switch a := published[id]; {
		case a == nil:
			return fmt.Errorf("article %d was answered, which is none", id)
		case a.Published > now:
			return fmt.Errorf("article %d was answered at %d and is published at %d", id, now, a.Published)
		case acted[id]:
			return fmt.Errorf("article %d was answered, on which the reader had acted", id)
		case slices.Contains(ids[:i], id):
			return fmt.Errorf("article %d was answered twice", id)
		}
	}
	return nil
}
