package guard_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/guard"
)

// sick is a store that does what a test says. Calls are counted.
type sick struct {
	store.Store
	mu    sync.Mutex
	does  func(ctx context.Context) error
	calls int
}

func (s *sick) set(does func(ctx context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.does, s.calls = does, 0
}

func (s *sick) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *sick) call(ctx context.Context) error {
	s.mu.Lock()
	s.calls++
	does := s.does
	s.mu.Unlock()
	return does(ctx)
}

func (s *sick) Profile(ctx context.Context, _ feed.UserID, _ feed.Millis) (*feed.Profile, error) {
	return &feed.Profile{}, s.call(ctx)
}

func (s *sick) PutPage(ctx context.Context, _ *feed.Page, _ uint64) error { return s.call(ctx) }

func (s *sick) AppendSignals(ctx context.Context, _ []feed.Signal, _ feed.Millis) ([]store.Outcome, feed.Position, error) {
	return nil, "", s.call(ctx)
}

func (s *sick) ListArticles(ctx context.Context, _ feed.ArticleID, _ int) ([]feed.Article, error) {
	return nil, s.call(ctx)
}

func (s *sick) Prune(ctx context.Context, _ feed.Millis) (int, error) { return 0, s.call(ctx) }

var errDown = errors.New("connection refused")

func well(context.Context) error { return nil }

func fails(context.Context) error { return feed.Wrap(feed.Unavailable, errDown, "reading") }

// hangs until the call is given up.
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return feed.Wrap(feed.Unavailable, ctx.Err(), "reading")
}

func read(ctx context.Context, s store.Store) error {
	_, err := s.Profile(ctx, "u", 1)
	return err
}

func write(ctx context.Context, s store.Store) error {
	_, _, err := s.AppendSignals(ctx, nil, 1)
	return err
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	if err == nil || feed.KindOf(err) != feed.Unavailable {
		t.Fatalf("error %v; want one of kind unavailable", err)
	}
}

func class(s *guard.Store, calls string) guard.Class {
	all := s.Classes()
	return all[slices.IndexFunc(all, func(c guard.Class) bool { return c.Calls == calls })]
}

// TestHangs: a call ends when its time is up, and does not say that the
// caller's was.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &sick{does: hangs}
		s := guarded(t, inner, guard.Config{})
		for name, tt := range map[string]struct {
			call func() error
			took time.Duration
		}{
			"read":  {func() error { return read(t.Context(), s) }, 100 * time.Millisecond},
			"page":  {func() error { return s.PutPage(t.Context(), nil, 1) }, 100 * time.Millisecond},
			"write": {func() error { return write(t.Context(), s) }, 1500 * time.Millisecond},
			"batch": {func() error { _, _, err := s.AppendSignals(t.Context(), make([]feed.Signal, 500), 1); return err }, 2 * time.Second},
			"list":  {func() error { _, err := s.ListArticles(t.Context(), 0, 1); return err }, 1500 * time.Millisecond},
		} {
			start := time.Now()
			err := tt.call()
			unavailable(t, err)
			if took := time.Since(start); took != tt.took {
				t.Errorf("a %s took %v, want %v", name, took, tt.took)
			}
			if errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "did not answer within") {
				t.Errorf("a %s ended with %v", name, err)
			}
		}
		if c := class(s, "reads"); c.Late != 1 || c.InFlight != 0 {
			t.Errorf("%+v", c)
		}
		// What works in the background takes its time.
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if _, err := s.Prune(ctx, 1); err == nil || time.Since(start) != time.Hour {
			t.Errorf("pruning ended after %v: %v", time.Since(start), err)
		}
	})
}

// TestBreaker opens after five failures, lets one call try every 250 ms, and
// closes as soon as the store is back.
func TestBreaker(t *testing.T) {
	for name, broken := range map[string]func(context.Context) error{"fails": fails, "hangs": hangs} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &sick{does: broken}
				s := guarded(t, inner, guard.Config{})
				for range 5 {
					unavailable(t, read(t.Context(), s))
				}
				// Thirty seconds of a hundred calls a second.
				inner.set(broken)
				start := time.Now()
				for time.Since(start) < 30*time.Second {
					unavailable(t, read(t.Context(), s))
					<-time.After(10 * time.Millisecond)
				}
				if n := inner.count(); n < 60 || n > 120 {
					t.Errorf("%d calls tried in 30 s", n)
				}
				if c := class(s, "reads"); !c.Open || c.Refused == 0 {
					t.Errorf("while the store is away: %+v", c)
				}
				inner.set(well)
				back := time.Now()
				for read(t.Context(), s) != nil {
					<-time.After(10 * time.Millisecond)
				}
				if took := time.Since(back); took > 400*time.Millisecond {
					t.Errorf("back after %v", took)
				}
				if c := class(s, "reads"); c.Open {
					t.Errorf("after the store is back: %+v", c)
				}
			})
		})
	}
}

// TestBreakerSaysWhy looks into the log.
func TestBreakerSaysWhy(t *testing.T) {
	var log bytes.Buffer
	s := guarded(t, &sick{does: fails}, guard.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	var err error
	for range 5 {
		err = read(t.Context(), s)
		unavailable(t, err)
	}
	if text := log.String(); !strings.Contains(text, "given a rest") || !strings.Contains(text, err.Error()) {
		t.Errorf("five times %q, and the log says %q", err, text)
	}
}

// TestClassesApart: a store that takes no writes answers reads.
func TestClassesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &sick{does: fails}
		s := guarded(t, inner, guard.Config{})
		for range 5 {
			unavailable(t, write(t.Context(), s))
		}
		inner.set(well)
		unavailable(t, write(t.Context(), s))
		if err := read(t.Context(), s); err != nil {
			t.Error(err)
		}
		if err := s.PutPage(t.Context(), nil, 1); err != nil {
			t.Error(err)
		}
	})
}

// TestHalfFails opens a breaker without five failures in a row.
func TestHalfFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &sick{does: well}
		s := guarded(t, inner, guard.Config{})
		n := 0
		for ; n < 1000 && !class(s, "reads").Open; n++ {
			inner.set([]func(context.Context) error{well, fails}[n%2])
			read(t.Context(), s) //nolint:errcheck // every second one fails
		}
		if n != 20 {
			t.Errorf("open after %d calls", n)
		}
	})
}

// TestNotTheStoresFault: what says nothing of the store's health counts for
// nothing.
func TestNotTheStoresFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &sick{does: hangs}
		s := guarded(t, inner, guard.Config{})
		for range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			err := read(ctx, s)
			cancel()
			unavailable(t, err)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("error %v does not wrap the context's", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 {
			unavailable(t, read(ctx, s))
		}
		for _, err := range []error{feed.ErrConflict, feed.Invalidf("user_id", "is bad"), feed.Errorf(feed.NotFound, "none"), errors.New("bug")} {
			inner.set(func(context.Context) error { return err })
			for range 50 {
				if got := read(t.Context(), s); !errors.Is(got, err) {
					t.Fatalf("error %v, want %v", got, err)
				}
			}
		}
		if c := class(s, "reads"); c.Open || c.Late != 0 || c.Refused != 0 || c.InFlight != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// TestDeaf: a store that hangs and heeds no context holds so many calls, and
// the rest end at once.
func TestDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		awake := make(chan struct{})
		inner := &sick{does: func(context.Context) error { <-awake; return nil }}
		cfg := guard.InFlight()
		cfg.Reads.Calls = 8
		s := guarded(t, inner, cfg)
		var held sync.WaitGroup
		for range 8 {
			held.Go(func() {
				if err := read(t.Context(), s); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		for range 10_000 {
			unavailable(t, read(t.Context(), s))
		}
		if c := class(s, "reads"); time.Since(start) != 0 || c.InFlight != 8 || c.Full != 10_000 {
			t.Errorf("after %v: %+v", time.Since(start), c)
		}
		close(awake)
		held.Wait()
		if err := read(t.Context(), s); err != nil {
			t.Error(err)
		}
	})
}

// TestPanic leaves nothing counted as under way.
func TestPanic(t *testing.T) {
	inner := &sick{does: func(context.Context) error { panic("a bug") }}
	s := guarded(t, inner, guard.Config{})
	func() {
		defer func() { _ = recover() }()
		read(t.Context(), s) //nolint:errcheck // it panics
	}()
	if c := class(s, "reads"); c.InFlight != 0 {
		t.Errorf("%+v", c)
	}
}

func TestConfig(t *testing.T) {
	for _, cfg := range []guard.Config{{Rest: -1}, {Row: -1}, {Trip: 1 << 30}} {
		if _, err := guard.New(nil, cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
