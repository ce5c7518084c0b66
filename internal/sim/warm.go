package sim

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"readnext/internal/feed"
)

// frontPage is how many articles a visit of the past looked at.
const frontPage = 10

// warm invents the past: visits spread over cfg.Past, each to a front page as
// an editor would make it, good and fresh articles first and the same for
// everybody on the channel. No page of the backend caused it, so its events
// have no cause.
func (r *run) warm(ctx context.Context) error {
	if r.cfg.Visits < 0 {
		return nil
	}
	sent := r.past(r.clock.Now())
	for len(sent) > 0 {
		n := min(r.cfg.Batch, len(sent))
		batch := make([]feed.Signal, n)
		for i := range batch {
			batch[i] = sent[i].signal
		}
		if err := r.submit(ctx, batch, &r.stats.Past); err != nil {
			return err
		}
		sent = sent[n:]
	}
	return nil
}

// past returns the signals of the past in order of time, none after now.
func (r *run) past(now feed.Millis) []timed {
	var all []timed
	for i := range r.world.readers {
		reader := &r.world.readers[i]
		visits := max(1, int(math.Round(float64(r.cfg.Visits)*reader.Activity)))
		done := make(map[feed.ArticleID]bool)
		for v := range visits {
			at := now - r.cfg.Past + feed.Millis(r.rng.Int64N(int64(r.cfg.Past)))
			all = append(all, r.visit(reader, v, at, done)...)
		}
	}
	all = slices.DeleteFunc(all, func(t timed) bool { return t.at > now })
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	return all
}

// visit is one visit of the past; done holds what the reader has acted on.
func (r *run) visit(reader *Reader, number int, at feed.Millis, done map[feed.ArticleID]bool) []timed {
	key := func(article feed.ArticleID, action feed.Action) feed.Key {
		return feed.KeyOf("sim", "past", string(reader.ID), strconv.FormatInt(int64(at), 10), strconv.Itoa(number),
			strconv.FormatInt(int64(article), 10), action.String())
	}
	event := func(a *Article, channel feed.ChannelID, d Deed) feed.Event {
		return feed.Event{User: reader.ID, Article: a.ID, Action: d.Action, Time: at + d.After, Channel: channel, ReadTime: d.ReadTime}
	}
	channel := r.world.pickChannel(reader, r.rng)
	page := r.world.editorsPage(channel, at, done, r.rng)
	if len(page) == 0 {
		return nil
	}
	shown := feed.Signal{User: reader.ID, Key: key(0, feed.Exposure)}
	for _, a := range page {
		shown.Events = append(shown.Events, event(a, channel, Deed{Action: feed.Exposure}))
	}
	out := []timed{{at, shown}}
	for position, a := range page {
		for _, d := range r.world.Respond(reader, a, position, at, r.rng) {
			done[a.ID] = true
			out = append(out, timed{at + d.After, feed.Signal{
				User: reader.ID, Key: key(a.ID, d.Action), Events: []feed.Event{event(a, channel, d)},
			}})
		}
	}
	return out
}

// pickChannel draws where a reader goes: half of the time to all channels
// mixed, else to one by taste.
func (w *World) pickChannel(r *Reader, rng *rand.Rand) feed.ChannelID {
	if rng.Float64() < 0.5 {
		return feed.AllChannels
	}
	weights := make([]float64, len(w.subjects))
	for t := range weights {
		weights[t] = r.Taste[t] * r.Taste[t]
	}
	return w.subjects[pick(rng, weights)].channel
}

// editorsPage draws a front page without regard to the reader: without
// replacement, by appeal and freshness.
func (w *World) editorsPage(channel feed.ChannelID, now feed.Millis, done map[feed.ArticleID]bool, rng *rand.Rand) []*Article {
	able := w.shown(channel, now)
	able = slices.DeleteFunc(able, func(a *Article) bool { return done[a.ID] })
	weights := make([]float64, len(able))
	for i, a := range able {
		age := float64(now-a.Published) / float64(feed.Day)
		weights[i] = a.Appeal * math.Exp(-age)
	}
	page := make([]*Article, 0, frontPage)
	for range min(frontPage, len(able)) {
		i := pick(rng, weights)
		page = append(page, able[i])
		weights[i] = 0
	}
	return page
}

// pick draws an index by weight; weights are not negative.
func pick(rng *rand.Rand, weights []float64) int {
	var sum float64
	for _, x := range weights {
		sum += x
	}
	u := rng.Float64() * sum
	last := 0
	for i, x := range weights {
		if x <= 0 {
			continue
		}
		if last = i; u < x {
			break
		}
		u -= x
	}
	return last
}
