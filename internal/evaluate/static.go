package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// Split says what a static evaluation holds back of a reader's articles.
type Split struct {
	// Share of a reader's articles, drawn at random, is held back; 0 holds
	// back exactly one.
	Share float64
	// Readers is the share of readers who are tested; the others are learned
	// whole. 0 means all.
	Readers float64
	Seed    uint64
}

// Static learns a log but for what the split holds back, then asks once for
// each tested reader, just after the log's end and on the channel of the
// reader's last event that was learned, and looks for what was held back. It is
// for logs whose times mean little; for others it lets rankers see the future of
// other readers.
func Static(ctx context.Context, cfg Config, split Split, log Log, rankers []Ranker, progress func(done, total int)) (*Result, error) {
	if cfg.N == 0 {
		cfg.N = 10
	}
	out := &Result{Shown: make([]Shown, len(rankers))}
	for _, r := range rankers {
		out.Rankers = append(out.Rankers, r.Name())
	}
	published := byID(log.Articles)
	if err := putAll(ctx, log.Articles, rankers); err != nil {
		return nil, err
	}
	events := slices.Clone(log.Events)
	slices.SortStableFunc(events, func(a, b feed.Event) int { return cmp.Compare(a.Time, b.Time) })
	held := split.draw(events)
	read, known := newReadSoFar(), make(map[feed.UserID]map[feed.ArticleID]bool)
	channel := make(map[feed.UserID]feed.ChannelID)
	total := len(events) + len(held)
	var end feed.Millis
	for i, ev := range events {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i%1000 == 0 {
			progress(i, total)
		}
		end = ev.Time
		if held[ev.User][ev.Article] {
			continue
		}
		channel[ev.User] = ev.Channel
		for _, r := range rankers {
			if err := r.Learn(ctx, ev); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Name(), err)
			}
		}
		if ev.Action.Acted() {
			if known[ev.User] == nil {
				known[ev.User] = make(map[feed.ArticleID]bool)
			}
			known[ev.User][ev.Article] = true
			read.add(ev.Article)
		}
	}
	for _, r := range rankers {
		if s, ok := r.(interface{ Settle() }); ok {
			s.Settle()
		}
	}
	for i, user := range slices.Sorted(maps.Keys(held)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i%100 == 0 {
			progress(len(events)+i, total)
		}
		wanted := slices.Sorted(maps.Keys(held[user]))
		q := Question{User: user, Age: -1, Known: len(known[user]), Scores: make([]Score, len(rankers))}
		for _, id := range wanted {
			q.Popularity += float64(read.acts[id]) / float64(len(wanted))
		}
		for k, r := range rankers {
			ids, err := r.Rank(ctx, user, channel[user], end+1, cfg.N)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.Name(), err)
			}
			if err := leak(ids, published, known[user], end+1); err != nil {
				return nil, fmt.Errorf("%s, asked for %s: %w", r.Name(), user, err)
			}
			q.Scores[k] = score(cfg.N, ids, wanted...)
			out.Shown[k].add(ids, published, read)
		}
		out.Questions = append(out.Questions, q)
	}
	progress(total, total)
	return out, nil
}

// draw returns what is held back of each tested reader, of those who acted on
// two articles or more.
func (s Split) draw(events []feed.Event) map[feed.UserID]map[feed.ArticleID]bool {
	articles := make(map[feed.UserID][]feed.ArticleID)
	for _, ev := range events {
		if ev.Action.Acted() && ev.Action != feed.Dislike && !slices.Contains(articles[ev.User], ev.Article) {
			articles[ev.User] = append(articles[ev.User], ev.Article)
		}
	}
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	held := make(map[feed.UserID]map[feed.ArticleID]bool)
	for _, user := range slices.Sorted(maps.Keys(articles)) {
		mine := articles[user]
		if tested := s.Readers == 0 || rng.Float64() < s.Readers; !tested || len(mine) < 2 {
			continue
		}
		n := min(max(1, int(s.Share*float64(len(mine))+0.5)), len(mine)-1)
		held[user] = make(map[feed.ArticleID]bool, n)
		for _, i := range rng.Perm(len(mine))[:n] {
			held[user][mine[i]] = true
		}
	}
	return held
}

// putAll tells every ranker of articles.
func putAll(ctx context.Context, articles []feed.Article, rankers []Ranker) error {
	for _, r := range rankers {
		for part := range slices.Chunk(articles, 1000) {
			if err := r.Put(ctx, part); err != nil {
				return fmt.Errorf("%s: %w", r.Name(), err)
			}
		}
	}
	return nil
}

func byID(articles []feed.Article) map[feed.ArticleID]*feed.Article {
	m := make(map[feed.ArticleID]*feed.Article, len(articles))
	for i := range articles {
		m[articles[i].ID] = &articles[i]
	}
	return m
}
