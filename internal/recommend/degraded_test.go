package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/recommend"
	"readnext/internal/store/pebblestore"
)

// frail is a store whose reads and pages fail when a test says so.
type frail struct {
	*pebblestore.Store
	reads, pages atomic.Pointer[error]
}

func (s *frail) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	if err := s.reads.Load(); err != nil {
		return nil, *err
	}
	return s.Store.Profile(ctx, user, now)
}

func (s *frail) PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (*feed.Page, error) {
	if err := s.reads.Load(); err != nil {
		return nil, *err
	}
	return s.Store.PageAt(ctx, user, channel, at, oldest)
}

func (s *frail) Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error) {
	if err := s.reads.Load(); err != nil {
		return nil, *err
	}
	return s.Store.Articles(ctx, ids)
}

func (s *frail) PutPage(ctx context.Context, page *feed.Page, version uint64) error {
	if err := s.pages.Load(); err != nil {
		return *err
	}
	return s.Store.PutPage(ctx, page, version)
}

var errAway = feed.Errorf(feed.Unavailable, "the store is away")

// outage is a house whose store can go away, with articles 1 to n on channel 1.
type outage struct {
	*house
	t     *testing.T
	store *frail
}

func newOutage(t *testing.T, cfg recommend.Config, n int) *outage {
	h := &house{dir: t.TempDir(), cfg: engine.Config{Recommend: cfg}, fail: t.Fatal, now: 1_800_000_000_000}
	h.open()
	t.Cleanup(h.close)
	o := &outage{house: h, t: t, store: &frail{Store: h.store}}
	h.recommender.Readers = o.store
	var articles []feed.Article
	for i := range n {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: h.now - feed.Millis(i+1)*feed.Minute}
		a.Normalize(h.now)
		articles = append(articles, a)
	}
	_, err := h.learner.PutArticles(t.Context(), articles)
	h.check(err)
	return o
}

// away has reads and pages fail; full pages only.
func (o *outage) away() { o.store.reads.Store(&errAway); o.store.pages.Store(&errAway) }
func (o *outage) full() { o.store.pages.Store(&errAway) }
func (o *outage) back() { o.store.reads.Store(nil); o.store.pages.Store(nil) }

func (o *outage) ask(stamp feed.Millis) (recommend.Answer, error) {
	return o.recommender.Recommend(o.t.Context(), recommend.Request{User: "u", Channel: 1, Stamp: stamp}, o.now)
}

// page asks a second later for a page, which is unrecorded or not.
func (o *outage) page(stamp feed.Millis, unrecorded bool) recommend.Answer {
	o.t.Helper()
	o.now += feed.Second
	a, err := o.ask(stamp)
	if err != nil {
		o.t.Fatal(err)
	}
	if a.Page == nil || len(a.Page.Places) != 10 || a.Unrecorded != unrecorded {
		o.t.Fatalf("answer %+v; want a page of 10, unrecorded %v", a, unrecorded)
	}
	return a
}

func (o *outage) refused(stamp feed.Millis) {
	o.t.Helper()
	if a, err := o.ask(stamp); feed.KindOf(err) != feed.Unavailable {
		o.t.Fatalf("answer %+v, %v; want unavailable", a, err)
	}
}

// fresh fails if an answer has an article that was served before.
type fresh map[feed.ArticleID]bool

func (f fresh) check(t *testing.T, a recommend.Answer) {
	t.Helper()
	for _, p := range a.Page.Places {
		if f[p.Article] {
			t.Errorf("article %d again, at %d", p.Article, a.Page.Stamp)
		}
		f[p.Article] = true
	}
}

// TestFullStore serves on while pages cannot be put, and takes up again.
func TestFullStore(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true}, 100)
	seen := fresh{}
	first := o.page(0, false)
	seen.check(t, first)
	o.full()
	asked := o.now + feed.Second/2
	last := first
	for i := range 4 {
		a := o.page(asked, true)
		seen.check(t, a)
		if a.Page.Stamp <= last.Page.Stamp || a.Page.Stamp == asked || a.Older != first.Page.Stamp || a.Page.KeyID != 1 {
			t.Errorf("page %d: stamp %d after %d, asked for %d, older %d", i, a.Page.Stamp, last.Page.Stamp, asked, a.Older)
		}
		last = a
	}
	// A retry by the page's own stamp, then and later.
	again, err := o.ask(last.Page.Stamp)
	if err != nil || !again.Again || !again.Unrecorded || again.Page != last.Page {
		t.Errorf("the page again: %+v, %v", again, err)
	}
	if a, err := o.ask(first.Page.Stamp); err != nil || a.Unrecorded || a.Page.Stamp != first.Page.Stamp {
		t.Errorf("a recorded page: %+v, %v", a, err)
	}
	o.back()
	// The stamp that was asked for while the store was full is no page's, so a
	// recorded page may have it once.
	a := o.page(0, false)
	seen.check(t, a)
	if a.Page.Stamp <= last.Page.Stamp || a.Older != first.Page.Stamp {
		t.Errorf("stamp %d after %d, older %d", a.Page.Stamp, last.Page.Stamp, a.Older)
	}
	o.now += feed.Hour
	if again, err := o.ask(last.Page.Stamp); err != nil || again.Page != last.Page {
		t.Errorf("the page an hour later: %+v, %v", again, err)
	}
}

// TestStampsOfUnrecordedPages: the stamp of an unrecorded page is not the one
// that was asked for, so that asking again makes a page with a name of its own.
func TestStampsOfUnrecordedPages(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true}, 100)
	o.full()
	for _, ahead := range []feed.Millis{-feed.Second, 0, 1, feed.Second} {
		asked := o.now + feed.Second + ahead // page moves the clock by a second
		lost := o.page(asked, true)
		if lost.Page.Stamp == asked || lost.Page.Stamp < o.now {
			t.Errorf("asked for %d at %d: %d", asked, o.now, lost.Page.Stamp)
		}
		o.back()
		kept := o.page(asked, false)
		if kept.Page.Stamp == lost.Page.Stamp {
			t.Errorf("two pages of stamp %d", kept.Page.Stamp)
		}
		o.full()
		o.now += feed.Minute
	}
}

// TestStoreAway serves from what is remembered of a reader, and makes no
// history up.
func TestStoreAway(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true, Profiles: true}, 100)
	seen := fresh{}
	first := o.page(0, false)
	seen.check(t, first)
	second := o.page(0, false)
	seen.check(t, second)
	o.now += feed.Hour
	o.away()
	for range 3 {
		a := o.page(0, true)
		seen.check(t, a)
		if a.Older != second.Page.Stamp {
			t.Errorf("older %d, want %d", a.Older, second.Page.Stamp)
		}
	}
	o.refused(first.Page.Stamp)
	o.refused(o.now - feed.Hour)
	o.back()
	third := o.page(0, false)
	seen.check(t, third)
	o.away()
	o.refused(third.Page.Stamp)     // may be served again byte for byte, not anew
	o.refused(third.Page.Stamp - 1) // may be a page's
	seen.check(t, o.page(o.now+feed.Second/2, true))
	if _, err := o.recommender.Preview(t.Context(), "u", 1, 10, o.now); feed.KindOf(err) != feed.Unavailable {
		t.Errorf("preview: %v", err)
	}
	if _, err := o.recommender.Reader(t.Context(), "u", o.now); feed.KindOf(err) != feed.Unavailable {
		t.Errorf("profile: %v", err)
	}
	if got, err := o.recommender.Preview(t.Context(), feed.Anonymous, 1, 10, o.now); err != nil || len(got) != 10 {
		t.Errorf("an anonymous preview: %v, %v", got, err)
	}
	if a, err := o.recommender.Recommend(t.Context(), recommend.Request{Channel: 1}, o.now); err != nil || a.Unrecorded || len(a.Page.Places) != 10 {
		t.Errorf("an anonymous page: %+v, %v", a, err)
	}
}

// TestUnknownReaderAway serves a reader of whom nothing is remembered; the way
// to older pages stays open.
func TestUnknownReaderAway(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true}, 100)
	first := o.page(0, false)
	o.now += feed.Hour
	o.away()
	seen := fresh{}
	for range 9 {
		a := o.page(o.now+feed.Second/2, true)
		seen.check(t, a)
		o.refused(a.Older)
	}
	last := o.page(0, true)
	if a, err := o.ask(0); err != nil || a.Page != nil || !a.Unrecorded {
		t.Errorf("after all articles: %+v, %v", a, err)
	}
	o.back()
	if a, err := o.ask(last.Older); err != nil || a.Page == nil || a.Page.Stamp != first.Page.Stamp {
		t.Errorf("the older page: %+v, %v", a, err)
	}
}

// TestRefused: without Degraded, and for what does not pass, the answer is the
// error.
func TestRefused(t *testing.T) {
	o := newOutage(t, recommend.Config{}, 20)
	o.full()
	o.refused(0)
	o.away()
	o.refused(0)

	o = newOutage(t, recommend.Config{Degraded: true}, 20)
	bug := errors.New("a bug")
	o.store.reads.Store(&bug)
	if a, err := o.ask(0); !errors.Is(err, bug) {
		t.Errorf("%+v, %v", a, err)
	}
	o.away()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a, err := o.recommender.Recommend(ctx, recommend.Request{User: "u", Channel: 1}, o.now); err == nil {
		t.Errorf("a caller that is gone got %+v", a)
	}
}

// TestWithdrawnWhileAway: what memory knows to be withdrawn is on no page.
func TestWithdrawnWhileAway(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true}, 12)
	o.away()
	a := o.page(0, true)
	gone := a.Page.Places[3].Article
	_, err := o.learner.WithdrawArticles(t.Context(), []feed.ArticleID{gone, 11})
	o.check(err)
	again, err := o.ask(a.Page.Stamp)
	if err != nil || again.Shown(3) || !again.Shown(2) {
		t.Errorf("the page again: %+v, %v", again, err)
	}
	rest, err := o.ask(0)
	if err != nil || len(rest.Page.Places) != 1 || rest.Page.Places[0].Article != 12 {
		t.Errorf("the rest: %+v, %v", rest, err)
	}
}

// TestForgottenWhileAway drops what is remembered of a reader.
func TestForgottenWhileAway(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true, Profiles: true}, 20)
	o.page(0, false)
	o.full()
	a := o.page(0, true)
	o.check(o.learner.Forget(t.Context(), "u"))
	o.away()
	o.refused(o.now - 2*feed.Minute)
	b := o.page(0, true)
	if b.Page.Places[0].Article != 1 || b.Older == a.Older {
		t.Errorf("after being forgotten: %+v", b)
	}
}

// TestRacesWhileAway: racing refreshes of one process repeat nothing, unrecorded
// as they are.
func TestRacesWhileAway(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true}, 400)
	o.away()
	var mu sync.Mutex
	seen, stamps := fresh{}, map[feed.Millis]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				a, err := o.ask(0)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen.check(t, a); stamps[a.Page.Stamp] {
					t.Errorf("stamp %d again", a.Page.Stamp)
				}
				stamps[a.Page.Stamp] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 400 {
		t.Errorf("%d articles were served", len(seen))
	}
}

// TestMemoryIsBounded: the reader asked for longest ago is forgotten first.
func TestMemoryIsBounded(t *testing.T) {
	o := newOutage(t, recommend.Config{Degraded: true, Profiles: true, MemoryBytes: 10 << 10}, 20)
	o.away()
	ask := func(user feed.UserID, stamp feed.Millis) recommend.Answer {
		t.Helper()
		a, err := o.recommender.Recommend(t.Context(), recommend.Request{User: user, Channel: 1, Stamp: stamp}, o.now)
		o.check(err)
		return a
	}
	first := ask("u0", 0)
	for i := range 100 {
		ask(feed.UserID(fmt.Sprint("u", i+1)), 0)
	}
	if a := ask("u0", first.Page.Stamp); a.Again {
		t.Error("the first reader's page is remembered after a hundred others'")
	}
	last := ask("u100", 0)
	if last.Page.Places[0].Article == first.Page.Places[0].Article {
		t.Error("the last reader's first page is forgotten")
	}
	o.back()
	for i := range 100 {
		ask(feed.UserID(fmt.Sprint("v", i)), 0)
	}
}
