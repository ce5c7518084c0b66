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
	gone   *feed.Gone
}

func (s step) fold(m Model) {
	switch {
	case s.item != nil:
		m.ObserveItem(s.item)
	case s.event != nil:
		m.Observe(*s.event)
	case s.gone != nil:
		m.Drop(s.gone)
	default:
		m.Forget(s.forget)
	}
}

// touch tells a model that wants to know of events that are ahead.
func touch(m Model, steps []step) {
	t, ok := m.(interface{ Touch([]feed.Observation) })
	if !ok {
		return
	}
	var ahead []feed.Observation
	for _, s := range steps {
		if s.event != nil {
			ahead = append(ahead, *s.event)
		}
	}
	t.Touch(ahead)
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
	free  []int          // numbers that were dropped
	last  feed.ArticleID // the newest article's id
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
	case len(w.items)-len(w.free) < 10 || p < 60 && len(w.items)-len(w.free) < Articles:
		w.meet()
	case p < 100:
		w.put(w.pick())
	case p < 115:
		w.withdraw(w.pick())
	case p < 118:
		user := reader(w.rng.IntN(Readers))
		delete(w.acts, user)
		w.steps = append(w.steps, step{forget: user})
	case p < 122:
		w.drop(1 + w.rng.IntN(12))
	case p < 124:
		w.now += feed.Millis(w.rng.IntN(int(60 * feed.Day)))
	default:
		w.event()
	}
}

// meet makes an article known, by a put or by an event only.
func (w *world) meet() {
	ord := len(w.items)
	if n := len(w.free); n > 0 {
		ord = w.free[n-1]
		w.free = w.free[:n-1]
	} else {
		w.items = append(w.items, nil)
	}
	w.last++
	w.items[ord] = &feed.Item{ID: 1000 + w.last, Ord: feed.Ord(ord), Boost: 1}
	if w.rng.IntN(4) > 0 {
		w.put(ord)
	}
}

// put makes a new item of an article: of one of two tastes, by its number.
func (w *world) put(ord int) {
	taste := ord % 2
	it := &feed.Item{ID: w.items[ord].ID, Ord: feed.Ord(ord), Boost: 1, Published: w.now - feed.Millis(w.rng.IntN(int(feed.Day)))}
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

// pick returns some article's number.
func (w *world) pick() int {
	for {
		if ord := w.rng.IntN(len(w.items)); w.items[ord] != nil {
			return ord
		}
	}
}

// drop drops up to n articles, in one batch, so that at least one stays.
func (w *world) drop(n int) {
	var ords []feed.Ord
	for range min(n, len(w.items)-len(w.free)-1) {
		ords = append(ords, feed.Ord(w.pick()))
	}
	slices.Sort(ords)
	w.dropThese(slices.Compact(ords))
}

// dropThese drops articles: of those, readers have no acts any more.
func (w *world) dropThese(ords []feed.Ord) {
	gone := feed.NewGone(ords, nil)
	for _, ord := range ords {
		w.items[ord] = nil
		w.free = append(w.free, int(ord))
	}
	for user := range w.acts {
		w.acts[user] = slices.DeleteFunc(w.acts[user], func(a feed.ItemAct) bool { return gone.Has(a.Item.Ord) })
	}
	w.steps = append(w.steps, step{gone: gone})
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
	if ord >= len(w.items) || w.items[ord] == nil {
		ord = w.pick()
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
	cands := make([]feed.Candidate, 0, len(w.items))
	for _, it := range w.items {
		if it != nil {
			cands = append(cands, feed.Candidate{Item: it, Features: make([]float32, width)})
		}
	}
	return cands
}
