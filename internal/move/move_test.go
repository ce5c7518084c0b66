package move_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/move"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

const day0 = 20_000 * feed.Day

func open(t *testing.T) *pebblestore.Store {
	t.Helper()
	s, err := pebblestore.Open("/store", pebblestore.Config{
		CacheBytes: 1 << 20, MemTableBytes: 4 << 20, FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filled is a store of several chunks of everything, of an installation with a
// key.
func filled(t *testing.T, secret byte) *pebblestore.Store {
	t.Helper()
	s, ctx := open(t), t.Context()
	key := feed.SigningKey{ID: 1, Created: day0}
	key.Secret[0] = secret
	must(t, s.AddSigningKey(ctx, key))
	var articles []feed.Article
	for id := range feed.ArticleID(1_100) {
		articles = append(articles, feed.Article{ID: id + 1, Channels: []feed.ChannelID{1}, Published: day0, Title: fmt.Sprint("title ", id), Boost: 1})
	}
	_, _, err := s.PutArticles(ctx, articles)
	must(t, err)
	var signals []feed.Signal
	for i := range 4_000 {
		user := feed.UserID(fmt.Sprint("reader ", i%400))
		signals = append(signals, feed.Signal{User: user, Key: feed.KeyOf(fmt.Sprint(i)), Events: []feed.Event{
			{User: user, Article: feed.ArticleID(1 + i%1_100), Action: feed.Click, Time: day0 + feed.Millis(i)},
		}})
	}
	_, _, err = s.AppendSignals(ctx, signals, day0)
	must(t, err)
	for i := range 50 {
		user := feed.UserID(fmt.Sprint("reader ", i))
		p, err := s.Profile(ctx, user, day0)
		must(t, err)
		must(t, s.PutPage(ctx, &feed.Page{User: user, Channel: 1, Stamp: day0, Places: []feed.Place{{Article: 3, Propensity: 1}}}, p.Version))
	}
	return s
}

func equal(t *testing.T, r *move.Report) {
	t.Helper()
	if len(r.Sums) != 6 {
		t.Fatalf("%d kinds were compared", len(r.Sums))
	}
	want := []uint64{1, 1_100, 400, 50, 4_000, 5_100}
	for i, c := range r.Sums {
		if !c.Equal() || c.Source.Count != want[i] {
			t.Errorf("%+v, want %d of them", c, want[i])
		}
	}
}

var errBreak = feed.Errorf(feed.Unavailable, "the copy is broken off")

// breaking is a target at which the n-th call that takes something fails, having
// done it or not.
type breaking struct {
	*pebblestore.Store
	n, calls int
}

func (b *breaking) call(do func() error) error {
	b.calls++
	if b.calls != b.n {
		return do()
	}
	if b.n%2 == 0 {
		return errors.Join(errBreak, do())
	}
	return errBreak
}

func (b *breaking) NoteMove(ctx context.Context, note string) error {
	return b.call(func() error { return b.Store.NoteMove(ctx, note) })
}

func (b *breaking) TakeArticles(ctx context.Context, articles []feed.Article) error {
	return b.call(func() error { return b.Store.TakeArticles(ctx, articles) })
}

func (b *breaking) TakeFacts(ctx context.Context, facts []store.Fact) error {
	return b.call(func() error { return b.Store.TakeFacts(ctx, facts) })
}

func (b *breaking) TakeLog(ctx context.Context, first uint64, entries []feed.Entry) error {
	return b.call(func() error { return b.Store.TakeLog(ctx, first, entries) })
}

// TestBrokenOff breaks a copy off at every call, each time going on from where it
// broke, and one that is broken off once at each.
func TestBrokenOff(t *testing.T) {
	source := filled(t, 1)
	whole := &breaking{Store: open(t)}
	r, err := move.Run(t.Context(), source, whole, nil)
	must(t, err)
	equal(t, r)
	if r.Resumed || r.Rows != 1+1_100+400+50+4_000+5_100 {
		t.Errorf("%+v of a copy in one go", r)
	}
	if whole.calls < 15 {
		t.Fatalf("%d calls only", whole.calls)
	}
	for n := 1; n <= whole.calls; n++ {
		target := &breaking{Store: open(t), n: n}
		if _, err := move.Run(t.Context(), source, target, nil); !errors.Is(err, errBreak) {
			t.Fatalf("call %d failed, the copy says %v", n, err)
		}
		r, err := move.Run(t.Context(), source, target, nil)
		must(t, err)
		equal(t, r)
		if n > 2 && !r.Resumed {
			t.Errorf("after call %d the copy began anew", n)
		}
	}
	often := &breaking{Store: open(t)}
	runs := 0
	for often.n = 3; ; often.n = often.calls + 7 {
		runs++
		if _, err = move.Run(t.Context(), source, often, nil); err == nil {
			break
		}
		if !errors.Is(err, errBreak) || runs > 100 {
			t.Fatalf("run %d: %v", runs, err)
		}
	}
	if runs < 3 {
		t.Errorf("%d runs only", runs)
	}
}

// forging is a target that loses a mark and changes a page.
type forging struct{ *pebblestore.Store }

func (f forging) TakeFacts(ctx context.Context, facts []store.Fact) error {
	for i := range facts {
		if facts[i].Mark != nil {
			facts = append(facts[:i:i], facts[i+1:]...)
			break
		}
	}
	for i := range facts {
		if facts[i].Page != nil {
			p := *facts[i].Page
			p.Nonce++
			facts[i].Page = &p
		}
	}
	return f.Store.TakeFacts(ctx, facts)
}

func TestDifferences(t *testing.T) {
	source, target := filled(t, 1), open(t)
	r, err := move.Run(t.Context(), source, forging{target}, nil)
	if !errors.Is(err, move.ErrDiffers) || !strings.Contains(err.Error(), "in pages, marks of signals:") {
		t.Fatalf("error %v of a forged copy", err)
	}
	var out strings.Builder
	must(t, r.Print(&out))
	if strings.Count(out.String(), "DIFFERENT") != 2 || strings.Count(out.String(), "equal") != 4 {
		t.Errorf("printed\n%s", out.String())
	}
	// What differs is copied anew.
	r, err = move.Run(t.Context(), source, target, nil)
	must(t, err)
	equal(t, r)
	if !r.Resumed {
		t.Error("it began anew")
	}
}

// TestSourceInUse records a signal at the source after that was compared, and
// before.
func TestSourceInUse(t *testing.T) {
	for _, moment := range []string{"checking the target", "log entries"} {
		source, target, used := filled(t, 1), open(t), false
		use := func(p move.Progress) {
			if p.Doing != moment || used {
				return
			}
			used = true
			_, _, err := source.AppendSignals(t.Context(), []feed.Signal{{User: "late", Key: feed.KeyOf("late"), Events: []feed.Event{
				{User: "late", Article: 1, Action: feed.Click, Time: day0},
			}}}, day0)
			must(t, err)
		}
		if _, err := move.Run(t.Context(), source, target, use); !errors.Is(err, move.ErrDiffers) || !used {
			t.Fatalf("used while %s: %v", moment, err)
		}
		r, err := move.Run(t.Context(), source, target, nil)
		must(t, err)
		for i, want := range []uint64{1, 1_100, 401, 50, 4_001, 5_101} {
			if c := r.Sums[i]; !c.Equal() || c.Source.Count != want {
				t.Errorf("used while %s: %+v, want %d of them", moment, c, want)
			}
		}
	}
}

func TestTargets(t *testing.T) {
	source, ctx := filled(t, 1), t.Context()
	target := open(t)
	must(t, target.AddSigningKey(ctx, feed.SigningKey{ID: 1}))
	if _, err := move.Run(ctx, source, target, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error %v of a target that is in use", err)
	}
	half := &breaking{Store: open(t), n: 9}
	if _, err := move.Run(ctx, source, half, nil); !errors.Is(err, errBreak) {
		t.Fatal(err)
	}
	if _, err := move.Run(ctx, filled(t, 2), half, nil); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Errorf("error %v of a target that holds a part of another installation", err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := move.Run(over, source, half, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of a copy that was given up", err)
	}
	empty := open(t)
	r, err := move.Run(ctx, open(t), empty, nil)
	if err != nil || r.Rows != 0 {
		t.Errorf("%+v, %v of an empty store", r, err)
	}
}

func TestProgress(t *testing.T) {
	var out strings.Builder
	lines := move.Lines(&out)
	_, err := move.Run(t.Context(), filled(t, 1), open(t), lines)
	must(t, err)
	want := "signing keys\narticles\nfacts of readers\nlog entries\nchecking the source\nchecking the target\n"
	if out.String() != want {
		t.Errorf("progress\n%s\nwant\n%s", out.String(), want)
	}
}
