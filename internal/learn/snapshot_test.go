package learn_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/learn"
)

// twoSnapshots is a store with two snapshots and more of the log behind each.
type twoSnapshots struct {
	learn.Store
	files        []string // older, newer
	older, newer []byte   // what is in them
	whole        uint64   // entries in the log
	afterOlder   uint64   // entries behind the older snapshot
	afterNewer   uint64
	models       []byte // of the whole log
}

func newTwoSnapshots(t *testing.T) *twoSnapshots {
	t.Helper()
	st, dir := newStore(t)
	w := newWriter(7)
	l := openLearner(t, st, newModels)
	w.write(t, st, 40)
	drain(t, l)
	first := l.Folded()
	snapshot(t, l)
	w.write(t, st, 20)
	drain(t, l)
	second := l.Folded()
	snapshot(t, l)
	w.write(t, st, 10)
	drain(t, l)
	h := &twoSnapshots{
		Store: st, files: snapshotFiles(t, dir), models: state(t, l),
		whole: l.Folded(), afterOlder: l.Folded() - first, afterNewer: l.Folded() - second,
	}
	if len(h.files) != 2 {
		t.Fatalf("snapshots %v, want two", h.files)
	}
	h.older, h.newer = readFile(t, h.files[0]), readFile(t, h.files[1])
	return h
}

// wantFolded opens a learner and wants it to fold so many entries, and to end
// where everyone does.
func (h *twoSnapshots) wantFolded(t *testing.T, what string, want uint64) {
	t.Helper()
	l := openLearner(t, h, newModels)
	drain(t, l)
	if l.Folded() != want {
		t.Fatalf("%s: %d entries folded, want %d", what, l.Folded(), want)
	}
	if !bytes.Equal(state(t, l), h.models) {
		t.Fatalf("%s: the models differ", what)
	}
}

// TestRestart opens the store again: the models are byte for byte what they
// were, at the same position, and go on like those that never stopped.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	w := newWriter(3)
	w.write(t, st, 60)
	l := openLearner(t, st, newModels)
	drain(t, l)
	snapshot(t, l)
	before, file := state(t, l), newest(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	st = openStore(t, dir)
	defer st.Close() //nolint:errcheck // closed only to end
	spy := &flaky{Store: st}
	l = openLearner(t, spy, newModels)
	if !bytes.Equal(state(t, l), before) {
		t.Error("the models differ after the restart")
	}
	drain(t, l)
	if l.Folded() != 0 {
		t.Errorf("%d entries are folded again", l.Folded())
	}
	end := spy.from.Load().(feed.Position)
	if _, next, err := st.ReadLog(t.Context(), "", 1000); err != nil || next != end {
		t.Errorf("position %q after the restart, the log ends at %q (%v)", end, next, err)
	}
	if _, straight := straight(t, st); !bytes.Equal(file, straight) {
		t.Error("the snapshot differs from that of a straight fold")
	}

	w.write(t, st, 20)
	drain(t, l)
	snapshot(t, l)
	if _, straight := straight(t, st); !bytes.Equal(newest(t, st), straight) {
		t.Error("after the restart and more, the snapshot differs from that of a straight fold")
	}
}

// TestNoChangeNoSnapshot writes nothing when there is nothing new.
func TestNoChangeNoSnapshot(t *testing.T) {
	st, dir := newStore(t)
	l := openLearner(t, st, newModels)
	drain(t, l)
	snapshot(t, l)
	if files := snapshotFiles(t, dir); len(files) != 0 {
		t.Errorf("an empty log makes snapshots %v", files)
	}
	newWriter(1).write(t, st, 3)
	drain(t, l)
	snapshot(t, l)
	snapshot(t, l)
	if files := snapshotFiles(t, dir); len(files) != 1 {
		t.Errorf("snapshots %v, want one", files)
	}
}

// places are where a file of n bytes is damaged: everywhere near its ends,
// where heads and short sections are, and in steps between.
func places(n int) []int {
	const near, step = 64, 97
	var at []int
	for i := 0; i < n; i++ {
		if i < near || i >= n-near || i%step == 0 {
			at = append(at, i)
		}
	}
	return at
}

// TestDamagedNewest cuts and flips the newest snapshot: the older one is used.
func TestDamagedNewest(t *testing.T) {
	h := newTwoSnapshots(t)
	h.wantFolded(t, "whole", h.afterNewer)
	for _, n := range places(len(h.newer)) {
		writeFile(t, h.files[1], h.newer[:n])
		h.wantFolded(t, "cut", h.afterOlder)
	}
	for i, at := range places(len(h.newer)) {
		b := bytes.Clone(h.newer)
		b[at] ^= 1 << (i % 8)
		writeFile(t, h.files[1], b)
		h.wantFolded(t, "flipped", h.afterOlder)
	}
}

// TestDamagedBoth leaves the log alone.
func TestDamagedBoth(t *testing.T) {
	h := newTwoSnapshots(t)
	writeFile(t, h.files[1], h.newer[:len(h.newer)/2])
	for _, n := range places(len(h.older)) {
		writeFile(t, h.files[0], h.older[:n])
		h.wantFolded(t, "cut", h.whole)
	}
	for i, at := range places(len(h.older)) {
		b := bytes.Clone(h.older)
		b[at] ^= 0x80 >> (i % 8)
		writeFile(t, h.files[0], b)
		h.wantFolded(t, "flipped", h.whole)
	}
}

// TestDamagedSections spoils what a checksum does not cover: the magic line,
// the sections' names, their order and their lengths.
func TestDamagedSections(t *testing.T) {
	h := newTwoSnapshots(t)
	swap := func(from, to string) []byte { return bytes.Replace(h.newer, []byte(from), []byte(to), 1) }
	length := func(section string, n uint64) []byte {
		b := bytes.Clone(h.newer)
		binary.LittleEndian.PutUint64(b[bytes.Index(b, []byte(section))+len(section):], n)
		return b
	}
	for what, b := range map[string][]byte{
		"next version":      swap("readnext models 1\n", "readnext models 2\n"),
		"another name":      swap("catalog", "katalog"),
		"sections swapped":  swap("trending", "affinity"),
		"no end":            h.newer[:len(h.newer)-len("end")-20],
		"a length too long": length("catalog", 1<<62),
		"one byte longer":   length("position", 9),
		"one byte shorter":  length("position", 7),
		"empty":             {},
		"something else":    []byte("#!/bin/sh\necho hello, this is no snapshot\n"),
	} {
		if bytes.Equal(b, h.newer) {
			t.Fatalf("%s: nothing is spoilt", what)
		}
		writeFile(t, h.files[1], b)
		h.wantFolded(t, what, h.afterOlder)
	}
}

// TestOtherModels refuses snapshots of another set of models, and learns from
// the log.
func TestOtherModels(t *testing.T) {
	h := newTwoSnapshots(t)
	for what, build := range map[string]func() learn.Models{
		"one more": withRoster,
		"one less": func() learn.Models {
			m := newModels()
			m.Observers = m.Observers[:2]
			return m
		},
		"another order": func() learn.Models {
			m := newModels()
			m.Observers[0], m.Observers[1] = m.Observers[1], m.Observers[0]
			return m
		},
	} {
		l := openLearner(t, h, build)
		if l.Models().Catalog.Len() != 0 {
			t.Errorf("%s: half a snapshot was read into the models in use", what)
		}
		drain(t, l)
		if l.Folded() != h.whole {
			t.Errorf("%s: %d entries folded, want all %d", what, l.Folded(), h.whole)
		}
	}
	h.wantFolded(t, "the same", h.afterNewer)
}

// TestOtherValues refuses snapshots that were folded when actions were worth
// something else.
func TestOtherValues(t *testing.T) {
	h := newTwoSnapshots(t)
	values := feed.DefaultValues()
	values.Collect++
	l, err := learn.Open(t.Context(), learn.Config{Values: values}, h, newModels)
	if err != nil {
		t.Fatal(err)
	}
	drain(t, l)
	if l.Folded() != h.whole {
		t.Errorf("%d entries folded, want all %d", l.Folded(), h.whole)
	}
}

// TestOtherLog refuses a snapshot of a longer log, as after a restore of the
// database alone.
func TestOtherLog(t *testing.T) {
	h := newTwoSnapshots(t)
	st, dir := newStore(t)
	newWriter(9).write(t, st, 5)
	models, file := straight(t, st)
	l := openLearner(t, st, newModels)
	drain(t, l)
	snapshot(t, l)
	writeFile(t, snapshotFiles(t, dir)[0], h.newer)
	l = openLearner(t, st, newModels)
	drain(t, l)
	if !bytes.Equal(state(t, l), models) {
		t.Error("the models are another log's")
	}
	snapshot(t, l)
	if !bytes.Equal(newest(t, st), file) {
		t.Error("the snapshot is another log's")
	}
}

// TestLargeSnapshot has a section larger than the pieces that it is made of.
func TestLargeSnapshot(t *testing.T) {
	for _, extra := range []int{0, 5, 9, 14, 100} {
		st, dir := newStore(t)
		newWriter(7).write(t, st, 10)
		l := openLearner(t, st, withRoster)
		drain(t, l)
		want := strings.Repeat("a reader of some length\n", 100_000) + strings.Repeat("x", extra)
		rosterOf(t, l).names = []string{want}
		snapshot(t, l)
		again := openLearner(t, st, withRoster)
		if got := strings.Join(rosterOf(t, again).names, "\n"); got != want {
			t.Errorf("%d bytes came back of %d", len(got), len(want))
		}
		if n := len(readFile(t, snapshotFiles(t, dir)[0])); n < len(want) {
			t.Errorf("the file is %d bytes long", n)
		}
	}
}

func rosterOf(t *testing.T, l *learn.Learner) *roster {
	t.Helper()
	for _, o := range l.Models().Observers {
		if r, ok := o.(*roster); ok {
			return r
		}
	}
	t.Fatal("no roster")
	return nil
}

// mute is a roster that cannot be written once.
type mute struct {
	roster
	fails int
}

func (m *mute) WriteSnapshot(w io.Writer) error {
	if m.fails > 0 {
		m.fails--
		return errFails
	}
	return m.roster.WriteSnapshot(w)
}

func TestModelThatCannotBeWritten(t *testing.T) {
	st, dir := newStore(t)
	newWriter(7).write(t, st, 10)
	l := openLearner(t, st, func() learn.Models {
		m := newModels()
		m.Observers = append(m.Observers, &mute{fails: 1})
		return m
	})
	drain(t, l)
	if err := l.Snapshot(t.Context()); !errors.Is(err, errFails) {
		t.Errorf("error %v", err)
	}
	if files := snapshotFiles(t, dir); len(files) != 0 {
		t.Errorf("files %v of a snapshot that was not written", files)
	}
	snapshot(t, l) // it is still due
	if files := snapshotFiles(t, dir); len(files) != 1 {
		t.Errorf("files %v", files)
	}
}
