package simulate

import (
	"context"
	"math"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

const (
	breakClicks  = 20 // after which a break is watched
	breakReaders = 40 // who are asked, at most
)

// breakDelays are when next pages are looked at, after the 20th click.
func breakDelays() []feed.Millis {
	const s = feed.Second
	return []feed.Millis{0, 5 * s, 10 * s, 20 * s, 30 * s, 60 * s, 120 * s, 300 * s, 600 * s, 1800 * s}
}

// watch follows news breaks: the share of interested readers whose next page
// has the news.
type watch struct {
	clicks map[feed.ArticleID]int // since the break
	served map[feed.ArticleID]map[int]bool
	looks  []lookout // ascending by at
	spread []spread
}

// lookout is a time to look at a break.
type lookout struct {
	at feed.Millis
	of int // of spread
	nr int // of breakDelays
}

// spread is how one break reached its readers.
type spread struct {
	article *truth.Article
	readers []int // interested, and not served it by the 20th click
	reached []int // by delay
	looked  int   // delays that have passed
}

func (w *watch) init(world *truth.World) {
	w.clicks = make(map[feed.ArticleID]int)
	w.served = make(map[feed.ArticleID]map[int]bool)
	for _, b := range world.Breaks() {
		w.served[b.Article] = make(map[int]bool)
	}
}

// next is the next time to look.
func (w *watch) next() feed.Millis {
	if len(w.looks) == 0 {
		return math.MaxInt64
	}
	return w.looks[0].at
}

// shown notes that a reader was served an article.
func (w *watch) shown(a *truth.Article, reader int) {
	if a.Breaks != 0 {
		w.served[a.ID][reader] = true
	}
}

// clicked counts a click and reports whether it begins the watch of a break.
func (w *watch) clicked(p *play, ev *feed.Event) bool {
	if ev.Action != feed.Click || w.served[ev.Article] == nil {
		return false
	}
	a := p.world.Article(ev.Article)
	if ev.Time < a.Breaks {
		return false
	}
	w.clicks[ev.Article]++
	if w.clicks[ev.Article] != breakClicks {
		return false
	}
	s := spread{article: a, reached: make([]int, len(breakDelays()))}
	for i := range p.minds {
		r := p.minds[i].reader
		if len(s.readers) < breakReaders && p.known[i] > 0 && !w.served[a.ID][i] && p.world.Interested(r, a, ev.Time) {
			s.readers = append(s.readers, i)
		}
	}
	if len(s.readers) == 0 {
		return false
	}
	for nr, d := range breakDelays() {
		w.looks = append(w.looks, lookout{ev.Time + d, len(w.spread), nr})
	}
	slices.SortStableFunc(w.looks, func(a, b lookout) int { return int(a.at - b.at) })
	w.spread = append(w.spread, s)
	return true
}

// look looks at what is due next.
func (w *watch) look(ctx context.Context, p *play) error {
	l := w.looks[0]
	w.looks = w.looks[1:]
	s := &w.spread[l.of]
	s.looked++
	for _, i := range s.readers {
		if w.served[s.article.ID][i] {
			s.reached[l.nr]++ // on a page meanwhile
			continue
		}
		ids, err := p.policy.Next(ctx, p.minds[i].reader.ID, l.at)
		if err != nil {
			return err
		}
		if slices.Contains(ids, s.article.ID) {
			s.reached[l.nr]++
		}
	}
	return nil
}

// found follows how soon good articles come before readers.
type found struct {
	good  map[feed.ArticleID]bool
	count map[feed.ArticleID]int
}

const (
	goodShare   = 0.1 // of articles by quality
	foundPlaces = 20  // shown so often it counts as found
	foundWithin = 3 * feed.Hour
)

func (f *found) init(world *truth.World) {
	var quality []float64
	for i := range world.Articles() {
		quality = append(quality, world.Articles()[i].Quality)
	}
	slices.Sort(quality)
	limit := quality[int(float64(len(quality))*(1-goodShare))]
	f.good, f.count = make(map[feed.ArticleID]bool), make(map[feed.ArticleID]int)
	for i := range world.Articles() {
		if a := &world.Articles()[i]; a.Quality >= limit && a.Published >= world.Begin()+feed.Day {
			f.good[a.ID] = true
		}
	}
}

func (f *found) shown(a *truth.Article, now feed.Millis) {
	if now < a.Published+foundWithin && f.good[a.ID] {
		f.count[a.ID]++
	}
}

// share is the share of good articles that were found, of those published
// early enough before a time.
func (f *found) share(world *truth.World, until feed.Millis) float64 {
	n, all := 0, 0
	for id := range f.good {
		if world.Article(id).Published+foundWithin <= until {
			all++
			if f.count[id] >= foundPlaces {
				n++
			}
		}
	}
	return float64(n) / float64(max(all, 1))
}
