package learn_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/store"
)

// TestWritesAreFoldedWhenTheyReturn holds a running learner, after each write,
// against one that folds the whole log on its own. Reading the log fails now and
// then, so that folding is later than syncing.
func TestWritesAreFoldedWhenTheyReturn(t *testing.T) {
	st, _ := newStore(t)
	late := &flaky{Store: st}
	l := openLearner(t, late, newModels)
	stop := run(t, l)
	follower := openLearner(t, &logOnly{Store: st}, newModels)
	w := newWriter(1)
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got := state(t, l)
		drain(t, follower)
		if !bytes.Equal(got, state(t, follower)) {
			t.Fatalf("%s: the models do not have it", what)
		}
		late.reads.Store(1)
	}
	for i := range 30 {
		a := w.article()
		_, err := l.PutArticles(t.Context(), []feed.Article{a})
		check(fmt.Sprintf("put %d", i), err)
		if it := l.Models().Catalog.Lookup(a.ID); it == nil || it.Withdrawn || it.Published != a.Published {
			t.Fatalf("put %d: the catalogue has %+v", i, it)
		}
		_, err = l.Submit(t.Context(), []feed.Signal{w.signal(w.reader()), w.signal(feed.Anonymous)}, start+feed.Hour)
		check(fmt.Sprintf("submit %d", i), err)
		if i%5 == 4 {
			known, err := l.WithdrawArticles(t.Context(), []feed.ArticleID{a.ID, articles + 1})
			check(fmt.Sprintf("withdraw %d", i), err)
			if !known[0] || known[1] {
				t.Fatalf("withdraw %d: known %v", i, known)
			}
			if it := l.Models().Catalog.Lookup(a.ID); it == nil || !it.Withdrawn {
				t.Fatalf("withdraw %d: the catalogue has %+v", i, it)
			}
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestOutcomes counts a signal once, and one without a key always.
func TestOutcomes(t *testing.T) {
	st, _ := newStore(t)
	l := openLearner(t, st, newModels)
	stop := run(t, l)
	w := newWriter(1)
	a := w.signal("u")
	keyless := w.signal("u")
	keyless.Key = feed.Key{}
	submit := func(want ...store.Outcome) {
		t.Helper()
		got, err := l.Submit(t.Context(), []feed.Signal{a, keyless, a}, start)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("outcomes %v, %v; want %v", got, err, want)
		}
	}
	submit(store.Accepted, store.Accepted, store.Duplicate)
	submit(store.Duplicate, store.Accepted, store.Duplicate)
	if n := l.Folded(); n != 3 {
		t.Errorf("%d entries folded, want 3", n)
	}
	for what, empty := range map[string]func() (int, error){
		"signals":     func() (int, error) { o, err := l.Submit(t.Context(), nil, start); return len(o), err },
		"articles":    func() (int, error) { o, err := l.PutArticles(t.Context(), nil); return len(o), err },
		"withdrawals": func() (int, error) { o, err := l.WithdrawArticles(t.Context(), nil); return len(o), err },
	} {
		if n, err := empty(); n != 0 || err != nil {
			t.Errorf("no %s: %d, %v", what, n, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestTimesAheadCountAsNow looks for a fast clock's times in the log and in the
// reader's history.
func TestTimesAheadCountAsNow(t *testing.T) {
	st, _ := newStore(t)
	l := openLearner(t, st, newModels)
	stop := run(t, l)
	times := []feed.Millis{start - feed.Day, start - 1, start, start + 1, start + feed.Day}
	want := []feed.Millis{start - feed.Day, start - 1, start, start, start}
	var signals []feed.Signal
	for i, at := range times {
		signals = append(signals, feed.Signal{User: "u", Key: feed.KeyOf(fmt.Sprint(i)), Events: []feed.Event{
			{User: "u", Article: 1, Action: feed.Exposure, Time: at},
			{User: "u", Article: feed.ArticleID(1 + i), Action: feed.Click, Time: at},
		}})
	}
	if _, err := l.Submit(t.Context(), signals, start); err != nil {
		t.Fatal(err)
	}
	entries, _, err := st.ReadLog(t.Context(), "", 100)
	if err != nil || len(entries) != len(times) {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries {
		for _, ev := range e.Signal.Events {
			if ev.Time != want[i] {
				t.Errorf("%d ms after now is logged as %d ms after now", times[i]-start, ev.Time-start)
			}
		}
	}
	p, err := st.Profile(t.Context(), "u", start)
	if err != nil || len(p.Acts) != len(times) {
		t.Fatalf("profile %+v, %v", p, err)
	}
	for i, a := range p.Acts {
		if a.Time != want[i] {
			t.Errorf("%d ms after now is an act %d ms after now", times[i]-start, a.Time-start)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestConcurrentWriters ends in what a straight fold of the log ends in,
// whatever order the writers came in.
func TestConcurrentWriters(t *testing.T) {
	st, _ := newStore(t)
	l := openLearner(t, st, newModels)
	stop := run(t, l)
	const writers, rounds = 16, 12
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			w := newWriter(uint64(i))
			for j := range rounds {
				mine := w.signal(feed.UserID(fmt.Sprintf("writer-%d", i)))
				shared := feed.Signal{User: "all", Key: feed.KeyOf("shared", fmt.Sprint(j)), Events: []feed.Event{
					{User: "all", Article: feed.ArticleID(1 + j), Action: feed.Share, Time: start},
				}}
				if _, err := l.Submit(t.Context(), []feed.Signal{mine, shared}, start+feed.Hour); err != nil {
					t.Error(err)
					return
				}
				var err error
				if j%3 == 0 {
					_, err = l.PutArticles(t.Context(), []feed.Article{w.article()})
				} else if j%5 == 0 {
					_, err = l.WithdrawArticles(t.Context(), []feed.ArticleID{w.article().ID})
				}
				if err != nil {
					t.Error(err)
					return
				}
				if l.Models().Catalog.Lookup(feed.ArticleID(1+j)) == nil {
					t.Errorf("writer %d: article %d is unknown after a signal about it", i, 1+j)
				}
			}
		})
	}
	wg.Wait()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	models, file := straight(t, st)
	if !bytes.Equal(state(t, l), models) {
		t.Error("the models differ from a straight fold of the log")
	}
	if !bytes.Equal(newest(t, st), file) {
		t.Error("the snapshot differs from that of a straight fold of the log")
	}
	p, err := st.Profile(t.Context(), "all", start)
	if err != nil || len(p.Acts) != rounds {
		t.Errorf("%d shared acts count, want %d (%v)", len(p.Acts), rounds, err)
	}
}

// TestStoreFailsForAWhile lets reading and waiting for the log fail: writes
// that come meanwhile are folded when they return.
func TestStoreFailsForAWhile(t *testing.T) {
	st, _ := newStore(t)
	bad := &flaky{Store: st}
	bad.reads.Store(2)
	l := openLearner(t, bad, newModels)
	stop := run(t, l)
	w := newWriter(1)
	for i := range 6 {
		bad.waits.Store(int64(i % 2))
		bad.reads.Store(int64(i % 3))
		if _, err := l.Submit(t.Context(), []feed.Signal{w.signal(w.reader())}, start+feed.Hour); err != nil {
			t.Fatal(err)
		}
		if n := l.Folded(); n != uint64(i+1) {
			t.Fatalf("%d entries folded when write %d returned", n, i+1)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if models, file := straight(t, st); !bytes.Equal(state(t, l), models) || !bytes.Equal(newest(t, st), file) {
		t.Error("the models differ from a straight fold of the log")
	}
}

// TestLateFold gives up waiting for the fold, not the write. Only a withdrawal
// must be in the models, and says so.
func TestLateFold(t *testing.T) {
	st, _ := newStore(t)
	l, err := learn.Open(t.Context(), learn.Config{AwaitTimeout: time.Millisecond}, st, newModels)
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(1)
	outcomes, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start) // nobody folds
	if err != nil || len(outcomes) != 1 || outcomes[0] != store.Accepted || l.Folded() != 0 {
		t.Fatalf("%v, %v, %d folded", outcomes, err, l.Folded())
	}
	a := w.article()
	if created, err := l.PutArticles(t.Context(), []feed.Article{a}); err != nil || !created[0] {
		t.Fatalf("%v, %v", created, err)
	}
	if _, err := l.WithdrawArticles(t.Context(), []feed.ArticleID{a.ID}); feed.KindOf(err) != feed.Unavailable {
		t.Errorf("a withdrawal that answers do not show yet: %v", err)
	}
	drain(t, l)
	if it := l.Models().Catalog.Lookup(a.ID); l.Folded() != 3 || it == nil || !it.Withdrawn {
		t.Errorf("%d entries folded, article %+v", l.Folded(), it)
	}
}

func TestRefusedConfig(t *testing.T) {
	st, _ := newStore(t)
	for _, cfg := range []learn.Config{
		{Stretch: -1}, {SnapshotEvery: -1}, {AwaitTimeout: -1}, {Values: feed.Values{Click: 1}},
	} {
		if _, err := learn.Open(t.Context(), cfg, st, newModels); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
