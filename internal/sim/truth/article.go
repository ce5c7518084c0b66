package truth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// Article is an article with what only the world knows of it.
type Article struct {
	feed.Article
	Topic int
	// Sub is the sub-topic that it is mostly about, of all topics' ones;
	// Second, of its own or another topic, is the rest.
	Sub, Second int
	// Quality is 1 for the median article.
	Quality float64
	// Substance, in [0,1], is how much there is to read once clicked.
	Substance float64
	// HalfLife is the age at which half of the interest is left.
	HalfLife feed.Millis
	// Breaks is when it becomes breaking news; 0 never.
	Breaks feed.Millis
}

// Break is a news break: an article that is everybody's from a moment on.
type Break struct {
	Article feed.ArticleID
	At      feed.Millis
}

const (
	secondShare  = 0.25 // of an article that is about its second sub-topic
	otherTopic   = 0.3  // of articles, whose second sub-topic is of another topic
	entities     = 8    // tags a topic has besides its own
	channels     = 6
	authorsEach  = 4    // of a topic
	authorFaith  = 0.75 // of an author's articles, on the author's sub-topic
	lifeSpread   = 0.7  // standard deviation of log half-life
	expiring     = 0.15 // of articles, which may not be shown after four half-lives
	breakQuality = 1.5
	breakLift    = 4
	breakBreadth = 0.3 // the least taste anybody has for breaking news
	breakHead    = feed.Hour
)

// name has tags name what some of the articles are mostly about, as a newsroom
// names a category and a sub-category.
func name(rng *rand.Rand, cfg *Config, articles []Article) {
	for i := range articles {
		a := &articles[i]
		if rng.Float64() < cfg.Named {
			a.Tags = append(a.Tags, fmt.Sprintf("sub-topic-%d-%d", a.Topic, a.Sub%cfg.Subtopics))
		}
	}
}

// channelOf is the channel of a topic.
func channelOf(topic int) feed.ChannelID { return feed.ChannelID(topic%channels + 1) }

// publish writes all articles in order of publication, with ids from 1.
func publish(rng *rand.Rand, cfg *Config, popularity []float64) ([]Article, []Break) {
	span := back + feed.Millis(cfg.Days)*feed.Day
	n := int(float64(cfg.Articles) * float64(span) / float64(feed.Day))
	times := make([]feed.Millis, n)
	for i := range times {
		for { // the newsroom sleeps less than its readers
			at := feed.Millis(rng.Int64N(int64(span)))
			hour := float64(at%feed.Day) / float64(feed.Hour)
			if rng.Float64() < 0.65+0.35*math.Cos((hour-14)/24*2*math.Pi) {
				times[i] = cfg.Born - back + at
				break
			}
		}
	}
	slices.Sort(times)
	all := make([]Article, n)
	for i := range all {
		all[i] = write(rng, cfg, feed.ArticleID(i+1), times[i], popularity)
	}
	var breaks []Break
	for i := range all {
		a := &all[i]
		u, head := rng.Float64(), feed.Millis(rng.Int64N(int64(breakHead)))
		if a.Published < cfg.Born || u >= cfg.Breaks/float64(cfg.Articles) {
			continue
		}
		a.Breaks = a.Published + head
		a.Quality = max(a.Quality, breakQuality)
		a.Expires = 0
		breaks = append(breaks, Break{a.ID, a.Breaks})
	}
	slices.SortFunc(breaks, func(a, b Break) int { return int(a.At - b.At) })
	return all, breaks
}

func write(rng *rand.Rand, cfg *Config, id feed.ArticleID, at feed.Millis, popularity []float64) Article {
	topic := pick(rng, popularity)
	author := rng.IntN(authorsEach)
	sub := topic*cfg.Subtopics + author%cfg.Subtopics
	if rng.Float64() >= authorFaith {
		sub = topic*cfg.Subtopics + rng.IntN(cfg.Subtopics)
	}
	second := topic
	if rng.Float64() < otherTopic {
		second = pick(rng, popularity)
	}
	a := Article{
		Topic: topic, Sub: sub, Second: second*cfg.Subtopics + rng.IntN(cfg.Subtopics),
		Quality:   math.Exp(cfg.QualitySpread * rng.NormFloat64()),
		Substance: rng.Float64(),
		HalfLife:  feed.Millis(float64(cfg.HalfLife) * math.Exp(lifeSpread*rng.NormFloat64())),
		Article: feed.Article{
			ID: id, Published: at,
			Channels: []feed.ChannelID{channelOf(topic), channelOf(second)},
			Title:    fmt.Sprintf("Article %d", id),
			Author:   fmt.Sprintf("author-%d-%d", topic, author),
			Tags: []string{
				fmt.Sprintf("topic-%d", topic),
				fmt.Sprintf("entity-%d-%d", topic, rng.IntN(entities)),
				fmt.Sprintf("topic-%d", second),
			},
			Language: "en",
		},
	}
	if rng.Float64() < expiring {
		a.Expires = at + 4*a.HalfLife
	}
	a.Normalize(at)
	return a
}
