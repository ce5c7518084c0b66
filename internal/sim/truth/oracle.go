package truth

import (
	"math"
	"slices"

	"readnext/internal/feed"
)

// Oracle returns the best page there is for a reader in a mood: position by
// position the article that is most likely to be clicked there, of those on the
// channel that may be shown now, without those that skip names; at most num.
// It looks no further than the page: an article that would be clicked later as
// well is not saved up. believed is what it takes for an article's quality; nil:
// the truth.
func (w *World) Oracle(r *Reader, m *Mood, channel feed.ChannelID, now feed.Millis, num int, skip func(feed.ArticleID) bool, believed func(*Article) float64) []feed.ArticleID {
	if num < 1 {
		return nil
	}
	o := w.newSearch(r, m, now, num)
	for i := w.published(now) - 1; i >= 0; i-- {
		a := &w.articles[i]
		quality := a.Quality
		if believed != nil {
			quality = believed(a)
		}
		if !o.hopeful(a, quality) || a.Expires != 0 && a.Expires <= now || skip != nil && skip(a.ID) ||
			channel != feed.AllChannels && !slices.Contains(a.Channels, channel) {
			continue
		}
		o.add(a, w.hazard(r, a, quality, now))
	}
	return o.page()
}

// published returns how many articles are.
func (w *World) published(now feed.Millis) int {
	n, _ := slices.BinarySearchFunc(w.articles, now+1, func(a Article, at feed.Millis) int { return int(a.Published - at) })
	return n
}

// search collects the best articles of each topic: within a topic fatigue does
// not change the order.
type search struct {
	num     int
	now     feed.Millis
	fatigue float64
	tired   []float64  // by topic, fatigue so far
	most    []float64  // by topic, the hazard cannot be more, but for quality and freshness
	best    [][]scored // by topic, descending
	// enough are the num largest of h·tired·fatigue^(num-1), descending: however
	// the page turns out, each place of it is worth at least the last of them.
	enough []float64
}

type scored struct {
	id feed.ArticleID
	h  float64
}

func (w *World) newSearch(r *Reader, m *Mood, now feed.Millis, num int) *search {
	topics := w.cfg.Topics
	o := &search{
		num: num, now: now, fatigue: w.cfg.Fatigue,
		tired: make([]float64, topics), most: make([]float64, topics), best: make([][]scored, topics),
	}
	day := w.day(now)
	taste := r.taste[day]
	any := float64(slices.Max(taste))
	for t := range topics {
		o.tired[t] = w.Fatigue(m, t)
		own := float64(slices.Max(taste[t*w.cfg.Subtopics : (t+1)*w.cfg.Subtopics]))
		o.most[t] = w.cfg.Base * w.trend[day][t] * ((1-secondShare)*own + secondShare*any) * o.tired[t]
	}
	return o
}

// hopeful reports whether an article may be worth a place.
func (o *search) hopeful(a *Article, quality float64) bool {
	return len(o.enough) < o.num || a.Breaks != 0 || o.most[a.Topic]*quality*a.Freshness(o.now)*1.000001 >= o.enough[o.num-1]
}

func (o *search) add(a *Article, h float64) {
	sure := h * o.tired[a.Topic] * math.Pow(o.fatigue, float64(o.num-1))
	if at, _ := slices.BinarySearchFunc(o.enough, sure, func(x, y float64) int {
		if x > y {
			return -1
		}
		return 1
	}); at < o.num {
		o.enough = slices.Insert(o.enough, at, sure)
		o.enough = o.enough[:min(len(o.enough), o.num)]
	}
	list := o.best[a.Topic]
	at := len(list)
	for at > 0 && list[at-1].h < h {
		at--
	}
	if at < o.num {
		list = slices.Insert(list, at, scored{a.ID, h})
		o.best[a.Topic] = list[:min(len(list), o.num)]
	}
}

// page fills place by place what is best, and tires of its topic.
func (o *search) page() []feed.ArticleID {
	page := make([]feed.ArticleID, 0, o.num)
	for len(page) < o.num {
		topic, most := -1, math.Inf(-1)
		for t := range o.best {
			if len(o.best[t]) > 0 && o.best[t][0].h*o.tired[t] > most {
				topic, most = t, o.best[t][0].h*o.tired[t]
			}
		}
		if topic < 0 {
			break
		}
		page = append(page, o.best[topic][0].id)
		o.best[topic] = o.best[topic][1:]
		o.tired[topic] *= o.fatigue
	}
	return page
}
