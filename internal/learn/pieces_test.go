package learn_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"weak"

	"readnext/internal/learn"
)

// slow is a store that takes a snapshot when the last model has been written, and a
// writer that looks, when the end of it comes, which of the pieces it took are still
// in memory.
type slow struct {
	learn.Store
	made  chan struct{} // closed when the last model has been written
	taken []weak.Pointer[byte]
	held  int
}

func (s *slow) SaveSnapshot(_ context.Context, write func(io.Writer) error) error { return write(s) }

func (s *slow) Write(b []byte) (int, error) {
	<-s.made
	s.taken = append(s.taken, weak.Make(&b[0]))
	if bytes.HasSuffix(b, append([]byte("end"), make([]byte, 8+4)...)) {
		runtime.GC()
		for _, p := range s.taken {
			if p.Value() != nil {
				s.held++
			}
		}
	}
	return len(b), nil
}

// herald is a roster that tells when it has been written.
type herald struct {
	roster
	made chan struct{}
}

func (h *herald) WriteSnapshot(w io.Writer) error {
	defer close(h.made)
	return h.roster.WriteSnapshot(w)
}

// TestWhatTheDiskHasTakenIsFree has a disk so slow that it takes nothing before all
// models are written.
func TestWhatTheDiskHasTakenIsFree(t *testing.T) {
	st, _ := newStore(t)
	newWriter(7).write(t, st, 10)
	s := &slow{Store: st, made: make(chan struct{})}
	l := openLearner(t, s, func() learn.Models {
		m := newModels()
		m.Observers = append(m.Observers, &herald{roster{names: []string{strings.Repeat("x", 10<<20)}}, s.made})
		return m
	})
	drain(t, l)
	snapshot(t, l)
	if len(s.taken) < 10 || s.held > 1 {
		t.Errorf("of %d pieces that the disk took %d are in memory", len(s.taken), s.held)
	}
}
