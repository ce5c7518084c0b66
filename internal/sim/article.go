package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"readnext/internal/feed"
)

// Article is an article with what only the world knows of it.
type Article struct {
	feed.Article
	// Topic is what it is mostly about, Second what else; they may be equal.
	Topic, Second Topic
	// Appeal, in [0,1], is how strongly its title draws a click; Substance,
	// in [0,1], how much there is to read once clicked. Bait has much of one
	// and little of the other.
	Appeal, Substance float64
}

// secondShare is the share of an article that is about its second topic.
const secondShare = 0.3

// embeddingDims is the length of every article's embedding.
const embeddingDims = 16

type author struct {
	id     string
	topics [2]Topic
}

// hire makes one author for each pair of names at the same place, each at home
// in two topics, so that every topic has somebody.
func hire(rng *rand.Rand, topics int) []author {
	given, family := authorNames()
	order := rng.Perm(len(family))
	staff := make([]author, 0, 2*len(given))
	for round := range 2 {
		for i, g := range given {
			f := family[order[(i+round*5)%len(order)]]
			staff = append(staff, author{
				id:     strings.ToLower(g + "-" + f),
				topics: [2]Topic{Topic(len(staff) % topics), Topic(rng.IntN(topics))},
			})
		}
	}
	return staff
}

// publish writes all articles of a world, in order of publication, with ids
// from 1.
func publish(rng *rand.Rand, cfg WorldConfig, subjects []subject) []Article {
	write := newWriter(rng, subjects)
	staff := hire(rng, len(subjects))
	axes := topicAxes(rng, len(subjects))
	channels := channelList()
	langs := languages()

	// More is published the nearer it comes to Born, and evenly from there on.
	times := make([]feed.Millis, cfg.Articles)
	span := float64(cfg.Back + cfg.Ahead)
	for i := range times {
		at := feed.Millis(span * math.Pow(rng.Float64(), 0.7))
		times[i] = (cfg.Born - cfg.Back + at) / feed.Minute * feed.Minute
	}
	slices.Sort(times)

	articles := make([]Article, cfg.Articles)
	topics := deck{cards: len(subjects)}
	for i := range articles {
		topic := Topic(topics.deal(rng))
		second := topic
		if rng.Float64() < 0.35 {
			second = Topic(rng.IntN(len(subjects)))
		}
		s, s2 := &subjects[topic], &subjects[second]
		title, tag := write.write(topic)
		id := feed.ArticleID(i + 1)
		a := feed.Article{
			ID:        id,
			Channels:  []feed.ChannelID{s.channel, s2.channel},
			Published: times[i],
			Title:     title,
			URL:       fmt.Sprintf("https://newsroom.example/%s/%s-%d", strings.ToLower(channels[s.channel-1].Name), slug(title), id),
			Author:    byline(rng, staff, topic),
			Tags:      []string{s.name, tag, s2.name},
			Language:  langs[0],
			Embedding: embed(rng, axes[topic], axes[second]),
		}
		if rng.Float64() < 0.25 {
			a.Language = langs[rng.IntN(len(langs))]
		}
		if s.life > 0 {
			a.Expires = a.Published + feed.Millis(float64(s.life)*(0.7+0.6*rng.Float64()))
		}
		if rng.Float64() < 0.03 {
			a.Boost = 1.5
		}
		a.Normalize(cfg.Born)
		substance := rng.Float64()
		articles[i] = Article{
			Article: a, Topic: topic, Second: second,
			Substance: substance,
			Appeal:    0.5*substance + 0.5*rng.Float64(),
		}
	}
	return articles
}

// byline picks somebody at home in the topic.
func byline(rng *rand.Rand, staff []author, t Topic) string {
	var able []string
	for _, a := range staff {
		if a.topics[0] == t || a.topics[1] == t {
			able = append(able, a.id)
		}
	}
	return able[rng.IntN(len(able))]
}

// topicAxes gives each topic a direction of length 1.
func topicAxes(rng *rand.Rand, topics int) [][]float64 {
	axes := make([][]float64, topics)
	for i := range axes {
		axes[i] = make([]float64, embeddingDims)
		for d := range axes[i] {
			axes[i][d] = rng.NormFloat64()
		}
		normalize(axes[i])
	}
	return axes
}

// embed mixes an article's topics as the article does, with a little noise.
func embed(rng *rand.Rand, main, second []float64) []float32 {
	v := make([]float64, embeddingDims)
	for d := range v {
		v[d] = (1-secondShare)*main[d] + secondShare*second[d] + 0.08*rng.NormFloat64()
	}
	normalize(v)
	out := make([]float32, embeddingDims)
	for d := range v {
		out[d] = float32(v[d])
	}
	return out
}

func normalize(v []float64) {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	for d := range v {
		v[d] /= math.Sqrt(sum)
	}
}
