// Package train turns what readers did into examples for the ranker, while the
// log is folded and before the models learn of it: every example shows the
// features as they were when the reader chose.
//
// There are two kinds. An act on a page whose exposure was reported is a choice
// among the places of that page, places as they were: the reader saw these and
// took that one. Features are those that the models gave the page's articles
// when its exposure was folded, which is after the page was served and before
// anything that followed from it. An act that no such page explains, as one
// that was imported or recorded, or any at all where no exposures are reported,
// is a choice between its article and the other candidates that would have been
// ranked for this reader at that moment, if it is one of them.
//
// A dislike is the same with the sign turned. Only the first act on an article
// is an example, and only acts within the window after the exposure are the
// page's.
//
// An act that no page explains teaches nothing while the times of such acts are
// not the readers' own (see [ranker.Model.Own]): where they were given to the
// rows of a file, or tell the day only, what a reader did next is the order of
// the file. Nor does one that is told more than a day late, as in a log that
// goes reader by reader: the models know what came after.
//
// Of one occasion in so many, all that recall would have offered is looked at, from
// which the ranker learns what is worth ranking.
//
// Since recalling costs a hundred times what folding an event does, only the
// first occasions are all taken, then a share of them, drawn by their numbers,
// and never more in a second of the log's time than the allowance: a flood
// teaches a sample. The same log teaches the same.
//
// What readers did is remembered here, within bounds, rather than asked of the
// store: the store is ahead of the log and would tell the future. The reader
// heard of longest ago and the page exposed first make room.
package train

import (
	"sync/atomic"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

// Recaller offers candidates as serving does; *recommend.Recommender.
type Recaller interface {
	// Offer recalls, asking each source for so many proposals, adds some items,
	// leaves out others the reader acted on, fills features, and calls use with
	// all of them and with where they stand in the sources' lists, or with those
	// that would be ranked and nil. Both live until use returns.
	Offer(q *feed.Query, each int, also []*feed.Item, all bool, use func(cands []feed.Candidate, lists []float32))
}

// Ranker learns from choices; *ranker.Model.
type Ranker interface {
	Learn(c *ranker.Choice)
	// Survey learns which sources' lists lead to what ranks high.
	Survey(q *feed.Query, cands []feed.Candidate, lists []float32)
	// Heed takes in when a reader acted on an article after another one, and
	// whether a page explains the second act.
	Heed(from, to feed.Millis, seen bool)
	// Own reports whether times that no page explains are the readers' own.
	Own() bool
}

// Items finds items and names by number; *catalog.Catalog.
type Items interface {
	Item(feed.Ord) *feed.Item
	Number(name string) feed.Name
}

// Trainer makes examples. One goroutine may use it; any may ask for Sizes. It is
// made by [New].
type Trainer struct {
	cfg     Config
	recall  Recaller
	ranker  Ranker
	items   Items
	readers *readers
	pages   *pages
	seen    uint64      // acts against recall so far
	exposed uint64      // pages whose exposure was reported so far
	latest  feed.Millis // of all acts so far
	acts    allowance   // of acts against recall
	shown   allowance   // of exposed pages
	query   feed.Query
	also    []*feed.Item
	ahead   []int32  // of Touch: numbers of readers
	touched feed.Ord // keeps Touch from being optimised away

	heldReaders, heldPages atomic.Int64 // what Sizes tells
}

// New makes a Trainer. Zero settings take their defaults.
func New(cfg Config, recall Recaller, r Ranker, items Items) (*Trainer, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t := &Trainer{cfg: cfg, recall: recall, ranker: r, items: items}
	t.acts, t.shown = newAllowance(cfg.Rate), newAllowance(cfg.Rate)
	t.readers, t.pages = newReaders(cfg.Readers, cfg.Acts), newPages(cfg.Pages)
	return t, nil
}

// Name returns "trainer".
func (t *Trainer) Name() string { return "trainer" }

// Sizes reports how much is kept.
func (t *Trainer) Sizes(yield func(name string, n int)) {
	yield("readers", int(t.heldReaders.Load()))
	yield("pages", int(t.heldPages.Load()))
}

// count notes for Sizes how much there is.
func (t *Trainer) count() {
	t.heldReaders.Store(int64(t.readers.keys.Len()))
	t.heldPages.Store(int64(len(t.pages.index)))
}

// Before takes in a signal that the models have not been told of; settle, which is
// called before they are asked, tells them what came before it.
func (t *Trainer) Before(signal []feed.Observation, settle func()) {
	if len(signal) == 0 {
		return
	}
	defer t.count()
	if o := &signal[0]; o.Action == feed.Exposure {
		if o.Cause != nil {
			t.expose(signal, settle)
		}
		return
	}
	for i := range signal {
		o := &signal[i]
		if !o.Action.Acted() {
			continue
		}
		late := o.Time < t.latest-feed.MaxAhead
		t.latest = max(t.latest, o.Time)
		key := readerKey(o.User)
		acts := t.readers.of(key) // none of the anonymous, who share a key
		if len(acts) > 0 && acts[0].ord != o.Item.Ord {
			t.ranker.Heed(acts[0].at, o.Time, o.Cause != nil)
		}
		if o.Value != 0 && !acted(acts, o.Item.Ord) {
			t.learn(o, acts, late, settle)
		}
		if o.User != feed.Anonymous {
			t.readers.add(key, act{at: o.Time, ord: o.Item.Ord, channel: o.Channel, value: float32(o.Value)})
		}
	}
}

// Forget erases a reader.
func (t *Trainer) Forget(user feed.UserID) {
	t.readers.forget(readerKey(user))
	t.pages.forget(readerKey(user))
	t.count()
}

// learn makes an example of an act; late says that its time had long passed
// when it was told.
func (t *Trainer) learn(o *feed.Observation, acts []act, late bool, settle func()) {
	if o.Cause != nil {
		p := t.pages.find(pageKey(o))
		if p != nil {
			t.learnPage(p, o, acts)
			return
		}
		if t.exposed > 0 {
			// The page is one that was not taken, or too old. What was not on it
			// was not refused: against recall, whatever pages show would look
			// like what readers want.
			return
		}
	}
	if o.Cause == nil && (late || !t.ranker.Own()) {
		return
	}
	if !take(&t.seen, t.cfg.Full, t.cfg.Every) || !t.acts.take(t.latest) {
		return
	}
	t.ask(o, acts)
	if !o.Item.Eligible(t.query.Channel, t.query.Now) {
		return
	}
	settle()
	t.recall.Offer(&t.query, t.cfg.Recall, nil, t.surveys(t.seen), func(cands []feed.Candidate, lists []float32) {
		for i := range cands {
			if cands[i].Item.Ord == o.Item.Ord {
				t.ranker.Learn(&ranker.Choice{Query: &t.query, Candidates: cands, Chosen: i, Weight: o.Value, Lists: lists})
				return
			}
		}
	})
}

// take counts an occasion to learn and decides whether it is taken.
func take(seen *uint64, full, every int) bool {
	*seen++
	if *seen <= uint64(full) {
		return true
	}
	x := draw(*seen)
	return x%uint64(every) == 0 || x%*seen < uint64(full)
}

// draw makes a number of an occasion's that looks as if it were drawn.
func draw(n uint64) uint64 {
	x := n * 0x9E3779B97F4A7C15
	return x ^ x>>32
}

// surveys decides whether of the n-th occasion all candidates are wanted, to
// learn which of them are worth ranking.
func (t *Trainer) surveys(n uint64) bool {
	return n <= uint64(t.cfg.Surveyed) || draw(n)>>32%uint64(t.cfg.SurveyEvery) == 0
}

// ask makes the query that the reader's situation is.
func (t *Trainer) ask(o *feed.Observation, acts []act) {
	q := &t.query
	q.User, q.Channel, q.Settled = o.User, o.Channel, true
	q.Self = t.items.Number(string(o.User))
	// Some logs tell of acts before the article's publication.
	q.Now = max(o.Time, o.Item.Published)
	q.Acts, q.Acted = q.Acts[:0], q.Acted[:0]
	for i := range acts {
		a := &acts[i]
		it := t.items.Item(a.ord)
		q.Acts = append(q.Acts, feed.ItemAct{
			Act:   feed.Act{Article: it.ID, Action: feed.Click, Time: a.at, Channel: a.channel},
			Item:  it,
			Value: float64(a.value),
		})
	}
	for i := len(acts) - 1; i >= 0; i-- { // oldest first
		if acts[i].value > 0 && !acted(acts[i+1:], acts[i].ord) {
			q.Acted = append(q.Acted, acts[i].ord)
		}
	}
}

// expose remembers a page and the features of its articles.
func (t *Trainer) expose(signal []feed.Observation, settle func()) {
	key := pageKey(&signal[0])
	if t.pages.find(key) != nil || !take(&t.exposed, t.cfg.Full, t.cfg.EveryPage) || !t.shown.take(signal[0].Time) {
		return
	}
	t.ask(&signal[0], t.readers.of(readerKey(signal[0].User)))
	p := &page{key: key, reader: readerKey(signal[0].User), at: signal[0].Time}
	t.also = t.also[:0]
	for i := range signal {
		o := &signal[i]
		if o.Cause == nil || !o.Item.Eligible(t.query.Channel, t.query.Now) || p.place(o.Item.Ord) >= 0 {
			continue
		}
		t.also = append(t.also, o.Item)
		p.places = append(p.places, place{ord: o.Item.Ord, position: o.Cause.Position})
	}
	if len(p.places) < 2 {
		return
	}
	settle()
	t.recall.Offer(&t.query, t.cfg.Recall, t.also, t.surveys(t.exposed), func(cands []feed.Candidate, lists []float32) {
		if lists != nil {
			t.ranker.Survey(&t.query, cands, lists)
		}
		for i := range cands {
			if k := p.place(cands[i].Item.Ord); k >= 0 {
				p.places[k].features = append([]float32(nil), cands[i].Features...)
			}
		}
	})
	t.pages.add(p)
}

// learnPage makes an example of an act on a page. Where the log does not tell
// nonces, as older entries do not, pages of anonymous readers with one stamp have
// one key; an article that stands elsewhere than the act says is another page's.
func (t *Trainer) learnPage(p *page, o *feed.Observation, acts []act) {
	chosen := p.place(o.Item.Ord)
	if chosen < 0 || p.places[chosen].position != o.Cause.Position || p.places[chosen].taken || o.Time-p.at > t.cfg.Window {
		return
	}
	t.ask(o, acts)
	choice := ranker.Choice{Query: &t.query, Weight: o.Value}
	for i := range p.places {
		pl := &p.places[i]
		if pl.taken {
			continue
		}
		if i == chosen {
			choice.Chosen = len(choice.Candidates)
		}
		choice.Candidates = append(choice.Candidates, feed.Candidate{Item: t.items.Item(pl.ord), Features: pl.features})
		choice.Places = append(choice.Places, pl.position)
	}
	p.places[chosen].taken = true
	t.ranker.Learn(&choice)
}
