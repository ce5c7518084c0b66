package learn_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/learn"
)

// TestRunEnds stops with its context and leaves a snapshot of everything.
func TestRunEnds(t *testing.T) {
	st, dir := newStore(t)
	w := newWriter(5)
	w.write(t, st, 30)
	l := openLearner(t, st, newModels)
	if l.Ready() {
		t.Error("ready before the log was folded")
	}
	stop := run(t, l)
	if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start+feed.Hour); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if len(snapshotFiles(t, dir)) != 1 {
		t.Fatalf("snapshots %v, want one", snapshotFiles(t, dir))
	}
	models, file := straight(t, st)
	if !bytes.Equal(state(t, l), models) || !bytes.Equal(newest(t, st), file) {
		t.Error("the last snapshot differs from that of a straight fold")
	}
}

// TestRunNeverReady ends without a snapshot of a log that it could not read.
func TestRunNeverReady(t *testing.T) {
	st, dir := newStore(t)
	newWriter(1).write(t, st, 3)
	bad := &flaky{Store: st}
	bad.reads.Store(1 << 30)
	l := openLearner(t, bad, newModels)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx); err != nil || l.Ready() {
		t.Errorf("%v, ready %v", err, l.Ready())
	}
	if files := snapshotFiles(t, dir); len(files) != 0 {
		t.Errorf("snapshots %v", files)
	}
}

// TestOutageIsToldOnce has a log that cannot be read for a while.
func TestOutageIsToldOnce(t *testing.T) {
	st, _ := newStore(t)
	newWriter(1).write(t, st, 3)
	bad := &flaky{Store: st}
	bad.reads.Store(5)
	var log bytes.Buffer
	l, err := learn.Open(t.Context(), learn.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, bad, newModels)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	if _, err := l.PutArticles(t.Context(), []feed.Article{newWriter(2).article()}); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Count(text, "level=ERROR") != 1 || strings.Count(text, "works again") != 1 {
		t.Errorf("an outage of five tries is told as\n%s", text)
	}
}

// TestLastSnapshotFails tells of it.
func TestLastSnapshotFails(t *testing.T) {
	st, _ := newStore(t)
	bad := &flaky{Store: st}
	l := openLearner(t, bad, newModels)
	stop := run(t, l)
	if _, err := l.Submit(t.Context(), []feed.Signal{newWriter(1).signal("u")}, start); err != nil {
		t.Fatal(err)
	}
	bad.saves.Store(1)
	if err := stop(); !errors.Is(err, errFails) {
		t.Errorf("error %v", err)
	}
}

// forgotten is a reader's name that occurs nowhere by chance, and the key that
// covisit knows the reader by.
const forgotten feed.UserID = "a-reader-to-be-forgotten"

func traces(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	key := binary.LittleEndian.AppendUint64(nil, xxhash.Sum64String(string(forgotten)))
	for _, f := range snapshotFiles(t, dir) {
		b := readFile(t, f)
		n += bytes.Count(b, []byte(forgotten)) + bytes.Count(b, key)
	}
	return n
}

// signals are some of the reader to be forgotten and of another one.
func signals(w *writer) []feed.Signal {
	var out []feed.Signal
	for i := range 4 {
		for _, u := range []feed.UserID{forgotten, "another"} {
			s := w.signal(u)
			s.Events = []feed.Event{{User: u, Article: feed.ArticleID(1 + i), Action: feed.Click, Time: start}}
			out = append(out, s)
		}
	}
	return out
}

// TestForget leaves no snapshot with the reader's name, older ones included.
func TestForget(t *testing.T) {
	st, dir := newStore(t)
	l := openLearner(t, st, withRoster)
	w := newWriter(1)
	for range 2 {
		if _, _, err := st.AppendSignals(t.Context(), signals(w), start); err != nil {
			t.Fatal(err)
		}
		drain(t, l)
		snapshot(t, l)
	}
	if n := traces(t, dir); n != 4 {
		t.Fatalf("%d traces before, want the name and the key in each of two files", n)
	}
	stop := run(t, l)
	if err := l.Forget(t.Context(), forgotten); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(state(t, l), []byte(forgotten)) {
		t.Error("the models still know the name when Forget returned")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := traces(t, dir); n != 0 {
		t.Errorf("%d traces are left in %v", n, snapshotFiles(t, dir))
	}
	if !bytes.Contains(newest(t, st), []byte("another")) {
		t.Error("the other reader is forgotten too")
	}
	if err := l.Forget(t.Context(), feed.Anonymous); feed.KindOf(err) != feed.Invalid {
		t.Errorf("forgetting nobody: %v", err)
	}
}

// TestForgetAfterCrash forgets a reader whom only a snapshot of before names:
// the fold was lost with its process.
func TestForgetAfterCrash(t *testing.T) {
	st, dir := newStore(t)
	l := openLearner(t, st, withRoster)
	if _, _, err := st.AppendSignals(t.Context(), signals(newWriter(1)), start); err != nil {
		t.Fatal(err)
	}
	drain(t, l)
	snapshot(t, l)
	if _, err := st.Forget(t.Context(), forgotten); err != nil { // not folded by l
		t.Fatal(err)
	}
	l = openLearner(t, st, withRoster)
	drain(t, l)
	snapshot(t, l)
	if n := traces(t, dir); n != 0 {
		t.Errorf("%d traces are left", n)
	}
}

// TestForgetAfterCrashWhileDropping crashes when the new snapshot is saved and
// those before it are not dropped yet.
func TestForgetAfterCrashWhileDropping(t *testing.T) {
	st, dir := newStore(t)
	bad := &flaky{Store: st}
	l := openLearner(t, bad, withRoster)
	if _, _, err := st.AppendSignals(t.Context(), signals(newWriter(1)), start); err != nil {
		t.Fatal(err)
	}
	drain(t, l)
	snapshot(t, l)
	if _, err := st.Forget(t.Context(), forgotten); err != nil {
		t.Fatal(err)
	}
	drain(t, l)
	bad.drops.Store(1)
	if err := l.Snapshot(t.Context()); err == nil || traces(t, dir) == 0 {
		t.Fatalf("nothing was left to drop: %v", err)
	}
	openLearner(t, st, withRoster)
	if n := traces(t, dir); n != 0 {
		t.Errorf("%d traces are left", n)
	}
}

// inTime runs a test on a clock of its own, with a learner that runs.
func inTime(t *testing.T, every time.Duration, test func(t *testing.T, l *learn.Learner, st *flaky, dir string)) {
	dir := t.TempDir() // outside, so that it is removed when all have ended
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t, dir)
		bad := &flaky{Store: st}
		l, err := learn.Open(t.Context(), learn.Config{SnapshotEvery: every}, bad, withRoster)
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, l)
		defer func() { // a failed test ends here, too
			if err := errors.Join(stop(), st.Close()); err != nil {
				t.Error(err)
			}
		}()
		test(t, l, bad, dir)
	})
}

// TestRests holds that what is to be done at rest is done about once a second,
// whether anything comes or not.
func TestRests(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t, dir)
		var rests atomic.Int64
		l, err := learn.Open(t.Context(), learn.Config{}, st, func() learn.Models {
			models := newModels()
			models.AtRest = func() { rests.Add(1) }
			return models
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, l)
		defer func() {
			if err := errors.Join(stop(), st.Close()); err != nil {
				t.Error(err)
			}
		}()
		pass(t, 20*time.Second)
		if n := rests.Swap(0); n < 10 || n > 21 {
			t.Errorf("%d rests in 20 seconds without changes", n)
		}
		w := newWriter(1)
		for range 100 {
			if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start+feed.Hour); err != nil {
				t.Fatal(err)
			}
			pass(t, 200*time.Millisecond)
		}
		if n := rests.Load(); n < 10 || n > 21 {
			t.Errorf("%d rests in 20 seconds of changes", n)
		}
	})
}

// TestSnapshotsInTime writes one when changes are five minutes old, and none
// when there are no changes.
func TestSnapshotsInTime(t *testing.T) {
	inTime(t, 5*time.Minute, func(t *testing.T, l *learn.Learner, _ *flaky, dir string) {
		w := newWriter(1)
		for i := range 3 {
			if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start+feed.Hour); err != nil {
				t.Fatal(err)
			}
			pass(t, 6*time.Minute)
			files := snapshotFiles(t, dir)
			if len(files) != min(i+1, 2) {
				t.Fatalf("change %d: snapshots %v", i, files)
			}
			pass(t, time.Hour)
			if again := snapshotFiles(t, dir); strings.Join(again, " ") != strings.Join(files, " ") {
				t.Fatalf("without a change: snapshots %v, then %v", files, again)
			}
		}
	})
}

// named is a learner with two snapshots that name the reader to be forgotten,
// the next one due in an hour or two.
func named(t *testing.T, l *learn.Learner, dir string, w *writer) {
	t.Helper()
	for range 2 {
		if _, err := l.Submit(t.Context(), signals(w), start+feed.Hour); err != nil {
			t.Fatal(err)
		}
		pass(t, 2*time.Hour)
	}
	if n := traces(t, dir); n != 4 {
		t.Fatalf("%d traces before, want the name and the key in each of two files", n)
	}
}

// forget forgets the reader and wants no trace of them a while later, long before
// the next snapshot would be due.
func forget(t *testing.T, l *learn.Learner, dir string, while time.Duration) {
	t.Helper()
	if err := l.Forget(t.Context(), forgotten); err != nil {
		t.Fatal(err)
	}
	pass(t, while)
	if n := traces(t, dir); n != 0 {
		t.Errorf("%d traces are left after %v", n, while)
	}
}

// TestForgetInTime forgets in seconds, the first time and every time.
func TestForgetInTime(t *testing.T) {
	inTime(t, time.Hour, func(t *testing.T, l *learn.Learner, _ *flaky, dir string) {
		w := newWriter(1)
		for range 3 {
			named(t, l, dir, w)
			forget(t, l, dir, 20*time.Second)
		}
	})
}

// TestForgetFailsForAWhile tries again soon when the new snapshot cannot
// be saved, or the old ones not be dropped.
func TestForgetFailsForAWhile(t *testing.T) {
	inTime(t, time.Hour, func(t *testing.T, l *learn.Learner, st *flaky, dir string) {
		w := newWriter(1)
		named(t, l, dir, w)
		st.saves.Store(2)
		forget(t, l, dir, 2*time.Minute)
		named(t, l, dir, w)
		st.drops.Store(2)
		forget(t, l, dir, 2*time.Minute)
	})
}

// TestForgetDuringSave forgets while a snapshot that names the reader is on its
// way to a slow disk.
func TestForgetDuringSave(t *testing.T) {
	inTime(t, time.Hour, func(t *testing.T, l *learn.Learner, st *flaky, dir string) {
		w := newWriter(1)
		named(t, l, dir, w)
		if _, err := l.Submit(t.Context(), signals(w), start+feed.Hour); err != nil {
			t.Fatal(err)
		}
		held := make(chan struct{})
		st.held.Store(&held)
		pass(t, 2*time.Hour) // the save has begun, and is held
		if err := l.Forget(t.Context(), forgotten); err != nil {
			t.Fatal(err)
		}
		pass(t, time.Minute)
		close(held)
		pass(t, 40*time.Second)
		if n := traces(t, dir); n != 0 {
			t.Errorf("%d traces are left 40 seconds after the save", n)
		}
	})
}

// TestSnapshotFailsForAWhile goes on folding, and writes the next one.
func TestSnapshotFailsForAWhile(t *testing.T) {
	inTime(t, time.Minute, func(t *testing.T, l *learn.Learner, st *flaky, dir string) {
		w := newWriter(1)
		st.saves.Store(2)
		for range 5 {
			if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start+feed.Hour); err != nil {
				t.Fatal(err)
			}
			pass(t, time.Minute)
		}
		if l.Folded() != 5 || len(snapshotFiles(t, dir)) == 0 {
			t.Errorf("%d entries folded, snapshots %v", l.Folded(), snapshotFiles(t, dir))
		}
	})
}

// pass lets time pass on a test's own clock.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
	synctest.Wait()
}

// TestLogAway keeps trying to read a log that is away, about once a second,
// stays ready, and takes up at once.
func TestLogAway(t *testing.T) {
	inTime(t, 5*time.Minute, func(t *testing.T, l *learn.Learner, st *flaky, _ string) {
		pass(t, time.Second)
		const many = 1 << 30
		st.reads.Store(many)
		pass(t, 10*time.Minute)
		if tries := many - st.reads.Load(); tries < 500 || tries > 700 {
			t.Errorf("%d tries in ten minutes", tries)
		}
		if !l.Ready() {
			t.Error("not ready any more")
		}
		// What is durable is answered in time, folded or not.
		w := newWriter(1)
		began := time.Now()
		if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start); err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		st.reads.Store(0)
		began = time.Now()
		if _, err := l.Submit(t.Context(), []feed.Signal{w.signal("u")}, start); err != nil || time.Since(began) > time.Second || l.Folded() != 2 {
			t.Errorf("%v after %v, %d entries folded", err, time.Since(began), l.Folded())
		}
	})
}
