package recommend_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestRules plays random operations, racing refreshes among them, and holds
// every answer against the contract's rules, kept as plainly as can be.
func TestRules(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, freshDir(t, dir))
		defer h.close()
		m := &rules{house: h, articles: map[feed.ArticleID]feed.Article{},
			readers: map[feed.UserID]*readerRules{}, log: rt}
		rt.Repeat(map[string]func(*rapid.T){
			"put":      m.put,
			"withdraw": m.withdraw,
			"act":      m.act,
			"refresh":  m.refresh,
			"race":     m.race,
			"retry":    m.retry,
			"past":     m.past,
			"preview":  m.preview,
			"forget":   m.forget,
			"advance":  m.advance,
			"restart":  m.restart,
		})
	})
}

// rules is the plain model.
type rules struct {
	*house
	log      *rapid.T
	articles map[feed.ArticleID]feed.Article
	readers  map[feed.UserID]*readerRules
}

type readerRules struct {
	served map[feed.ArticleID]feed.Millis // latest stamp
	acted  map[feed.ArticleID]bool
	pages  map[feed.ChannelID][]feed.Page // by stamp, ascending
}

func (m *rules) reader(u feed.UserID) *readerRules {
	r := m.readers[u]
	if r == nil {
		r = &readerRules{map[feed.ArticleID]feed.Millis{}, map[feed.ArticleID]bool{}, map[feed.ChannelID][]feed.Page{}}
		m.readers[u] = r
	}
	return r
}

func drawUser(t *rapid.T) feed.UserID {
	return rapid.SampledFrom([]feed.UserID{"ann", "bob", "eve"}).Draw(t, "user")
}

func drawChannel(t *rapid.T) feed.ChannelID {
	return feed.ChannelID(rapid.IntRange(0, 3).Draw(t, "channel"))
}

func drawArticle(t *rapid.T) feed.ArticleID {
	return feed.ArticleID(rapid.IntRange(1, 60).Draw(t, "article"))
}

func (m *rules) put(t *rapid.T) {
	n := rapid.IntRange(1, 12).Draw(t, "n")
	var batch []feed.Article
	for range n {
		a := feed.Article{ID: drawArticle(t), Published: m.now - feed.Millis(rapid.IntRange(-3600, 36000).Draw(t, "age"))*feed.Second}
		for c := range feed.ChannelID(3) {
			if rapid.Bool().Draw(t, "in") {
				a.Channels = append(a.Channels, c+1)
			}
		}
		if len(a.Channels) == 0 {
			a.Channels = []feed.ChannelID{1}
		}
		if rapid.IntRange(0, 4).Draw(t, "expires") == 0 {
			a.Expires = a.Published + feed.Millis(rapid.IntRange(1, 40000).Draw(t, "life"))*feed.Second
		}
		a.Normalize(m.now)
		batch = append(batch, a)
	}
	created, err := m.learner.PutArticles(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range batch {
		if _, had := m.articles[a.ID]; had == created[i] {
			t.Fatalf("article %d: created %v, but there before: %v", a.ID, created[i], had)
		}
		m.articles[a.ID] = a
	}
}

func (m *rules) withdraw(t *rapid.T) {
	id := drawArticle(t)
	known, err := m.learner.WithdrawArticles(context.Background(), []feed.ArticleID{id})
	if err != nil {
		t.Fatal(err)
	}
	a, had := m.articles[id]
	if had != known[0] {
		t.Fatalf("article %d: known %v, want %v", id, known[0], had)
	}
	if had {
		a.Withdrawn = true
		m.articles[id] = a
	}
}

func (m *rules) act(t *rapid.T) {
	ev := feed.Event{
		User: drawUser(t), Article: drawArticle(t), Channel: drawChannel(t),
		Action: feed.Action(rapid.IntRange(1, 6).Draw(t, "action")),
		Time:   m.now - feed.Millis(rapid.IntRange(0, 86400).Draw(t, "ago"))*feed.Second,
	}
	sig := feed.Signal{User: ev.User, Events: []feed.Event{ev}}
	if _, err := m.learner.Submit(context.Background(), []feed.Signal{sig}, m.now); err != nil {
		t.Fatal(err)
	}
	if ev.Action.Acted() {
		m.reader(ev.User).acted[ev.Article] = true
	}
}

// eligible is what may be served to a reader on a channel now.
func (m *rules) eligible(u feed.UserID, c feed.ChannelID) map[feed.ArticleID]bool {
	out := map[feed.ArticleID]bool{}
	r := m.reader(u)
	for id, a := range m.articles {
		at, served := r.served[id]
		if a.Withdrawn || a.Published > m.now || (a.Expires != 0 && a.Expires <= m.now) ||
			(c != feed.AllChannels && !slices.Contains(a.Channels, c)) ||
			r.acted[id] || (served && at > m.now-feed.ServedWindow) {
			continue
		}
		out[id] = true
	}
	return out
}

func (m *rules) ask(t *rapid.T, req recommend.Request) recommend.Answer {
	ans, err := m.recommender.Recommend(context.Background(), req, m.now)
	if err != nil {
		t.Fatal(err)
	}
	return ans
}

// take holds a new page against the rules and remembers it.
func (m *rules) take(t *rapid.T, page *feed.Page, left map[feed.ArticleID]bool) {
	r := m.reader(page.User)
	for _, p := range page.Places {
		if !left[p.Article] {
			t.Fatalf("article %d was served to %s on channel %d, but was not eligible", p.Article, page.User, page.Channel)
		}
		delete(left, p.Article)
		r.served[p.Article] = page.Stamp
	}
	pages := append(r.pages[page.Channel], *page)
	slices.SortFunc(pages, func(a, b feed.Page) int { return cmp.Compare(a.Stamp, b.Stamp) })
	r.pages[page.Channel] = pages
}

func (m *rules) newest(u feed.UserID, c feed.ChannelID) feed.Millis {
	pages := m.reader(u).pages[c]
	if len(pages) == 0 {
		return 0
	}
	return pages[len(pages)-1].Stamp
}

func (m *rules) refresh(t *rapid.T) {
	req := recommend.Request{User: drawUser(t), Channel: drawChannel(t), Num: rapid.IntRange(0, 12).Draw(t, "num")}
	want := req.Num
	if want == 0 {
		want = 10
	}
	left := m.eligible(req.User, req.Channel)
	want = min(want, len(left))
	newest := m.newest(req.User, req.Channel)
	stamp := max(m.now, newest+1)
	switch rapid.IntRange(0, 2).Draw(t, "stamp") {
	case 1:
		req.Stamp = m.now - feed.Millis(rapid.IntRange(0, 60_000).Draw(t, "behind"))
		if m.served(req.User, req.Channel, req.Stamp) {
			return // a retry
		}
		if req.Stamp > newest {
			stamp = req.Stamp
		}
	case 2:
		req.Stamp = m.now + feed.Millis(rapid.IntRange(1, 1e9).Draw(t, "ahead"))
		if m.served(req.User, req.Channel, req.Stamp) {
			return
		}
	}
	ans := m.ask(t, req)
	if want == 0 {
		if ans.Page != nil {
			t.Fatalf("nothing is eligible, yet a page of %d", len(ans.Page.Places))
		}
		return
	}
	if ans.Page == nil || len(ans.Page.Places) != want {
		t.Fatalf("want a page of %d, got %+v", want, ans.Page)
	}
	if ans.Page.Stamp != stamp || ans.Older != m.older(newest) {
		t.Fatalf("stamp %d older %d, want %d and %d", ans.Page.Stamp, ans.Older, stamp, m.older(newest))
	}
	m.take(t, ans.Page, left)
}

func (m *rules) served(u feed.UserID, c feed.ChannelID, stamp feed.Millis) bool {
	return slices.ContainsFunc(m.reader(u).pages[c], func(p feed.Page) bool { return p.Stamp == stamp })
}

// race refreshes one reader from several goroutines at once.
func (m *rules) race(t *rapid.T) {
	user, channel := drawUser(t), drawChannel(t)
	n, num := rapid.IntRange(2, 8).Draw(t, "refreshes"), rapid.IntRange(1, 6).Draw(t, "num")
	left := m.eligible(user, channel)
	want := min(n*num, len(left))
	pages := make([]*feed.Page, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ans, err := m.recommender.Recommend(context.Background(), recommend.Request{User: user, Channel: channel, Num: num}, m.now)
			pages[i], errs[i] = ans.Page, err
		})
	}
	wg.Wait()
	got := 0
	for i, page := range pages {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if page != nil {
			got += len(page.Places)
			m.take(t, page, left)
		}
	}
	if got != want {
		t.Fatalf("%d racing refreshes of %d served %d articles, want %d", n, num, got, want)
	}
	stamps := map[feed.Millis]bool{}
	for _, p := range m.reader(user).pages[channel] {
		if stamps[p.Stamp] {
			t.Fatalf("two pages have the stamp %d", p.Stamp)
		}
		stamps[p.Stamp] = true
	}
}

// visible is a page as it must be answered: without what was withdrawn.
func (m *rules) visible(p feed.Page) []feed.ArticleID {
	var ids []feed.ArticleID
	for _, pl := range p.Places {
		if !m.articles[pl.Article].Withdrawn {
			ids = append(ids, pl.Article)
		}
	}
	return ids
}

func (m *rules) check(t *rapid.T, ans recommend.Answer, want feed.Page) {
	if ans.Page == nil || ans.Page.Stamp != want.Stamp {
		t.Fatalf("want the page of stamp %d, got %+v", want.Stamp, ans.Page)
	}
	var got []feed.ArticleID
	for i, p := range ans.Page.Places {
		if p.Article != want.Places[i].Article {
			t.Fatalf("page %d changed: %v, was %v", want.Stamp, ans.Page.Places, want.Places)
		}
		if ans.Shown(i) {
			got = append(got, p.Article)
		}
	}
	if !slices.Equal(got, m.visible(want)) {
		t.Fatalf("page %d shows %v, want %v", want.Stamp, got, m.visible(want))
	}
	if ans.Older != m.older(want.Older) {
		t.Fatalf("older is %d, want %d", ans.Older, m.older(want.Older))
	}
}

// older is a page's older stamp as answered: 0 once that page's life is over.
func (m *rules) older(stamp feed.Millis) feed.Millis {
	if stamp < m.now-feed.PageLife {
		return 0
	}
	return stamp
}

// retry asks for a page by its stamp.
func (m *rules) retry(t *rapid.T) {
	user, channel := drawUser(t), drawChannel(t)
	pages := m.alive(user, channel)
	if len(pages) == 0 {
		return
	}
	page := rapid.SampledFrom(pages).Draw(t, "page")
	m.check(t, m.ask(t, recommend.Request{User: user, Channel: channel, Num: 3, Stamp: page.Stamp}), page)
}

func (m *rules) alive(u feed.UserID, c feed.ChannelID) []feed.Page {
	pages := slices.Clone(m.reader(u).pages[c])
	return slices.DeleteFunc(pages, func(p feed.Page) bool { return p.Stamp < m.now-feed.PageLife })
}

// past asks by a time more than a minute ago.
func (m *rules) past(t *rapid.T) {
	user, channel := drawUser(t), drawChannel(t)
	stamp := m.now - 60*feed.Second - feed.Millis(rapid.IntRange(1, 1e8).Draw(t, "behind"))
	ans := m.ask(t, recommend.Request{User: user, Channel: channel, Stamp: stamp})
	pages := slices.DeleteFunc(m.alive(user, channel), func(p feed.Page) bool { return p.Stamp > stamp })
	if len(pages) == 0 {
		if ans.Page != nil {
			t.Fatalf("no page is that old, got %+v", ans.Page)
		}
		return
	}
	m.check(t, ans, pages[len(pages)-1])
}

func (m *rules) preview(t *rapid.T) {
	user, channel := drawUser(t), drawChannel(t)
	scored, err := m.recommender.Preview(context.Background(), user, channel, 7, m.now)
	if err != nil {
		t.Fatal(err)
	}
	left := m.eligible(user, channel)
	if len(scored) != min(7, len(left)) {
		t.Fatalf("a preview of %d, want %d", len(scored), min(7, len(left)))
	}
	for _, s := range scored {
		if !left[s.Article] {
			t.Fatalf("preview shows %d, which is not eligible", s.Article)
		}
	}
}

func (m *rules) forget(t *rapid.T) {
	user := drawUser(t)
	if err := m.learner.Forget(context.Background(), user); err != nil {
		t.Fatal(err)
	}
	delete(m.readers, user)
}

func (m *rules) advance(t *rapid.T) {
	m.now += rapid.SampledFrom([]feed.Millis{1, feed.Second, feed.Minute, feed.Hour, 10 * feed.Day, 31 * feed.Day}).Draw(t, "by")
}

func (m *rules) restart(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") != 0 {
		return
	}
	var users []feed.UserID
	users = append(users, slices.Sorted(maps.Keys(m.readers))...)
	before := m.previews(t, users)
	m.house.restart()
	if after := m.previews(t, users); !slices.EqualFunc(before, after, equalScored) {
		t.Fatalf("previews differ after a restart:\n%+v\n%+v", before, after)
	}
}

func (m *rules) previews(t *rapid.T, users []feed.UserID) []recommend.Scored {
	var out []recommend.Scored
	for _, u := range users {
		s, err := m.recommender.Preview(context.Background(), u, feed.AllChannels, 20, m.now)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s...)
	}
	return out
}

func equalScored(a, b recommend.Scored) bool {
	return a.Article == b.Article && a.Score == b.Score &&
		slices.Equal(a.Features, b.Features) && slices.Equal(a.Sources, b.Sources)
}
