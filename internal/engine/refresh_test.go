package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestRefreshAllocatesPerPageNotPerCandidate bounds what a refresh allocates,
// the storing of its page included: it has some hundred candidates, and is
// worked in memory used again.
func TestRefreshAllocatesPerPageNotPerCandidate(t *testing.T) {
	h := open(t, vfs.NewMem())
	defer h.close()
	var articles []feed.Article
	for i := range 400 {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{feed.ChannelID(1 + i%2)}, Tags: []string{fmt.Sprint("t", i%20)},
			Author: fmt.Sprint("a", i%50), Published: t0 - feed.Millis(i)*feed.Minute}
		a.Normalize(t0)
		articles = append(articles, a)
	}
	if _, _, err := h.st.PutArticles(t.Context(), articles); err != nil {
		t.Fatal(err)
	}
	var signals []feed.Signal
	for i := range 600 {
		ev := feed.Event{User: feed.UserID(fmt.Sprint("u", i%20)), Article: feed.ArticleID(1 + i*i%400), Action: feed.Click, Time: t0 + feed.Millis(i)}
		signals = append(signals, feed.Signal{User: ev.User, Events: []feed.Event{ev}})
	}
	for part := range slices.Chunk(signals, 200) {
		if _, _, err := h.st.AppendSignals(t.Context(), part, t0); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, user := t0+feed.Hour, 0
	n := testing.AllocsPerRun(100, func() {
		user++
		now++
		page, err := h.Recommend(t.Context(), recommend.Request{User: feed.UserID(fmt.Sprint("u", user%20)), Channel: 1}, now)
		if err != nil || len(page.Page.Places) != recommend.DefaultNum {
			t.Fatal(page, err)
		}
	})
	if n > 100 { // 10 or so; with the race detector on, pools lose some of what they hold
		t.Errorf("a refresh allocates %v times", n)
	}
}

// BenchmarkRefresh serves pages of a channel to readers with a history and
// stores them in memory. Stages have benchmarks of their own: Recall and Score
// of each model, Rank, Slate, PutPage, Sign, Handler.
func BenchmarkRefresh(b *testing.B) {
	h := open(b, vfs.NewMem())
	defer h.close()
	s := newSite(50_000, 20_000)
	s.put(b, h)
	s.events(b, h, 0, 100_000)
	if err := h.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	now := t0 + 100_000*feed.Second/20
	b.ReportAllocs()
	for b.Loop() {
		now++
		user := feed.UserID(fmt.Sprint("u", s.readers.Uint64()))
		if _, err := h.Recommend(b.Context(), recommend.Request{User: user, Channel: feed.ChannelID(1 + s.rng.IntN(10))}, now); err != nil {
			b.Fatal(err)
		}
	}
}
