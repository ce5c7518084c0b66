package learn_test

import (
	"fmt"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/learn"
)

// seer is a model that writes down what it is told is ahead, and how much of what
// it is then told it was not.
type seer struct {
	roster
	touched map[*feed.Event]bool
	unseen  int
	most    int
}

func (s *seer) Touch(ahead []feed.Observation) {
	s.most = max(s.most, len(ahead))
	clear(s.touched)
	for _, o := range ahead {
		s.touched[o.Event] = o.Item.ID == o.Article
	}
}

func (s *seer) Observe(o feed.Observation) {
	if !s.touched[o.Event] {
		s.unseen++
	}
}

// TestModelsAreToldWhatIsAhead folds a log at once and entry by entry: in the first
// case all events of known articles are told ahead, never more than 64 together,
// in the second none, since none waits for another.
func TestModelsAreToldWhatIsAhead(t *testing.T) {
	st, _ := newStore(t)
	var signals []feed.Signal
	for i := range 300 {
		user := feed.UserID(fmt.Sprint(i % 7))
		signals = append(signals, feed.Signal{User: user, Events: []feed.Event{
			{User: user, Article: feed.ArticleID(1 + i%10), Action: feed.Click, Time: start + feed.Millis(i)},
			{User: user, Article: feed.ArticleID(1 + i%10), Action: feed.Share, Time: start + feed.Millis(i)},
		}})
	}
	if _, _, err := st.AppendSignals(t.Context(), signals, start+feed.Hour); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ stretch, unseen, most int }{
		{512, 2 * 32, 64}, // the articles of the first stretch ahead were not known then
		{1, 2 * 300, 0},
	} {
		s := &seer{touched: make(map[*feed.Event]bool)}
		build := func() learn.Models {
			m := newModels()
			m.Observers = append(m.Observers, s)
			return m
		}
		l, err := learn.Open(t.Context(), learn.Config{Stretch: tc.stretch}, st, build)
		if err != nil {
			t.Fatal(err)
		}
		drain(t, l)
		if s.unseen != tc.unseen || s.most != tc.most {
			t.Errorf("in stretches of %d, %d events came unseen, not %d, and %d at most were ahead, not %d", tc.stretch, s.unseen, tc.unseen, s.most, tc.most)
		}
	}
}
