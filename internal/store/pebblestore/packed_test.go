package pebblestore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/storetest"
)

// packing packs all cached profiles before it is asked anything about readers.
type packing struct{ *pebblestore.Store }

func (s packing) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	s.PackProfiles()
	return s.Store.Profile(ctx, user, now)
}

func (s packing) PutPage(ctx context.Context, page *feed.Page, version uint64) error {
	s.PackProfiles()
	return s.Store.PutPage(ctx, page, version)
}

func (s packing) AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) ([]store.Outcome, feed.Position, error) {
	s.PackProfiles()
	return s.Store.AppendSignals(ctx, signals, now)
}

func (s packing) Prune(ctx context.Context, before feed.Millis) (int, error) {
	s.PackProfiles()
	return s.Store.Prune(ctx, before)
}

func (s packing) Forget(ctx context.Context, user feed.UserID) (feed.Position, error) {
	s.PackProfiles()
	return s.Store.Forget(ctx, user)
}

func TestContractPacked(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return packing{open(t, "/store", small(vfs.NewMem()))} })
}

func profileOf(t *testing.T, s *pebblestore.Store, user feed.UserID, now feed.Millis) feed.Profile {
	t.Helper()
	p, err := s.Profile(t.Context(), user, now)
	if err != nil {
		t.Fatal(err)
	}
	return *p
}

// TestPackedProfilesAreTheSame has readers act and be served while profiles are
// packed and come back, and compares all of each with what it was.
func TestPackedProfilesAreTheSame(t *testing.T) {
	s := open(t, "/store", small(vfs.NewMem()))
	defer closed(t, s)
	rng := rand.New(rand.NewPCG(1, 2))
	now := noon
	for range 3000 {
		now += feed.Millis(rng.IntN(5000))
		var want []feed.Event
		user := feed.UserID(fmt.Sprint("u", rng.IntN(20)))
		before := profileOf(t, s, user, now)
		if rng.IntN(2) == 0 {
			s.PackProfiles()
		}
		if after := profileOf(t, s, user, now); !reflect.DeepEqual(before, after) {
			t.Fatalf("%+v came back as %+v", before, after)
		}
		if rng.IntN(2) == 0 {
			s.PackProfiles()
		}
		if rng.IntN(3) == 0 {
			page := &feed.Page{User: user, Channel: feed.ChannelID(rng.IntN(3)), Stamp: now}
			page.Stamp = max(now-feed.Millis(rng.IntN(2000)), before.NewestStamp(page.Channel)+1)
			for range rng.IntN(12) {
				page.Places = append(page.Places, feed.Place{Article: feed.ArticleID(1 + rng.Int64N(1<<62)), Propensity: 1})
			}
			must(t, s.PutPage(t.Context(), page, before.Version))
			if p := profileOf(t, s, user, now); len(p.Served) != len(before.Served)+len(page.Places) || p.Version == before.Version {
				t.Fatalf("%d articles served and %d more are %d", len(before.Served), len(page.Places), len(p.Served))
			}
			continue
		}
		for range 1 + rng.IntN(6) { // more than there is room for behind one that is packed
			sig := feed.Signal{User: user}
			for range 1 + rng.IntN(2) {
				sig.Events = append(sig.Events, feed.Event{User: user, Article: feed.ArticleID(1 + rng.IntN(300)), Action: feed.Read, Time: now - feed.Millis(rng.IntN(100_000)), Channel: feed.ChannelID(rng.IntN(3)), ReadTime: feed.Millis(rng.IntN(9))})
			}
			_, _, err := s.AppendSignals(t.Context(), []feed.Signal{sig}, now)
			must(t, err)
			want = append(want, sig.Events...)
		}
		p := profileOf(t, s, user, now)
		if p.Version == before.Version {
			t.Fatalf("version %d is that of before", p.Version)
		}
		for i := range want {
			if got := p.Acts[len(p.Acts)-len(want)+i]; got != feed.ActOf(&want[i]) {
				t.Fatalf("the acts are %+v, not %+v in the end", p.Acts, want)
			}
		}
	}
	for i := range 20 {
		user := feed.UserID(fmt.Sprint("u", i))
		was := profileOf(t, s, user, now)
		s.DropProfiles()
		is := profileOf(t, s, user, now)
		is.Version, is.Newest, was.Version, was.Newest = 0, nil, 0, nil // channels come in another order
		if !reflect.DeepEqual(was, is) {
			t.Fatalf("in memory %+v, on disk %+v", was, is)
		}
	}
}

// TestProfilesKeepWithinBounds has more readers than there is room for.
func TestProfilesKeepWithinBounds(t *testing.T) {
	cfg := small(vfs.NewMem())
	cfg.CachedProfiles, cfg.ProfileBytes = 256*20, 256*14_000
	s := open(t, "/store", cfg)
	defer closed(t, s)
	most := 0
	for i := range 8_000 {
		user := feed.UserID(fmt.Sprint("reader-", i))
		must(t, serve(s, user, day0))
		if i%500 == 0 {
			m := s.Metrics()
			most = max(most, m.CachedProfiles)
			if m.CachedProfiles > cfg.CachedProfiles {
				t.Fatalf("%d profiles are in memory", m.CachedProfiles)
			}
			if m.ProfileBytes > cfg.ProfileBytes {
				t.Fatalf("profiles take %d bytes", m.ProfileBytes)
			}
		}
	}
	if most < 256*17 {
		t.Errorf("%d profiles at the most were in memory", most)
	}
	for i := 0; i < 8_000; i += 999 {
		if p := profileOf(t, s, feed.UserID(fmt.Sprint("reader-", i)), day0); len(p.Served) != 10 {
			t.Errorf("reader %d was served %d articles", i, len(p.Served))
		}
	}
}
