package train_test

import (
	"bytes"
	"fmt"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/train"
)

// TestOneInSoManySurveys has the first occasions look at all candidates, and then one
// in so many.
func TestOneInSoManySurveys(t *testing.T) {
	h := newHouse(t, train.Config{Full: 10_000, Surveyed: 100, SurveyEvery: 4})
	const acts = 2100
	for i := range feed.Millis(acts) {
		h.act(feed.UserID(fmt.Sprint(i)), 2, t0+i*feed.Second, 1, nil)
		if i == 99 && h.ranked > 0 {
			t.Errorf("%d of the first 100 surveyed nothing", h.ranked)
		}
	}
	if h.settled != acts {
		t.Errorf("before %d of %d examples the models were told what came before", h.settled, acts)
	}
	h.act("0", 2, t0+feed.Hour, 1, nil)
	if h.settled != acts {
		t.Error("what is no example has the models told")
	}
	if len(h.choices) != acts || h.ranked < 1400 || h.ranked > 1600 || h.surveyed != 5*(acts-h.ranked) {
		t.Errorf("of %d examples %d surveyed nothing, and %d candidates were surveyed", len(h.choices), h.ranked, h.surveyed)
	}
	for i := range feed.Millis(acts) {
		h.expose(feed.UserID(fmt.Sprint(i)), t0+feed.Hour+i*feed.Second, t0+feed.Hour+i*feed.Second, 7, 8)
	}
	if h.ranked < 2*1400*3/4 {
		t.Errorf("%d occasions surveyed nothing", h.ranked)
	}
}

// TestTouchChangesNothing touches what readers did who are known, and who are not.
func TestTouchChangesNothing(t *testing.T) {
	h := newHouse(t, train.Config{})
	live(h, 0, 100)
	before := image(t, h)
	var ahead []feed.Observation
	for _, user := range []feed.UserID{"u", "a", "nobody knows", feed.Anonymous} {
		ahead = append(ahead, feed.Observation{Event: &feed.Event{User: user, Article: 3}, Item: h.items[3]})
	}
	h.Touch(ahead)
	h.Touch(nil)
	if !bytes.Equal(image(t, h), before) {
		t.Error("what is ahead has changed what is kept")
	}
}
