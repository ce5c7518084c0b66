package main

import (
	"bufio"
	"fmt"
	"log/slog"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/redisstore/redistest"
)

// fillStore makes a store of so many clicks.
func fillStore(t *testing.T, dir string, clicks int) {
	t.Helper()
	s, err := pebblestore.Open(dir, pebblestore.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddSigningKey(t.Context(), feed.SigningKey{ID: 1}); err != nil {
		t.Fatal(err)
	}
	signals := make([]feed.Signal, clicks)
	for i := range signals {
		user := feed.UserID(fmt.Sprint("reader ", i%5_000))
		signals[i] = feed.Signal{User: user, Key: feed.KeyOf(fmt.Sprint(i)), Events: []feed.Event{
			{User: user, Article: feed.ArticleID(1 + i%300), Action: feed.Click, Time: 1_800_000_000_000},
		}}
	}
	if _, _, err = s.AppendSignals(t.Context(), signals, 1_800_000_000_000); err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copyStore runs a copy as a process, and kills it when it begins what until says.
func copyStore(t *testing.T, from, to, until string) (said string, err error) {
	t.Helper()
	path, err := osexec.LookPath("readnext")
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), path, "copy", "--from", from, "--to", to)
	var out, progress strings.Builder
	cmd.Stdout = &out // written by a goroutine of cmd's
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		progress.WriteString(lines.Text() + "\n")
		if lines.Text() == until {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	err = cmd.Wait()
	return progress.String() + out.String(), err
}

// TestCopyKilled kills copies, both ways, while they copy readers, and again
// while they copy the log.
func TestCopyKilled(t *testing.T) {
	const clicks = 60_000
	dir := t.TempDir()
	fillStore(t, filepath.Join(dir, "a"), clicks)
	srv, err := redistest.Start(filepath.Join(dir, "redis"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Kill()
	a, b := "pebble:"+filepath.Join(dir, "a"), "pebble:"+filepath.Join(dir, "b")
	for _, way := range [][2]string{{a, srv.URL()}, {srv.URL(), b}} {
		for _, until := range []string{"facts of readers", "log entries"} {
			out, err := copyStore(t, way[0], way[1], until)
			if exit, ok := err.(*osexec.ExitError); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the copy was not killed: %v\n%s", err, out)
			}
			var said strings.Builder
			if code := exec(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--store", way[1]}, nil, &said, &said); code != exitFailure ||
				!strings.Contains(said.String(), "a copy into this store was not finished; run it again") {
				t.Fatalf("serving from half a copy: %d, %s", code, said.String())
			}
		}
		out, err := copyStore(t, way[0], way[1], "")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if strings.Count(out, "equal") != 6 || !strings.Contains(out, "after what an earlier run had copied") {
			t.Errorf("the copy says\n%s", out)
		}
		for _, what := range []string{"marks of signals", "log entries"} {
			if !strings.Contains(out, fmt.Sprintf("%-20s  %d", what, clicks)) {
				t.Errorf("the copy lacks %s\n%s", what, out)
			}
		}
	}
}
