package simulate

import (
	"context"
	"math"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/sim/truth"
)

// oracle knows the truth, and serves by the same rules as everybody.
type oracle struct {
	*shelf
	world *truth.World
	minds map[feed.UserID]*mind
	// believed is what it takes for an article's quality; nil: the truth.
	believed func(*truth.Article) float64
}

// mind is a reader with the mood of the visit.
type mind struct {
	reader *truth.Reader
	mood   truth.Mood
	served []uint64 // a bit an article
}

// serve notes that an article is served and reports whether it is new.
func (m *mind) serve(id feed.ArticleID) bool {
	at, bit := int(id/64), uint64(1)<<(id%64)
	for at >= len(m.served) {
		m.served = append(m.served, 0)
	}
	again := m.served[at]&bit != 0
	m.served[at] |= bit
	return !again
}

// newOracle makes an oracle that looks into the minds of a play.
func newOracle(w *truth.World, minds []mind) *oracle {
	o := &oracle{shelf: newShelf(), world: w, minds: make(map[feed.UserID]*mind, len(minds))}
	for i := range minds {
		o.minds[minds[i].reader.ID] = &minds[i]
	}
	return o
}

// Recommend serves a page.
func (o *oracle) Recommend(_ context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error) {
	m := o.minds[req.User]
	return o.serve(req, now, o.best(m, &m.mood, req.Channel, now, req.Num)), nil
}

// Next is what Recommend would serve on all channels.
func (o *oracle) Next(_ context.Context, user feed.UserID, now feed.Millis) ([]feed.ArticleID, error) {
	var fresh truth.Mood
	o.world.Enter(&fresh, 0)
	return o.best(o.minds[user], &fresh, feed.AllChannels, now, recommend.DefaultNum), nil
}

func (o *oracle) best(m *mind, mood *truth.Mood, channel feed.ChannelID, now feed.Millis, num int) []feed.ArticleID {
	seen := o.seen[m.reader.ID]
	return o.world.Oracle(m.reader, mood, channel, now, num, func(id feed.ArticleID) bool { return seen[id] }, o.believed)
}

// newConfidant makes an oracle that knows every reader, but of articles' quality
// only its distribution: the rest it learns from clicks on its own pages, by
// Bayes' rule with a gamma prior of the right mean and variance,
//
//	E[quality | clicks] = (k + clicks) / (k/mean + Σ examine·h/quality)
//
// taking clicks for Poisson and readers for rested, and it never explores. It shows what not knowing articles costs, whoever
// knows readers.
func newConfidant(w *truth.World, minds []mind) *confidant {
	variance := w.Config().QualitySpread * w.Config().QualitySpread
	c := &confidant{
		oracle: newOracle(w, minds), mean: math.Exp(variance / 2), shape: 1 / math.Expm1(variance),
		clicks: make([]float64, len(w.Articles())+1), chances: make([]float64, len(w.Articles())+1),
	}
	c.oracle.believed = func(a *truth.Article) float64 {
		return (c.shape + c.clicks[a.ID]) / (c.shape/c.mean + c.chances[a.ID])
	}
	c.oracle.observe = func(ev *feed.Event) {
		if ev.Action == feed.Click && ev.Cause != nil {
			c.clicks[ev.Article]++
		}
	}
	return c
}

type confidant struct {
	*oracle
	mean, shape     float64
	clicks, chances []float64 // by article
}

// Recommend serves a page and remembers what it expected of it.
func (c *confidant) Recommend(ctx context.Context, req recommend.Request, now feed.Millis) (recommend.Answer, error) {
	answer, err := c.oracle.Recommend(ctx, req, now)
	m := c.minds[req.User]
	for position := range answer.Page.Places {
		a := c.world.Article(answer.Page.Places[position].Article)
		c.chances[a.ID] += m.reader.Examine(position) * c.world.Hazard(m.reader, a, now) / a.Quality
	}
	return answer, err
}
