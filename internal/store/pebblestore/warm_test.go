package pebblestore_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/storetest"
)

// warmed drops all cached profiles now and then and reads them again.
type warmed struct{ forgetful }

func (s *warmed) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	if s.drop(); s.calls.Load()%3 == 0 {
		if err := s.Warm(ctx, now); err != nil {
			return nil, err
		}
	}
	return s.Store.Profile(ctx, user, now)
}

func TestContractWarmed(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return &warmed{forgetful{Store: open(t, "/store", small(vfs.NewMem()))}}
	})
}

const noon = feed.Millis(1735732800000) // 2025-01-01

// lived writes the acts and pages of some readers; every third has one of them
// only.
func lived(t *testing.T, s *pebblestore.Store, readers int) {
	t.Helper()
	for i := range readers {
		user := feed.UserID(fmt.Sprint("u", i))
		if i%3 != 1 {
			for k := range 3 {
				ev := feed.Event{User: user, Article: feed.ArticleID(1 + i + k), Action: feed.Click, Time: noon, Channel: 1}
				if _, _, err := s.AppendSignals(t.Context(), []feed.Signal{{User: user, Events: []feed.Event{ev}}}, noon); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%3 == 2 {
			continue
		}
		for k, age := range []feed.Millis{40 * feed.Day, 35 * feed.Day, feed.Day, feed.Hour} {
			if k == 3 && i%2 == 0 {
				continue
			}
			p, err := s.Profile(t.Context(), user, noon)
			if err != nil {
				t.Fatal(err)
			}
			page := &feed.Page{User: user, Channel: feed.ChannelID(k / 2), Stamp: noon - age, Places: []feed.Place{{Article: feed.ArticleID(100 + k), Propensity: 1}}}
			if err := s.PutPage(t.Context(), page, p.Version); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWarmProfilesAreThoseOfTheDisk(t *testing.T) {
	const readers = 1200 // more than are read at once
	s := open(t, "/store", small(vfs.NewMem()))
	defer s.Close() //nolint:errcheck // in memory
	lived(t, s, readers)
	ask := func(i int) feed.Profile {
		p, err := s.Profile(t.Context(), feed.UserID(fmt.Sprint("u", i)), noon)
		if err != nil {
			t.Fatal(err)
		}
		plain := *p
		plain.Version = 0
		return plain
	}
	var want []feed.Profile
	s.DropProfiles()
	for i := range readers {
		want = append(want, ask(i))
	}
	s.DropProfiles()
	if err := s.Warm(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if n := s.Cached(); n != readers {
		t.Errorf("%d of %d profiles are cached", n, readers)
	}
	for i := range readers {
		if got := ask(i); !reflect.DeepEqual(got, want[i]) {
			t.Fatalf("reader %d: %+v, want %+v", i, got, want[i])
		}
	}
	if n := s.Cached(); n != readers {
		t.Errorf("%d profiles are cached after all were asked for", n)
	}
}

func TestWarmTakesFreeRoomOnly(t *testing.T) {
	cfg := small(vfs.NewMem())
	cfg.ProfileBytes = 1
	s := open(t, "/store", cfg)
	defer s.Close() //nolint:errcheck // in memory
	lived(t, s, 30)
	s.DropProfiles()
	if err := s.Warm(t.Context(), noon); err != nil || s.Cached() != 0 {
		t.Errorf("%d profiles where there is room for none; %v", s.Cached(), err)
	}
}

// TestWarmBesideWriters warms while readers act: nobody's act is missing then.
func TestWarmBesideWriters(t *testing.T) {
	const readers, acts = 60, 40
	s := open(t, "/store", small(vfs.NewMem()))
	defer s.Close() //nolint:errcheck // in memory
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			user := feed.UserID(fmt.Sprint("u", i))
			for k := range acts {
				ev := feed.Event{User: user, Article: feed.ArticleID(1 + k), Action: feed.Click, Time: noon, Channel: 1}
				if _, _, err := s.AppendSignals(context.Background(), []feed.Signal{{User: user, Events: []feed.Event{ev}}}, noon); err != nil {
					t.Error(err)
				}
				p, err := s.Profile(context.Background(), user, noon)
				if err != nil || len(p.Acts) != k+1 {
					t.Errorf("reader %d after %d acts: %+v, %v", i, k+1, p, err)
				}
			}
		})
	}
	warming := make(chan struct{})
	go func() {
		defer close(warming)
		for range 50 {
			s.DropProfiles()
			if err := s.Warm(context.Background(), noon); err != nil {
				t.Error(err)
			}
		}
	}()
	wg.Wait()
	<-warming
}
