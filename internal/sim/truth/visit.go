package truth

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// Refresh is a page that a reader will ask for, whatever was shown before.
type Refresh struct {
	At      feed.Millis
	Reader  int // of Readers
	Channel feed.ChannelID
	Visit   int // of the reader, from 0
	Page    int // of the reader, from 0
}

const (
	browse    = 0.25 // of pages, which are asked for on one channel
	linger    = 20 * feed.Second
	lingerMax = 2 * feed.Minute
	apart     = 30 * feed.Minute // between visits
)

// visits draws all refreshes of all readers in order of time.
func visits(rng *rand.Rand, cfg *Config, readers []Reader) []Refresh {
	var all []Refresh
	for i := range readers {
		all = append(all, calls(rng, cfg, i, &readers[i])...)
	}
	slices.SortFunc(all, func(a, b Refresh) int {
		if c := cmp.Compare(a.At, b.At); c != 0 {
			return c
		}
		return cmp.Compare(a.Reader, b.Reader)
	})
	return all
}

// calls draws one reader's refreshes.
func calls(rng *rand.Rand, cfg *Config, number int, r *Reader) []Refresh {
	var begins []feed.Millis
	if r.Joined > 0 {
		begins = append(begins, r.Joined) // a newcomer is one because of this visit
	}
	for day := range cfg.Days {
		for range poisson(rng, r.Visits) {
			hour := r.Peak + 3*rng.NormFloat64()
			if rng.Float64() < 0.3 {
				hour = 24 * rng.Float64()
			}
			hour = math.Mod(hour+48, 24)
			at := cfg.Born + feed.Millis(day)*feed.Day + feed.Millis(hour*float64(feed.Hour))
			if at >= r.Joined {
				begins = append(begins, at)
			}
		}
	}
	slices.Sort(begins)
	var out []Refresh
	end := feed.Millis(0)
	visit := 0
	for _, at := range begins {
		if at < end+apart {
			continue
		}
		for {
			channel := feed.AllChannels
			if rng.Float64() < browse {
				channel = channelOf(pick(rng, r.byTopic(cfg, at)))
			}
			out = append(out, Refresh{At: at, Reader: number, Channel: channel, Visit: visit, Page: len(out)})
			at += linger + feed.Millis(rng.Int64N(int64(lingerMax-linger)))
			if rng.Float64() < cfg.Leave {
				break
			}
		}
		end = at
		visit++
	}
	if r.Joined == 0 && len(out) > 0 {
		r.Joined = out[0].At
	}
	return out
}

// byTopic is the square of a reader's taste for each topic.
func (r *Reader) byTopic(cfg *Config, at feed.Millis) []float64 {
	taste := r.taste[min(int((at-cfg.Born)/feed.Day), cfg.Days-1)]
	weights := make([]float64, cfg.Topics)
	for t := range weights {
		for s := range cfg.Subtopics {
			x := float64(taste[t*cfg.Subtopics+s])
			weights[t] += x * x
		}
	}
	return weights
}

// Direct is a click that no page led to: from a search or a message, by
// somebody who does not come back.
type Direct struct {
	At      feed.Millis
	Article feed.ArticleID
	Visitor feed.UserID
}

const (
	rush     = 3 * feed.Second  // between the first clicks on breaking news
	rushHalf = 15 * feed.Minute // until they are half as many
)

// outside draws all direct clicks in order of time.
func outside(rng *rand.Rand, cfg *Config, articles []Article, breaks []Break) []Direct {
	end := cfg.Born + feed.Millis(cfg.Days)*feed.Day
	var all []Direct
	add := func(at feed.Millis, id feed.ArticleID) {
		if at >= cfg.Born && at < end {
			all = append(all, Direct{At: at, Article: id})
		}
	}
	for i := range articles {
		a := &articles[i]
		for range poisson(rng, cfg.Direct*a.Quality) {
			add(a.Published+feed.Millis(rng.ExpFloat64()*float64(a.HalfLife)), a.ID)
		}
	}
	for _, b := range breaks {
		// An inhomogeneous Poisson process by thinning (Lewis, Shedler, 1979).
		for t := 0.0; t < 6*float64(rushHalf); {
			t += rng.ExpFloat64() * float64(rush)
			if rng.Float64() < math.Exp2(-t/float64(rushHalf)) {
				add(b.At+feed.Millis(t), b.Article)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Direct) int { return cmp.Compare(a.At, b.At) })
	for i := range all {
		all[i].Visitor = feed.UserID(fmt.Sprintf("visitor-%d", i+1))
	}
	return all
}

// poisson draws from the Poisson distribution (Knuth); mean is small.
func poisson(rng *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	n, limit := 0, math.Exp(-mean)
	for p := rng.Float64(); p > limit; p *= rng.Float64() {
		n++
	}
	return n
}

// pick draws an index by weight; weights are not negative, and not all 0.
func pick(rng *rand.Rand, weights []float64) int {
	var sum float64
	for _, x := range weights {
		sum += x
	}
	u := rng.Float64() * sum
	for i, x := range weights {
		if u -= x; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}
