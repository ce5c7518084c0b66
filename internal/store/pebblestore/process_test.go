package pebblestore_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/pebblestore"
)

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func readText(want string) func(io.Reader) error {
	return func(r io.Reader) error {
		b, err := io.ReadAll(r)
		if err == nil && string(b) != want {
			err = fmt.Errorf("snapshot says %q, want %q", b, want)
		}
		return err
	}
}

const childDir = "READNEXT_TEST_STORE"

// TestMain serves pages without end when it is the process to be killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	s, err := pebblestore.Open(dir, small(nil))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 1; ; i++ {
		if err := serve(s, "u", day0+feed.Millis(i)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

func child(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	return cmd
}

// TestKilled kills a process that serves pages: none that it has acknowledged
// is lost.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	cmd := child(t, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var n int
		if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
			t.Fatalf("the process says %q", lines.Text())
		}
		acked = n
		if n == 500 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || acked < 500 {
		t.Fatalf("the process ended by %v after %d pages", err, acked)
	}
	s := open(t, dir, small(nil))
	defer closed(t, s)
	for i := 1; i <= acked; i++ {
		if !served(t, s, "u", day0+feed.Millis(i)) {
			t.Fatalf("page %d of %d was lost", i, acked)
		}
	}
}

func TestDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small(nil))
	defer closed(t, s)
	_, err := pebblestore.Open(dir, small(nil))
	unavailable(t, err)
	if !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %q does not say what is wrong", err)
	}
	said, err := child(t, dir).Output()
	if err == nil || !strings.Contains(string(said), "in use") {
		t.Errorf("a second process says %q, %v", said, err)
	}
	if err := put(s, 1); err != nil {
		t.Error(err)
	}
}

func TestDirectoryOfAnotherFormat(t *testing.T) {
	dir := t.TempDir()
	closed(t, open(t, dir, small(nil)))
	if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte("readnext store 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pebblestore.Open(dir, small(nil))
	if feed.KindOf(err) != feed.Invalid || !strings.Contains(err.Error(), "store 4") {
		t.Errorf("error %v; want an invalid one that names the format", err)
	}
	if err := os.Remove(filepath.Join(dir, "FORMAT")); err != nil {
		t.Fatal(err)
	}
	if _, err := pebblestore.Open(dir, small(nil)); feed.KindOf(err) != feed.Invalid {
		t.Errorf("error %v; want an invalid one", err)
	}
}

// TestDirectoryMoves opens a store where it was copied to.
func TestDirectoryMoves(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	s := open(t, from, small(nil))
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	s = open(t, to, small(nil))
	defer closed(t, s)
	if !has(t, s, 1) {
		t.Error("the article stayed behind")
	}
}

func TestConfig(t *testing.T) {
	for field, cfg := range map[string]pebblestore.Config{
		"cache_bytes":     {CacheBytes: -1},
		"memtable_bytes":  {MemTableBytes: 5},
		"cached_profiles": {CachedProfiles: -1},
		"profile_bytes":   {ProfileBytes: -1},
	} {
		_, err := pebblestore.Open(t.TempDir(), cfg)
		var e *feed.Error
		if !errors.As(err, &e) || e.Kind != feed.Invalid || e.Field != field {
			t.Errorf("error %v; want an invalid %s", err, field)
		}
	}
}

func TestMetrics(t *testing.T) {
	s := open(t, t.TempDir(), small(nil))
	defer closed(t, s)
	if err := serve(s, "u", day0); err != nil {
		t.Fatal(err)
	}
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	if m := s.Metrics(); m.CachedProfiles != 1 || m.ProfileBytes == 0 || m.Syncs == 0 || m.LastSync <= 0 || m.WALBytes == 0 || m.DiskBytes == 0 || m.Failure != nil {
		t.Errorf("metrics %+v", m)
	}
}
