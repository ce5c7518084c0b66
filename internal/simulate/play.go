package simulate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/sim/truth"
)

// shown is one page of a play, in the order of the world's refreshes.
type shown struct {
	expected float64 // clicks, by the truth
	clicks   int     // drawn
	places   int
	known    int // acts the reader had made before that were reported
}

// play is one policy serving one world.
type play struct {
	world  *truth.World
	policy Policy
	until  feed.Millis
	probe  bool // whether news breaks are watched

	minds []mind
	known []int // by reader
	pages []shown
	ages  []float64 // of the articles clicked, in hours
	found found
	watch watch

	published, direct int // of the world's articles and direct clicks, delivered
	due               []timed
}

// timed is a signal and when it arrives.
type timed struct {
	at     feed.Millis
	reader int // -1: from outside
	signal feed.Signal
}

// newPlay prepares a play until a time; its policy is set by the caller.
func newPlay(w *truth.World, until feed.Millis) *play {
	p := &play{world: w, until: min(until, w.End()), known: make([]int, len(w.Readers()))}
	p.minds = make([]mind, len(w.Readers()))
	for i := range p.minds {
		p.minds[i].reader = &w.Readers()[i]
	}
	p.found.init(w)
	p.watch.init(w)
	return p
}

// run plays.
func (p *play) run(ctx context.Context) error {
	for i := range p.world.Refreshes() {
		r := &p.world.Refreshes()[i]
		if r.At >= p.until {
			return nil
		}
		if err := p.advance(ctx, r.At); err != nil {
			return err
		}
		if err := p.refresh(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// advance delivers everything up to a time, and looks at news breaks when it
// is time to.
func (p *play) advance(ctx context.Context, to feed.Millis) error {
	for {
		stop := to
		if p.probe {
			stop = min(to, p.watch.next())
		}
		broke, err := p.deliver(ctx, stop)
		if err != nil {
			return err
		}
		if broke {
			continue // there is a new time to look at
		}
		if p.probe && p.watch.next() <= stop {
			if err := p.watch.look(ctx, p); err != nil {
				return err
			}
			continue
		}
		if stop == to {
			return nil
		}
	}
}

// deliver hands in articles and signals up to a time, or up to the click that
// begins the watch of a news break, which it reports.
func (p *play) deliver(ctx context.Context, to feed.Millis) (broke bool, err error) {
	var articles []feed.Article
	for all := p.world.Articles(); p.published < len(all) && all[p.published].Published <= to; p.published++ {
		articles = append(articles, all[p.published].Article)
	}
	if len(articles) > 0 {
		if _, err := p.policy.PutArticles(ctx, articles); err != nil {
			return false, fmt.Errorf("putting articles: %w", err)
		}
	}
	for all := p.world.Direct(); p.direct < len(all) && all[p.direct].At <= to; p.direct++ {
		p.due = append(p.due, outsideClick(&all[p.direct]))
	}
	slices.SortStableFunc(p.due, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	n := 0
	var batch []feed.Signal
	for n < len(p.due) && p.due[n].at <= to && !broke {
		t := &p.due[n]
		n++
		batch = append(batch, t.signal)
		ev := &t.signal.Events[0]
		if t.reader >= 0 && ev.Action.Acted() {
			p.known[t.reader]++
		}
		broke = p.probe && p.watch.clicked(p, ev)
	}
	p.due = slices.Delete(p.due, 0, n)
	if len(batch) == 0 {
		return broke, nil
	}
	if _, err := p.policy.Submit(ctx, batch, to); err != nil {
		return false, fmt.Errorf("reporting: %w", err)
	}
	return broke, nil
}

// refresh serves one page and draws what its reader does.
func (p *play) refresh(ctx context.Context, r *truth.Refresh) error {
	m := &p.minds[r.Reader]
	p.world.Enter(&m.mood, r.Visit)
	answer, err := p.policy.Recommend(ctx, recommend.Request{
		User: m.reader.ID, Channel: r.Channel, Num: recommend.DefaultNum,
	}, r.At)
	if err != nil {
		return fmt.Errorf("refreshing %s: %w", m.reader.ID, err)
	}
	s := shown{known: p.known[r.Reader]}
	if page := answer.Page; page != nil && len(page.Places) > 0 {
		s.places = len(page.Places)
		at := r.At + 200 // the screen takes a moment
		p.due = append(p.due, timed{at, r.Reader, exposure(page, at)})
		for position := range page.Places {
			a := p.world.Article(page.Places[position].Article)
			if err := m.allowed(a, r); err != nil {
				return err
			}
			prob := p.world.ClickProbability(m.reader, &m.mood, a, position, r.At)
			m.mood.Show(a)
			s.expected += prob
			p.found.shown(a, r.At)
			p.watch.shown(a, r.Reader)
			for _, d := range p.world.Respond(r.Reader, a, position, prob, r.At) {
				if d.Action == feed.Click {
					s.clicks++
					p.ages = append(p.ages, float64(r.At-a.Published)/float64(feed.Hour))
				}
				p.due = append(p.due, timed{at + d.After, r.Reader, deed(page, position, d, at+d.After)})
			}
		}
	}
	p.pages = append(p.pages, s)
	return nil
}

// allowed reports what is wrong with serving an article: a policy that breaks
// the rules is not compared with others.
func (m *mind) allowed(a *truth.Article, r *truth.Refresh) error {
	switch {
	case a == nil:
		return fmt.Errorf("%s was served an article that nobody wrote", m.reader.ID)
	case a.Published > r.At || a.Expires != 0 && a.Expires <= r.At ||
		r.Channel != feed.AllChannels && !slices.Contains(a.Channels, r.Channel):
		return fmt.Errorf("%s was served article %d, which is not eligible", m.reader.ID, a.ID)
	case !m.serve(a.ID):
		return fmt.Errorf("%s was served article %d again", m.reader.ID, a.ID)
	}
	return nil
}

// exposure is the signal that a screen showed a page.
func exposure(page *feed.Page, at feed.Millis) feed.Signal {
	s := feed.Signal{User: page.User, Key: pageKey(page, -1, feed.Exposure)}
	for i := range page.Places {
		s.Events = append(s.Events, eventAt(page, i, feed.Exposure, at))
	}
	return s
}

// deed is the signal of something done with a place of a page.
func deed(page *feed.Page, position int, d truth.Deed, at feed.Millis) feed.Signal {
	ev := eventAt(page, position, d.Action, at)
	ev.ReadTime = d.ReadTime
	return feed.Signal{User: page.User, Key: pageKey(page, position, d.Action), Events: []feed.Event{ev}}
}

func eventAt(page *feed.Page, position int, action feed.Action, at feed.Millis) feed.Event {
	place := &page.Places[position]
	return feed.Event{
		User: page.User, Article: place.Article, Action: action, Time: at, Channel: page.Channel,
		Cause: &feed.Cause{
			Stamp: page.Stamp, Nonce: page.Nonce, Position: uint16(position), Arm: place.Arm, Propensity: place.Propensity, Model: page.Model,
		},
	}
}

func pageKey(page *feed.Page, position int, action feed.Action) feed.Key {
	return feed.KeyOf("simulate", string(page.User), strconv.Itoa(int(page.Channel)),
		strconv.FormatInt(int64(page.Stamp), 10), strconv.Itoa(position), action.String())
}

// outsideClick is a click from outside as a recorded event.
func outsideClick(d *truth.Direct) timed {
	return timed{d.At, -1, feed.Signal{
		User: d.Visitor, Key: feed.KeyOf("simulate", "direct", string(d.Visitor)),
		Events: []feed.Event{{User: d.Visitor, Article: d.Article, Action: feed.Click, Time: d.At}},
	}}
}
