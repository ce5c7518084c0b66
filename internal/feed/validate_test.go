package feed_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"readnext/internal/feed"
)

const now feed.Millis = 1_800_000_000_000

func TestArticleValidate(t *testing.T) {
	good := func() feed.Article {
		return feed.Article{ID: 1, Channels: []feed.ChannelID{1}, Published: now, Boost: 1}
	}
	for field, spoil := range map[string]func(*feed.Article){
		"article_id":   func(a *feed.Article) { a.ID = 0 },
		"channel_ids":  func(a *feed.Article) { a.Channels = []feed.ChannelID{0} },
		"publish_time": func(a *feed.Article) { a.Published = -1 },
		"expire_time":  func(a *feed.Article) { a.Expires = now },
		"title":        func(a *feed.Article) { a.Title = strings.Repeat("x", feed.MaxTextBytes+1) },
		"url":          func(a *feed.Article) { a.URL = "\xff" },
		"author_id":    func(a *feed.Article) { a.Author = strings.Repeat("x", feed.MaxNameBytes+1) },
		"tags":         func(a *feed.Article) { a.Tags = make([]string, feed.MaxTags+1) },
		"language":     func(a *feed.Article) { a.Language = "\xff" },
		"embedding":    func(a *feed.Article) { a.Embedding = []float32{float32(math.Inf(-1))} },
		"boost":        func(a *feed.Article) { a.Boost = math.NaN() },
	} {
		a := good()
		if err := a.Validate(); err != nil {
			t.Fatalf("a good article: %v", err)
		}
		spoil(&a)
		a.Normalize(now)
		var e *feed.Error
		if err := a.Validate(); !errors.As(err, &e) || e.Kind != feed.Invalid || e.Field != field {
			t.Errorf("%s: error %v", field, err)
		}
	}
}

func TestNormalize(t *testing.T) {
	channels, tags := []feed.ChannelID{3, 1, 3}, []string{"b", "", "a", "b"}
	a := feed.Article{ID: 1, Channels: channels, Tags: tags}
	a.Normalize(now)
	if a.Published != now || a.Boost != 1 || len(a.Channels) != 2 || a.Channels[0] != 1 || strings.Join(a.Tags, ",") != "b,a" {
		t.Errorf("%+v", a)
	}
	if channels[0] != 3 || tags[1] != "" {
		t.Error("the caller's slices were changed")
	}
}

func TestEventValidate(t *testing.T) {
	good := feed.Event{User: "u", Article: 1, Action: feed.Click, Time: now}
	for field, ev := range map[string]feed.Event{
		"user_id":    {User: feed.UserID(strings.Repeat("x", feed.MaxUserID+1)), Article: 1, Action: feed.Click},
		"article_id": {Action: feed.Click, Article: -1},
		"action":     {Article: 1, Action: 7},
		"time":       {Article: 1, Action: feed.Click, Time: now + feed.MaxAhead + 1},
		"channel_id": {Article: 1, Action: feed.Click, Channel: -1},
		"read_time":  {Article: 1, Action: feed.Read, ReadTime: feed.MaxReadTime + 1},
	} {
		if err := good.Validate(now); err != nil {
			t.Fatalf("a good event: %v", err)
		}
		var e *feed.Error
		if err := ev.Validate(now); !errors.As(err, &e) || e.Kind != feed.Invalid || e.Field != field {
			t.Errorf("%s: error %v", field, err)
		}
	}
}

func TestKeysKeepPartsApart(t *testing.T) {
	if feed.KeyOf("ab", "c") == feed.KeyOf("a", "bc") || feed.KeyOf("a") == feed.KeyOf("a", "") {
		t.Error("different parts, one key")
	}
	first := feed.KeyOf("a", "b")
	if again := feed.KeyOf("a", "b"); again != first {
		t.Error("equal parts, two keys")
	}
}

func TestValues(t *testing.T) {
	v := feed.DefaultValues()
	for _, tc := range []struct {
		ev   feed.Event
		want float64
	}{
		{feed.Event{Action: feed.Exposure}, 0},
		{feed.Event{Action: feed.Click}, v.Click},
		{feed.Event{Action: feed.Dislike}, v.Dislike},
		{feed.Event{Action: feed.Read}, v.ReadFull},
		{feed.Event{Action: feed.Read, ReadTime: v.ReadFullTime / 2}, v.ReadFull / 2},
		{feed.Event{Action: feed.Read, ReadTime: 10 * v.ReadFullTime}, v.ReadFull},
	} {
		if got := v.Of(&tc.ev); got != tc.want {
			t.Errorf("%v read for %d: %v, want %v", tc.ev.Action, tc.ev.ReadTime, got, tc.want)
		}
	}
}

func TestEligible(t *testing.T) {
	it := feed.Item{Channels: []feed.ChannelID{2, 5}, Published: 10, Expires: 20}
	for _, tc := range []struct {
		channel feed.ChannelID
		now     feed.Millis
		want    bool
	}{{2, 10, true}, {5, 19, true}, {0, 15, true}, {3, 15, false}, {2, 9, false}, {2, 20, false}} {
		if got := it.Eligible(tc.channel, tc.now); got != tc.want {
			t.Errorf("channel %d at %d: %v", tc.channel, tc.now, got)
		}
	}
	gone := it
	gone.Withdrawn = true
	if gone.Eligible(2, 15) || (&feed.Item{Published: 1}).Eligible(0, 15) {
		t.Error("withdrawn, or known from events only, and eligible")
	}
}
