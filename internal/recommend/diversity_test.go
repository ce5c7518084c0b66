package recommend_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// newsstand puts 60 articles: newest first, six in a row by one author, with
// one tag of three, 1 to 30 in channel 1, the others in channel 2.
func newsstand(t *testing.T, h *house) {
	t.Helper()
	var batch []feed.Article
	for i := range 60 {
		a := feed.Article{
			ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{feed.ChannelID(1 + i/30)},
			Author: fmt.Sprint("author", i/6), Tags: []string{fmt.Sprint("tag", i/6%3)},
			Published: h.now - feed.Millis(i)*feed.Hour,
		}
		a.Normalize(h.now)
		batch = append(batch, a)
	}
	if _, err := h.learner.PutArticles(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// with opens another engine on the house's store.
func (h *house) with(t *testing.T, cfg recommend.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Recommend: cfg}, h.store, func() uint32 { return 1 }, func() uint64 { return 7 })
	if err == nil {
		err = e.CatchUp(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func page(t *testing.T, e *engine.Engine, c feed.ChannelID, num int, now feed.Millis) []feed.Place {
	t.Helper()
	ans, err := e.Recommend(context.Background(), recommend.Request{Channel: c, Num: num}, now)
	if err != nil {
		t.Fatal(err)
	}
	return ans.Page.Places
}

// TestDiversity asks for pages in windows: greedy ones are certain, the
// channels' window is for all channels only, and pages stay full.
func TestDiversity(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	newsstand(t, h)
	e := h.with(t, recommend.Config{Diversity: explore.Windows{
		Author: explore.Window{Most: 2, Of: 10}, Channel: explore.Window{Most: 3, Of: 6},
	}})
	ids := func(places []feed.Place) (out []feed.ArticleID) {
		for _, p := range places {
			if p.Propensity != 1 || p.Arm != feed.ArmRanked {
				t.Errorf("article %d: %v, %v; nothing was left to chance", p.Article, p.Propensity, p.Arm)
			}
			out = append(out, p.Article)
		}
		return out
	}
	for _, tc := range []struct {
		channel feed.ChannelID
		num     int
		want    []feed.ArticleID
	}{
		{1, 10, []feed.ArticleID{1, 2, 7, 8, 13, 14, 19, 20, 25, 26}},
		{feed.AllChannels, 10, []feed.ArticleID{1, 2, 7, 31, 32, 37, 8, 13, 14, 38}},
	} {
		if got := ids(page(t, e, tc.channel, tc.num, h.now)); !slices.Equal(got, tc.want) {
			t.Errorf("channel %d: %v, want %v", tc.channel, got, tc.want)
		}
	}
	// Five authors cannot fill 30 places in such windows.
	if got := ids(page(t, e, 1, 30, h.now)); len(got) != 30 {
		t.Errorf("%d articles of 30: %v", len(got), got)
	}
}

// TestExploreByChannel leaves places to chance on one channel alone.
func TestExploreByChannel(t *testing.T) {
	h := newHouse(t, t.TempDir())
	defer h.close()
	newsstand(t, h)
	e := h.with(t, recommend.Config{
		Explore:   explore.Policy{Temperature: 1},
		ExploreBy: map[feed.ChannelID]explore.Policy{1: {}, feed.AllChannels: {FreshShare: 1}},
	})
	chance := func(places []feed.Place) bool {
		return slices.ContainsFunc(places, func(p feed.Place) bool { return p.Propensity < 1 })
	}
	for channel, want := range map[feed.ChannelID]bool{0: true, 1: false, 2: true} {
		places := page(t, e, channel, 10, h.now)
		if chance(places) != want {
			t.Errorf("channel %d: chance is %v: %v", channel, !want, places)
		}
		for _, p := range places {
			if fresh := p.Arm == feed.ArmFresh; fresh != (channel == feed.AllChannels) {
				t.Errorf("channel %d: article %d by %v", channel, p.Article, p.Arm)
			}
		}
	}
	for _, bad := range []recommend.Config{
		{ExploreBy: map[feed.ChannelID]explore.Policy{3: {Temperature: -1}}},
		{ExploreBy: map[feed.ChannelID]explore.Policy{-3: {}}},
		{Diversity: explore.Windows{Tag: explore.Window{Most: 3, Of: 2}}},
	} {
		if _, err := engine.Open(t.Context(), engine.Config{Recommend: bad}, h.store, nil, nil); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
