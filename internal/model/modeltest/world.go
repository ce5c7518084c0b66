package modeltest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"readnext/internal/feed"
)

// What a made-up log has at most.
const (
	Articles = 200
	Readers  = 60
	Channels = 4
)

// start is when made-up logs begin: 2025-01-01.
const start = feed.Millis(1735689600000)

// step is one entry of a made-up log, as models are told of it.
type step struct {
	item   *feed.Item
	event  *feed.Observation
	forget feed.UserID
}

func (s step) fold(m Model) {
	switch {
	case s.item != nil:
		m.ObserveItem(s.item)
	case s.event != nil:
		m.Observe(*s.event)
	default:
		m.Forget(s.forget)
	}
}

func fold(m Model, steps []step) Model {
	for _, s := range steps {
		s.fold(m)
	}
	return m
}

// world makes logs and remembers what queries need: the newest item of every
// article and each reader's acts.
type world struct {
	rng   *rand.Rand
	now   feed.Millis
	items []*feed.Item
	acts  map[feed.UserID][]feed.ItemAct
	steps []step
}

func newWorld(seed uint64) *world {
	return &world{rng: rand.New(rand.NewPCG(seed, 0)), now: start, acts: make(map[feed.UserID][]feed.ItemAct)}
}

// made makes a log of n random steps.
func made(seed uint64, n int) *world {
	w := newWorld(seed)
	for range n {
		w.step()
	}
	return w
}

func reader(i int) feed.UserID { return feed.UserID(fmt.Sprintf("reader-%d", i)) }

func (w *world) step() {
	w.now += feed.Millis(w.rng.IntN(int(20 * feed.Minute)))
	switch p := w.rng.IntN(1000); {
	case len(w.items) < 10 || p < 60 && len(w.items) < Articles:
		w.meet()
	case p < 100:
		w.put(w.rng.IntN(len(w.items)))
	case p < 115:
		w.withdraw(w.rng.IntN(len(w.items)))
	case p < 118:
		user := reader(w.rng.IntN(Readers))
		delete(w.acts, user)
		w.steps = append(w.steps, step{forget: user})
	case p < 120:
		w.now += feed.Millis(w.rng.IntN(int(60 * feed.Day)))
	default:
		w.event()
	}
}

// meet makes an article known, by a put or by an event only.
func (w *world) meet() {
	ord := len(w.items)
	w.items = append(w.items, &feed.Item{ID: feed.ArticleID(1000 + ord), Ord: feed.Ord(ord), Boost: 1})
	if w.rng.IntN(4) > 0 {
		w.put(ord)
	}
}

// put makes a new item of an article: of one of two tastes, by its number.
func (w *world) put(ord int) {
	taste := ord % 2
	it := &feed.Item{ID: feed.ArticleID(1000 + ord), Ord: feed.Ord(ord), Boost: 1, Published: w.now - feed.Millis(w.rng.IntN(int(feed.Day)))}
	for c := range Channels {
		if w.rng.IntN(2) == 0 {
			it.Channels = append(it.Channels, feed.ChannelID(1+c))
		}
	}
	if len(it.Channels) == 0 {
		it.Channels = []feed.ChannelID{feed.ChannelID(1 + w.rng.IntN(Channels))}
	}
	if w.rng.IntN(3) == 0 {
		it.Expires = w.now + feed.Millis(w.rng.IntN(int(20*feed.Day)))
	}
	for t := range 6 {
		if w.rng.IntN(3) == 0 {
			it.Tags = append(it.Tags, feed.Name(1+10*taste+t))
		}
	}
	it.Author = feed.Name(w.rng.IntN(3) * (30 + 10*taste)) // 0, 30, 40, 60, 80
	if w.rng.IntN(2) == 0 {
		for d := range 8 {
			x := w.rng.Float32() - 0.5
			if d%2 == taste {
				x += 1
			}
			it.Embedding = append(it.Embedding, x)
		}
	}
	w.items[ord] = it
	w.steps = append(w.steps, step{item: it})
}

func (w *world) withdraw(ord int) {
	it := *w.items[ord]
	it.Withdrawn = true
	w.items[ord] = &it
	w.steps = append(w.steps, step{item: &it})
}

// event makes an event of a reader, who mostly keeps to their taste. Most
// come in order of time, some late, some days ahead.
func (w *world) event() {
	r := w.rng.IntN(Readers + 5)
	user := feed.Anonymous
	if r < Readers {
		user = reader(r)
	}
	ord := w.rng.IntN(len(w.items))
	if ord%2 != r%2 && w.rng.IntN(5) > 0 {
		ord ^= 1
	}
	if ord >= len(w.items) {
		ord = len(w.items) - 1
	}
	at := w.now
	switch w.rng.IntN(20) {
	case 0:
		at -= feed.Millis(w.rng.IntN(int(90 * feed.Day)))
	case 1:
		at += feed.Millis(w.rng.IntN(int(feed.Day)))
	case 2:
		at = feed.Millis(w.rng.Int64N(int64(start)))
	}
	w.act(user, ord, feed.Action(1+w.rng.IntN(6)), at, w.rng.IntN(2) == 0)
}

// act makes an event.
func (w *world) act(user feed.UserID, ord int, action feed.Action, at feed.Millis, ours bool) {
	e := &feed.Event{User: user, Article: w.items[ord].ID, Action: action, Time: at}
	if ours {
		e.Cause = &feed.Cause{Stamp: at, Position: uint16(ord % 10), Propensity: 0.5}
	}
	if w.rng.IntN(2) == 0 && len(w.items[ord].Channels) > 0 {
		e.Channel = w.items[ord].Channels[0]
	}
	if action == feed.Read {
		e.ReadTime = feed.Millis(w.rng.IntN(int(feed.Minute)))
	}
	o := &feed.Observation{Event: e, Item: w.items[ord], Value: feed.DefaultValues().Of(e)}
	w.steps = append(w.steps, step{event: o})
	if !action.Acted() || user == feed.Anonymous {
		return
	}
	acts := append(w.acts[user], feed.ItemAct{Act: feed.ActOf(e), Item: o.Item, Value: o.Value})
	slices.SortStableFunc(acts, func(a, b feed.ItemAct) int { return cmp.Compare(b.Time, a.Time) })
	w.acts[user] = acts[:min(len(acts), feed.MaxActs)]
}

// query asks for a reader.
func (w *world) query(user feed.UserID, c feed.ChannelID, now feed.Millis) *feed.Query {
	return &feed.Query{User: user, Channel: c, Now: now, Acts: w.acts[user]}
}

// candidates are all articles, those that were never put included.
func (w *world) candidates(width int) []feed.Candidate {
	cands := make([]feed.Candidate, len(w.items))
	features := make([]float32, len(w.items)*width)
	for i, it := range w.items {
		cands[i] = feed.Candidate{Item: it, Features: features[i*width : (i+1)*width : (i+1)*width]}
	}
	return cands
}
