package pebblestore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
)

// TestProfileReadError: one transient read error while a profile is loaded must be an error, never
// a profile with a part of it missing.
func TestProfileReadError(t *testing.T) {
	ctx := context.Background()
	const now = feed.Millis(1_800_000_000_000)
	var count, failAt atomic.Int64
	failAt.Store(-1)
	mem := vfs.NewMem()
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst") && failAt.Load() >= 0 {
			if count.Add(1)-1 == failAt.Load() {
				return errors.New("EIO")
			}
		}
		return nil
	}))
	open := func() *pebblestore.Store {
		s, err := pebblestore.Open("/s", pebblestore.Config{FS: fs, CacheBytes: 1, MemTableBytes: 256 << 10})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	const acts = 3000
	for i := 0; i < acts; i += 100 {
		var sig []feed.Signal
		for j := range 100 {
			sig = append(sig, feed.Signal{User: "u", Events: []feed.Event{{User: "u", Article: feed.ArticleID(i + j + 1), Action: feed.Click, Time: now}}})
		}
		if _, _, err := s.AppendSignals(ctx, sig, now); err != nil {
			t.Fatal(err)
		}
	}
	const pages = 200
	for i := range pages {
		p, err := s.Profile(ctx, "u", now)
		if err != nil {
			t.Fatal(err)
		}
		pg := &feed.Page{User: "u", Channel: feed.ChannelID(i%3 + 1), Stamp: now + feed.Millis(i), Places: []feed.Place{{Article: feed.ArticleID(100000 + i)}}}
		if err := s.PutPage(ctx, pg, p.Version); err != nil {
			t.Fatal(err)
		}
	}
	// Enough to push everything into tables.
	var arts []feed.Article
	for i := range 400 {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Title: strings.Repeat(fmt.Sprint(i), 1000)}
		a.Normalize(now)
		arts = append(arts, a)
	}
	if _, _, err := s.PutArticles(ctx, arts); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := int64(0); ; n++ {
		s := open()
		count.Store(0)
		failAt.Store(n)
		p, err := s.Profile(ctx, "u", now+pages)
		reads := count.Load()
		failAt.Store(-1)
		switch {
		case err != nil:
			refused++
		case len(p.Acted) != acts || len(p.Served) != pages || len(p.Newest) != 3:
			t.Errorf("read %d of %d failed, Profile gave no error and %d acted of %d, %d served of %d, newest %v",
				n, reads, len(p.Acted), acts, len(p.Served), pages, p.Newest)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n > reads {
			break
		}
	}
	if refused == 0 {
		t.Error("no read failed")
	}
}
