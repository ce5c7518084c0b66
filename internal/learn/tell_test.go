package learn_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/learn"
)

// seer is a model that writes down what it is told, and what is ahead.
type seer struct {
	roster
	told    []feed.Millis
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
	if s.told = append(s.told, o.Time); !s.touched[o.Event] {
		s.unseen++
	}
}

// asker is a trainer that asks a model at every so-manieth signal, and writes down
// what of the log the model had not been told of by then.
type asker struct {
	roster
	of      *seer
	every   int
	signals int
	late    []int
}

func (a *asker) Touch([]feed.Observation) {}

func (a *asker) Before(signal []feed.Observation, settle func()) {
	if a.signals++; a.every > 0 && a.signals%a.every == 0 {
		settle()
		if n := len(signal) * (a.signals - 1); len(a.of.told) != n {
			a.late = append(a.late, n-len(a.of.told))
		}
	}
}

// TestModelsAreToldTogether folds a log in several ways. Models are told all of it
// in order, of no more than 64 events together, touched first where there are several,
// and of all that came before when the trainer asks.
func TestModelsAreToldTogether(t *testing.T) {
	st, _ := newStore(t)
	var signals []feed.Signal
	var times []feed.Millis
	for i := range 300 {
		user := feed.UserID(fmt.Sprint(i % 7))
		at := start + feed.Millis(i)
		signals = append(signals, feed.Signal{User: user, Events: []feed.Event{
			{User: user, Article: feed.ArticleID(1 + i%10), Action: feed.Click, Time: at},
			{User: user, Article: feed.ArticleID(1 + i%10), Action: feed.Share, Time: at},
		}})
		times = append(times, at, at)
	}
	if _, _, err := st.AppendSignals(t.Context(), signals, start+feed.Hour); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ stretch, every, unseen, most int }{
		{512, 0, 0, 64},
		{512, 10, 0, 20},
		{10, 0, 0, 20},
		{1, 0, 0, 2},
	} {
		s := &seer{touched: make(map[*feed.Event]bool)}
		a := &asker{of: s, every: tc.every}
		build := func() learn.Models {
			m := newModels()
			m.Observers = append(m.Observers, s)
			m.Trainer = a
			return m
		}
		l, err := learn.Open(t.Context(), learn.Config{Stretch: tc.stretch}, st, build)
		if err != nil {
			t.Fatal(err)
		}
		drain(t, l)
		if !slices.Equal(s.told, times) || s.unseen != tc.unseen || s.most != tc.most || a.late != nil {
			t.Errorf("%+v: told %d events of %d in order, %d unseen, %d together, late by %v", tc, len(s.told), len(times), s.unseen, s.most, a.late)
		}
	}
}

// TestSideBySide ends in the same models whether they are told one after the other
// or side by side, with articles changed, withdrawn and readers forgotten between.
func TestSideBySide(t *testing.T) {
	st, _ := newStore(t)
	newWriter(3).write(t, st, 600)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var states [][]byte
	for _, processors := range []int{1, 4} {
		runtime.GOMAXPROCS(processors)
		for _, stretch := range []int{1, 7, 512} {
			l, err := learn.Open(t.Context(), learn.Config{Stretch: stretch}, st, withRoster)
			if err != nil {
				t.Fatal(err)
			}
			drain(t, l)
			states = append(states, state(t, l))
		}
	}
	for i := range states {
		if !bytes.Equal(states[i], states[0]) {
			t.Errorf("the %d-th way of folding ends elsewhere", i)
		}
	}
}
