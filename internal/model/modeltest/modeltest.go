// Package modeltest is the one suite that every model passes. It folds made-up
// logs (readers of two tastes, articles that are put, changed, withdrawn and
// put back, dropped and their numbers given out again, events out of order,
// erasures) and checks what serving and learning
// rely on: same log, same state, bit for bit; snapshots that are exact and
// refuse garbage; bounded memory; finite features at any time; reading beside
// folding.
//
//	func TestModel(t *testing.T) {
//		modeltest.Run(t, func() modeltest.Model { ... }, modeltest.Personal())
//	}
//
// It knows nothing of formulas: those are for each model's own tests.
package modeltest

import (
	"io"
	"testing"

	"readnext/internal/feed"
)

// Model is what a model is to those that fold the log into it and to those
// that ask it. ObserveItem, Observe, Forget, Drop and ReadSnapshot are called by one
// goroutine; the others by any number, meanwhile.
type Model interface {
	// Name names the model, and its proposals' source.
	Name() string
	// FeatureNames names the columns that Score fills.
	FeatureNames() []string

	// ObserveItem takes in an article that was put, changed or withdrawn.
	ObserveItem(it *feed.Item)
	// Observe takes in an event.
	Observe(o feed.Observation)
	// Forget erases what is known of a reader.
	Forget(user feed.UserID)
	// Drop erases what is known under numbers that may be given out again.
	Drop(gone *feed.Gone)

	// Recall appends up to n proposals, best first, each article once.
	Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal
	// Score sets cands[i].Features[col:col+len(FeatureNames())] for all i.
	Score(q *feed.Query, cands []feed.Candidate, col int)

	// WriteSnapshot writes the state, the same bytes for the same state.
	WriteSnapshot(w io.Writer) error
	// ReadSnapshot replaces the state. It refuses what is no snapshot.
	ReadSnapshot(r io.Reader) error
	// Sizes reports how much is kept.
	Sizes(yield func(name string, n int))
}

// Option tells the suite more of a model.
type Option func(*suite)

// Personal says that the model's answers depend on the reader: on a
// checkerboard of readers and articles it must find the withheld ones.
func Personal() Option { return func(s *suite) { s.personal = true } }

// Bound says that a size stays at or below n, however long the log of at most
// [Articles] articles, [Readers] readers and [Channels] channels.
func Bound(size string, n int) Option { return func(s *suite) { s.bounds[size] = n } }

// Silent says that the model proposes nothing: it has an opinion of what others
// propose.
func Silent() Option { return func(s *suite) { s.silent = true } }

type suite struct {
	fresh    func() Model
	personal bool
	silent   bool
	bounds   map[string]int
}

// Run runs the suite on models made by fresh.
func Run(t *testing.T, fresh func() Model, options ...Option) {
	s := &suite{fresh: fresh, bounds: make(map[string]int)}
	for _, o := range options {
		o(s)
	}
	t.Run("Empty", s.empty)
	t.Run("Recall", s.recall)
	t.Run("Deterministic", s.deterministic)
	t.Run("Snapshot", s.snapshot)
	t.Run("Garbage", s.garbage)
	t.Run("Bounded", s.bounded)
	t.Run("Finite", s.finite)
	t.Run("Forget", s.forget)
	t.Run("Withdrawn", s.withdrawn)
	t.Run("Dropped", s.dropped)
	t.Run("AllDropped", s.allDropped)
	t.Run("Concurrent", s.concurrent)
	if s.personal {
		t.Run("Checkerboard", s.checkerboard)
	}
}
