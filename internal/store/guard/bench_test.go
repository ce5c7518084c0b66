package guard_test

import (
	"context"
	"fmt"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/guard"
)

// idle is a store that has nothing to do.
type idle struct {
	store.Store
	profile feed.Profile
}

func (s *idle) Profile(context.Context, feed.UserID, feed.Millis) (*feed.Profile, error) {
	return &s.profile, nil
}

func (s *idle) PutPage(context.Context, *feed.Page, uint64) error { return nil }

// BenchmarkGuard is what a refresh asks of the store, a profile and a page put
// back, of a store that does nothing and of Pebble, bare and guarded.
func BenchmarkGuard(b *testing.B) {
	places := make([]feed.Place, 10)
	for i := range places {
		places[i] = feed.Place{Article: feed.ArticleID(i+1) << 20, Propensity: 0.5}
	}
	for _, on := range []struct {
		name string
		open func(b *testing.B) store.Store
	}{
		{"idle", func(*testing.B) store.Store { return &idle{} }},
		{"pebble", func(b *testing.B) store.Store {
			st := pebble(b, b.TempDir(), nil)
			b.Cleanup(func() { st.Close() })
			return st
		}},
	} {
		for _, how := range []struct {
			name string
			wrap func(b *testing.B, st store.Store) store.Store
		}{
			{"bare", func(_ *testing.B, st store.Store) store.Store { return st }},
			{"inflight", func(b *testing.B, st store.Store) store.Store { return guarded(b, st, guard.InFlight()) }},
			{"everything", func(b *testing.B, st store.Store) store.Store { return guarded(b, st, guard.Config{}) }},
		} {
			b.Run(on.name+"/"+how.name, func(b *testing.B) {
				s := how.wrap(b, on.open(b))
				users := make([]feed.UserID, 2000)
				for i := range users {
					users[i] = feed.UserID(fmt.Sprint("user-", i))
				}
				ctx := b.Context()
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					n++
					user, stamp := users[n%len(users)], feed.Millis(n)+20_000*feed.Day
					p, err := s.Profile(ctx, user, stamp)
					if err == nil {
						err = s.PutPage(ctx, &feed.Page{User: user, Channel: 1, Stamp: stamp, Older: p.NewestStamp(1), Places: places}, p.Version)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
