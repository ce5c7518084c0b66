package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"readnext/internal/app"
	"readnext/internal/move"
)

// moveAll copies one store to another and returns what it reports.
func moveAll(t *testing.T, from, to string) *move.Report {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	source, err := app.OpenSource(t.Context(), from, log)
	if err != nil {
		t.Fatal(err)
	}
	target, err := app.OpenTarget(t.Context(), to, log)
	if err != nil {
		t.Fatal(err)
	}
	r, err := move.Run(t.Context(), source, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []move.Store{source, target} {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// TestGrowUpAndBack moves an installation from one machine to a Redis, where it
// goes on and its log is trimmed, and back. Params from before stay good.
func TestGrowUpAndBack(t *testing.T) {
	dir := t.TempDir()
	here, back := "pebble:"+filepath.Join(dir, "here"), "pebble:"+filepath.Join(dir, "back")
	srv := redis(t)

	one := run(t, app.Config{Store: here})
	one.put(t, 60)
	for i := range 30 {
		one.click(t, one.refresh(t, fmt.Sprint("reader", i), 3))
	}
	open := one.refresh(t, "reader1", 3)
	one.stop(t)
	if r := moveAll(t, here, srv.URL()); r.Snapshot == 0 {
		t.Error("no snapshot came along")
	}

	one = run(t, app.Config{Store: here})
	many := run(t, app.Config{Store: srv.URL(), SnapshotDir: t.TempDir(), KeepEntries: 20})
	agree(t, one, many)
	if n := many.foldedEntries(t); n != 0 {
		t.Errorf("%d entries were folded although the snapshot covers them", n)
	}
	one.stop(t)
	many.click(t, open)
	for i := range 30 {
		many.click(t, many.refresh(t, fmt.Sprint("reader", i), 3))
	}
	open = many.refresh(t, "reader2", 3)
	// What is shared is shared once in a while; the log is trimmed when it is.
	if _, err := srv.Do(t.Context(), "DEL", "readnext:{order}publishing"); err != nil {
		t.Fatal(err)
	}
	many.stop(t)
	if held, err := srv.Do(t.Context(), "XRANGE", "readnext:{order}order", "-", "1"); err != nil {
		t.Fatal(err)
	} else if entries, err := held.ToArray(); err != nil || len(entries) > 0 {
		t.Fatalf("the log was not trimmed: %v, %v", entries, err)
	}
	if r := moveAll(t, srv.URL(), back); r.Snapshot == 0 {
		t.Error("no snapshot came along")
	}

	many = run(t, app.Config{Store: srv.URL(), SnapshotDir: t.TempDir()})
	one = run(t, app.Config{Store: back})
	agree(t, many, one)
	one.click(t, open)
}

// foldedEntries is how many log entries a service has folded since its start.
func (s *service) foldedEntries(t *testing.T) (n int) {
	t.Helper()
	_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
	_, rest, _ := strings.Cut(metrics, "\nreadnext_log_entries_folded_total ")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
