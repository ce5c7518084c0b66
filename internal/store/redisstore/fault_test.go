package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// server starts a server that the test may break.
func server(t *testing.T, settings ...string) *redistest.Server {
	t.Helper()
	s, err := redistest.Start(t.TempDir(), settings...)
	must(t, err)
	t.Cleanup(s.Kill)
	return s
}

// calls is one of each kind of call.
func calls(ctx context.Context, s *redisstore.Store) map[string]error {
	_, _, signals := s.AppendSignals(ctx, []feed.Signal{signal("u", "new", 1)}, day0)
	_, _, articles := s.PutArticles(ctx, []feed.Article{article(1)})
	_, forget := s.Forget(ctx, "u")
	p, profile := s.Profile(ctx, "u", day0)
	_, pageAt := s.PageAt(ctx, "u", 1, day0, 0)
	_, _, log := s.ReadLog(ctx, "", 1)
	version := uint64(1)
	if profile == nil {
		version = p.Version
	}
	_, keys := s.SigningKeys(ctx)
	_, prune := s.Prune(ctx, day0)
	return map[string]error{
		"signals": signals, "articles": articles, "forget": forget, "profile": profile, "pageAt": pageAt, "log": log, "keys": keys, "prune": prune,
		"page": s.PutPage(ctx, &feed.Page{User: "u", Channel: 1, Stamp: day0}, version),
	}
}

// TestAway has a server frozen, killed and come back: every call says that it is
// unavailable, in bounded time, and works again by itself.
func TestAway(t *testing.T) {
	srv := server(t, "--appendonly", "yes", "--appendfsync", "always")
	cfg := small(t)
	cfg.Timeout = 200 * time.Millisecond
	s := open(t, srv.URL(), cfg)
	defer s.Close() //nolint:errcheck // closed only to end
	send(t, s, signal("u", "1", 1))
	wantAll := func(what string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for call, err := range calls(ctx, s) {
			if err == nil || feed.KindOf(err) != feed.Unavailable {
				t.Errorf("%s: %s: %v, want unavailable", what, call, err)
			}
		}
		if ctx.Err() != nil {
			t.Errorf("%s: calls are not bounded", what)
		}
	}
	srv.Pause()
	wantAll("frozen")
	srv.Resume()
	again(t, s)
	srv.Kill()
	wantAll("killed")
	must(t, srv.Restart())
	again(t, s)
	if got, _ := entries(t, s, ""); !slices.Contains(got, "u/1") {
		t.Errorf("log %v", got)
	}
}

// TestRefused has a server that no longer lets the store in, or lets it in and
// refuses what it does: every call says that it is unavailable, and why.
func TestRefused(t *testing.T) {
	for what, refuse := range map[string]struct {
		words []string
		all   bool // calls, else those that write into the log
	}{
		"NOPERM": {[]string{"ACL", "SETUSER", "default", "-@all", "+acl"}, true},
		"script": {[]string{"ACL", "SETUSER", "default", "-xadd", "-hset", "-set"}, false},
		"NOAUTH": {[]string{"CONFIG", "SET", "requirepass", "secret"}, true},
	} {
		t.Run(what, func(t *testing.T) {
			srv := server(t)
			s := open(t, srv.URL(), small(t))
			defer s.Close() //nolint:errcheck // closed only to end
			send(t, s, signal("u", "1", 1))
			c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{srv.Addr}, ForceSingleClient: true, DisableCache: true})
			must(t, err)
			defer c.Close()
			must(t, c.Do(t.Context(), c.B().Arbitrary(refuse.words...).Build()).Error())
			if what == "NOAUTH" { // else whoever is in stays in
				must(t, c.Do(t.Context(), c.B().Arbitrary("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Build()).Error())
				calls(t.Context(), s) // find their connections closed
			}
			for call, err := range calls(t.Context(), s) {
				switch {
				case !refuse.all && !slices.Contains([]string{"signals", "articles", "forget"}, call):
				case err == nil || feed.KindOf(err) != feed.Unavailable:
					t.Errorf("%s: %v, want unavailable", call, err)
				case refuse.all && !strings.Contains(err.Error(), what):
					t.Errorf("%s: %v, which does not say why", call, err)
				}
			}
		})
	}
}

// TestOutageIsToldOnce has a server be away while the log is followed and
// repaired.
func TestOutageIsToldOnce(t *testing.T) {
	srv := server(t)
	cfg := small(t)
	var log bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Timeout, cfg.RepairEvery = 200*time.Millisecond, 50*time.Millisecond
	s := open(t, srv.URL(), cfg)
	srv.Kill()
	<-time.After(2 * time.Second)
	must(t, srv.Restart())
	again(t, s)
	must(t, s.Close())
	for _, doing := range []string{"following the log", "looking for changes that were not ordered"} {
		if n := strings.Count(log.String(), `level=WARN msg="`+doing+`"`); n != 1 {
			t.Errorf("%d warnings of %s in one outage:\n%s", n, doing, log.String())
		}
	}
}

// again waits until a store works.
func again(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var err error
	for ctx.Err() == nil {
		if _, _, err = s.PutArticles(ctx, []feed.Article{article(1)}); err == nil {
			return
		}
	}
	t.Fatalf("the store does not work again: %v", err)
}

// TestFull has no memory left: writes are refused, reads are not.
func TestFull(t *testing.T) {
	srv := server(t)
	s := open(t, srv.URL(), small(t))
	defer s.Close() //nolint:errcheck // closed only to end
	send(t, s, signal("u", "1", 1))
	_, err := srv.Do(t.Context(), "CONFIG", "SET", "maxmemory", "1")
	must(t, err)
	for call, err := range calls(t.Context(), s) {
		reads := slices.Contains([]string{"profile", "pageAt", "log", "keys", "prune"}, call)
		if reads != (err == nil) || (err != nil && feed.KindOf(err) != feed.Unavailable) {
			t.Errorf("%s: %v", call, err)
		}
	}
	_, err = srv.Do(t.Context(), "CONFIG", "SET", "maxmemory", "0")
	must(t, err)
	again(t, s)
}

// TestTooFewReplicas asks for one where there is none: nothing is called
// durable, and nothing is ordered.
func TestTooFewReplicas(t *testing.T) {
	cfg := small(t)
	cfg.Timeout, cfg.WaitReplicas = time.Second, 1
	s := open(t, shared.single.URL(), cfg)
	defer s.Close() //nolint:errcheck // closed only to end
	_, _, err := s.AppendSignals(t.Context(), []feed.Signal{signal("u", "1", 1)}, day0)
	wantKind(t, err, feed.Unavailable)
	if got, _ := entries(t, s, ""); len(got) != 0 {
		t.Fatalf("log %v, of what no replica has", got)
	}
	wantKind(t, s.Repair(t.Context()), feed.Unavailable)
	if got, _ := entries(t, s, ""); len(got) != 0 {
		t.Fatalf("log %v, of what no replica has", got)
	}
}

// TestKilledMaster kills a master of a cluster under load: with WAIT, what was
// acknowledged is there afterwards, in the log and in profiles, once.
func TestKilledMaster(t *testing.T) {
	c, err := redistest.StartCluster(t.TempDir(), 3, 1)
	must(t, err)
	t.Cleanup(c.Stop)
	cfg := small(t)
	cfg.Timeout, cfg.WaitReplicas, cfg.RepairEvery = time.Second, 1, 100*time.Millisecond
	s := open(t, c.URL(), cfg)
	defer s.Close() //nolint:errcheck // closed only to end

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const writers, each = 6, 150
	var wg sync.WaitGroup
	half := make(chan struct{}, writers*each)
	for w := range writers {
		wg.Go(func() {
			user := feed.UserID(fmt.Sprint("writer", w))
			for i := range each {
				half <- struct{}{}
				for {
					_, _, err := s.AppendSignals(ctx, []feed.Signal{signal(user, fmt.Sprint(i), feed.ArticleID(i+1))}, day0)
					if err == nil {
						break
					}
					if feed.KindOf(err) != feed.Unavailable || ctx.Err() != nil {
						t.Errorf("%s/%d: %v", user, i, err)
						return
					}
				}
			}
		})
	}
	for range writers * each / 3 {
		<-half
	}
	victim, err := c.Owner(ctx, s.OrderKeys()[0])
	must(t, err)
	victim.Kill()
	_, err = c.AwaitOwner(ctx, s.OrderKeys()[0], victim)
	must(t, err)
	must(t, victim.Restart()) // as the new master's replica, without which nothing is durable
	wg.Wait()
	must(t, s.Repair(ctx))
	got, _ := entries(t, s, "")
	seen := map[string]int{}
	for _, e := range got {
		seen[e]++
	}
	for w := range writers {
		user := feed.UserID(fmt.Sprint("writer", w))
		p, err := s.Profile(ctx, user, day0)
		must(t, err)
		if len(p.Acted) != each {
			t.Errorf("%s acted on %d articles, want %d", user, len(p.Acted), each)
		}
		for i := range each {
			if n := seen[fmt.Sprintf("%s/%d", user, i+1)]; n != 1 {
				t.Errorf("%s/%d is in the log %d times", user, i+1, n)
			}
		}
	}
}

// TestSnapshotDirIsForOneProcess has a second one refused, as is one whose Redis
// is not there.
func TestSnapshotDirIsForOneProcess(t *testing.T) {
	cfg := small(t)
	s := open(t, shared.single.URL(), cfg)
	_, err := redisstore.Open(t.Context(), shared.single.URL(), cfg)
	if !errors.Is(err, redisstore.ErrInUse) {
		t.Errorf("second process: %v", err)
	}
	must(t, s.Close())
	open(t, shared.single.URL(), cfg).Close() //nolint:errcheck // closed only to end
	srv := server(t)
	srv.Kill()
	if _, err := redisstore.Open(t.Context(), srv.URL(), cfg); err == nil || feed.KindOf(err) != feed.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}

// TestEvictionIsWarnedOf looks into the log of a process on a Redis that is set
// up as a cache.
func TestEvictionIsWarnedOf(t *testing.T) {
	for policy, want := range map[string]bool{"noeviction": false, "allkeys-lru": true} {
		srv := server(t, "--maxmemory-policy", policy)
		var log bytes.Buffer
		cfg := small(t)
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		must(t, open(t, srv.URL(), cfg).Close())
		if got := strings.Contains(log.String(), "level=WARN"); got != want {
			t.Errorf("%s: log %q", policy, log.String())
		}
	}
}
