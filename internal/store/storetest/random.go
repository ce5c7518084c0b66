package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// plain is what the contracts say, by maps and slices.
type plain struct {
	articles map[feed.ArticleID]feed.Article
	readers  map[feed.UserID]*plainReader
	marks    map[plainMark]feed.Millis
	log      []feed.Entry
	keys     []feed.SigningKey
}

type plainMark struct {
	user feed.UserID
	key  feed.Key
}

type plainReader struct {
	pages []*feed.Page // in the order put
	acts  []feed.Act
}

func (m *plain) reader(u feed.UserID) *plainReader {
	if m.readers[u] == nil {
		m.readers[u] = &plainReader{}
	}
	return m.readers[u]
}

// profile is how a profile must look, without its version.
func (m *plain) profile(u feed.UserID, now feed.Millis) feed.Profile {
	p := feed.Profile{User: u}
	r := m.reader(u)
	newest := map[feed.ChannelID]feed.Millis{}
	for _, page := range r.pages {
		newest[page.Channel] = max(newest[page.Channel], page.Stamp)
		for _, place := range page.Places {
			if page.Stamp >= now-feed.ServedWindow {
				p.Served = append(p.Served, feed.ServedArticle{Article: place.Article, At: page.Stamp})
			}
		}
	}
	for c, stamp := range newest {
		p.Newest = append(p.Newest, feed.ChannelStamp{Channel: c, Stamp: stamp})
	}
	for _, a := range r.acts {
		if !slices.Contains(p.Acted, a.Article) {
			p.Acted = append(p.Acted, a.Article)
		}
	}
	p.Acts = r.acts[max(0, len(r.acts)-feed.MaxActs):]
	return comparable(p)
}

// comparable orders what a profile may hold in any order.
func comparable(p feed.Profile) feed.Profile {
	p.Version = 0
	p.Newest = slices.SortedFunc(slices.Values(p.Newest), func(a, b feed.ChannelStamp) int { return int(a.Channel - b.Channel) })
	p.Served = slices.SortedFunc(slices.Values(p.Served), func(a, b feed.ServedArticle) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Article, b.Article))
	})
	return p
}

func testRandom(t *testing.T, open func() store.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open()
		defer func() {
			if err := s.Close(); err != nil {
				rt.Errorf("Close: %v", err)
			}
		}()
		m := &machine{
			Store: s, now: day0, held: map[feed.UserID]*feed.Profile{},
			plain: plain{articles: map[feed.ArticleID]feed.Article{}, readers: map[feed.UserID]*plainReader{}, marks: map[plainMark]feed.Millis{}},
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"advance":  m.advance,
			"put":      m.put,
			"withdraw": m.withdraw,
			"profile":  m.readProfile,
			"serve":    m.serve,
			"stale":    m.stale,
			"pageAt":   m.pageAt,
			"signal":   m.signal,
			"forget":   m.forget,
			"prune":    m.prune,
			"key":      m.key,
		})
	})
}

// machine runs each call on the store and the model.
type machine struct {
	store.Store
	plain
	now  feed.Millis
	held map[feed.UserID]*feed.Profile // profiles in hand that are not current
	read feed.Position                 // of a reader that tails the log
	seen int                           // entries before it, in the model
}

var (
	anyUser    = rapid.SampledFrom([]feed.UserID{"a", "ab", "b", "ü"})
	anyChannel = rapid.Int32Range(0, 2)
	anyArticle = rapid.Int64Range(1, 12)
)

func user(t *rapid.T) feed.UserID       { return anyUser.Draw(t, "user") }
func channel(t *rapid.T) feed.ChannelID { return feed.ChannelID(anyChannel.Draw(t, "channel")) }
func articleID(t *rapid.T) feed.ArticleID {
	return feed.ArticleID(anyArticle.Draw(t, "article"))
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) advance(t *rapid.T) {
	m.now += rapid.SampledFrom([]feed.Millis{1, feed.Minute, feed.Day, 20 * feed.Day}).Draw(t, "by")
}

func (m *machine) put(t *rapid.T) {
	var batch []feed.Article
	var want []bool
	for range rapid.IntRange(0, 3).Draw(t, "n") {
		a := article(articleID(t), 1)
		a.Title = rapid.String().Draw(t, "title")
		a.Withdrawn = rapid.Bool().Draw(t, "withdrawn")
		_, known := m.articles[a.ID]
		want = append(want, !known)
		m.articles[a.ID] = a
		m.log = append(m.log, feed.Entry{Article: &a})
		batch = append(batch, a)
	}
	created, _, err := m.PutArticles(t.Context(), batch)
	must(t, err)
	if !slices.Equal(created, want) {
		t.Fatalf("created %v, want %v", created, want)
	}
}

func (m *machine) withdraw(t *rapid.T) {
	id := articleID(t)
	a, ok := m.articles[id]
	if ok && !a.Withdrawn {
		a.Withdrawn = true
		m.articles[id] = a
		m.log = append(m.log, feed.Entry{Withdrawn: id})
	}
	known, _, err := m.WithdrawArticles(t.Context(), []feed.ArticleID{id})
	must(t, err)
	if len(known) != 1 || known[0] != ok {
		t.Fatalf("known %v, want %v", known, ok)
	}
}

func (m *machine) readProfile(t *rapid.T) {
	u := user(t)
	now := m.now + rapid.SampledFrom([]feed.Millis{0, 0, 0, -50 * feed.Day, 50 * feed.Day}).Draw(t, "as of")
	m.profileOf(t, u, now)
}

func (m *machine) profileOf(t *rapid.T, u feed.UserID, now feed.Millis) *feed.Profile {
	p, err := m.Profile(t.Context(), u, now)
	must(t, err)
	if !slices.IsSortedFunc(p.Served, func(a, b feed.ServedArticle) int { return cmp.Compare(a.At, b.At) }) {
		t.Fatalf("served %v is not oldest first", p.Served)
	}
	want := m.profile(u, now)
	if got := comparable(*p); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("profile\n%+v\nwant\n%+v", got, want)
	}
	return p
}

func (m *machine) serve(t *rapid.T) {
	u, c := user(t), channel(t)
	p := m.profileOf(t, u, m.now)
	stamp := max(m.now-rapid.SampledFrom([]feed.Millis{0, 0, feed.Minute}).Draw(t, "behind"), p.NewestStamp(c)+1)
	served := page(u, c, stamp)
	for range rapid.IntRange(0, 4).Draw(t, "places") {
		served.Places = append(served.Places, feed.Place{Article: articleID(t), Propensity: 1})
	}
	must(t, m.PutPage(t.Context(), served, p.Version))
	m.reader(u).pages = append(m.reader(u).pages, served)
	m.held[u] = p
}

// stale tries what must fail: a page by a version that was used up.
func (m *machine) stale(t *rapid.T) {
	u := user(t)
	p := m.held[u]
	if p == nil {
		return
	}
	if err := m.PutPage(t.Context(), page(u, 1, m.now+feed.Day, 1), p.Version); !errors.Is(err, feed.ErrConflict) {
		t.Fatalf("page by an old version: %v, want ErrConflict", err)
	}
}

func (m *machine) pageAt(t *rapid.T) {
	u, c := user(t), channel(t)
	at := m.now - feed.Millis(rapid.Int64Range(-10, int64(60*feed.Day)).Draw(t, "ago"))
	oldest := at - feed.Millis(rapid.Int64Range(0, int64(60*feed.Day)).Draw(t, "reach"))
	var want *feed.Page
	for _, p := range m.reader(u).pages {
		if p.Channel == c && p.Stamp <= at && p.Stamp >= oldest && (want == nil || p.Stamp > want.Stamp) {
			want = p
		}
	}
	got, err := m.PageAt(t.Context(), u, c, at, oldest)
	must(t, err)
	if (got == nil) != (want == nil) || (got != nil && !reflect.DeepEqual(got, want)) {
		t.Fatalf("page %+v, want %+v", got, want)
	}
}

func (m *machine) signal(t *rapid.T) {
	var batch []feed.Signal
	var want []store.Outcome
	for range rapid.IntRange(0, 5).Draw(t, "n") {
		u := feed.Anonymous
		if rapid.IntRange(0, 4).Draw(t, "known") > 0 {
			u = user(t)
		}
		key := rapid.SampledFrom([]string{"", "k1", "k2", "k3", "k4"}).Draw(t, "key")
		action := feed.Action(rapid.IntRange(1, 6).Draw(t, "action"))
		sig := signal(u, key, event(articleID(t), action, m.now))
		batch = append(batch, sig)
		mark := plainMark{u, sig.Key}
		if _, ok := m.marks[mark]; ok && key != "" {
			want = append(want, store.Duplicate)
			continue
		}
		want = append(want, store.Accepted)
		if key != "" {
			m.marks[mark] = m.now
		}
		m.log = append(m.log, feed.Entry{Signal: &sig})
		if action.Acted() && u != feed.Anonymous {
			m.reader(u).acts = append(m.reader(u).acts, feed.ActOf(&sig.Events[0]))
		}
	}
	got, _, err := m.AppendSignals(t.Context(), batch, m.now)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Fatalf("outcomes %v, want %v", got, want)
	}
}

func (m *machine) forget(t *rapid.T) {
	u := user(t)
	_, err := m.Forget(t.Context(), u)
	must(t, err)
	delete(m.readers, u)
	for mark := range m.marks {
		if mark.user == u {
			delete(m.marks, mark)
		}
	}
	var rest []feed.Entry
	seen := m.seen
	for i, e := range m.log {
		if e.Signal != nil && e.Signal.User == u {
			if i < m.seen {
				seen--
			}
			continue
		}
		rest = append(rest, e)
	}
	m.log, m.seen = append(rest, feed.Entry{Forgotten: u}), seen
}

func (m *machine) prune(t *rapid.T) {
	before := m.now - rapid.SampledFrom([]feed.Millis{0, feed.Day, 30 * feed.Day}).Draw(t, "age")
	want := 0
	for _, r := range m.readers {
		kept := slices.DeleteFunc(slices.Clone(r.pages), func(p *feed.Page) bool { return p.Stamp < before })
		want += len(r.pages) - len(kept)
		r.pages = kept
	}
	for mark, at := range m.marks {
		if at < before {
			delete(m.marks, mark)
			want++
		}
	}
	got, err := m.Prune(t.Context(), before)
	must(t, err)
	if got != want {
		t.Fatalf("pruned %d, want %d", got, want)
	}
}

func (m *machine) key(t *rapid.T) {
	key := signingKey(rapid.Uint32Range(0, 20).Draw(t, "id"), m.now)
	at, taken := slices.BinarySearchFunc(m.keys, key.ID, func(k feed.SigningKey, id uint32) int { return cmp.Compare(k.ID, id) })
	err := m.AddSigningKey(t.Context(), key)
	if taken || key.ID == 0 {
		if !errors.Is(err, feed.ErrConflict) {
			t.Fatalf("key %d once more: %v, want ErrConflict", key.ID, err)
		}
		return
	}
	must(t, err)
	m.keys = slices.Insert(m.keys, at, key)
}

// check compares what shows everywhere: the log's news, articles and keys.
func (m *machine) check(t *rapid.T) {
	for {
		es, next, err := m.ReadLog(t.Context(), m.read, 2)
		must(t, err)
		if len(es) == 0 {
			break
		}
		if len(m.log) < m.seen+len(es) || !reflect.DeepEqual(es, m.log[m.seen:m.seen+len(es)]) {
			t.Fatalf("log after %d is %+v, want %+v", m.seen, es, m.log[m.seen:])
		}
		m.read, m.seen = next, m.seen+len(es)
	}
	if m.seen != len(m.log) {
		t.Fatalf("log ends after %d entries, want %d", m.seen, len(m.log))
	}
	list, err := m.ListArticles(t.Context(), 0, 100)
	must(t, err)
	if len(list) != len(m.articles) {
		t.Fatalf("%d articles, want %d", len(list), len(m.articles))
	}
	for _, a := range list {
		if !reflect.DeepEqual(a, m.articles[a.ID]) {
			t.Fatalf("article %+v, want %+v", a, m.articles[a.ID])
		}
	}
	keys, err := m.SigningKeys(t.Context())
	must(t, err)
	if !slices.Equal(keys, m.keys) {
		t.Fatalf("%d keys, want %d", len(keys), len(m.keys))
	}
}
