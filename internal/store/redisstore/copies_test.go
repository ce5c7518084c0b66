package redisstore_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"readnext/internal/store/redisstore"
)

// redis sends a command to the server that tests share.
func redis(t *testing.T, words ...string) []string {
	t.Helper()
	m, err := shared.single.Do(t.Context(), words...)
	must(t, err)
	if !m.IsArray() && !m.IsMap() {
		return nil
	}
	got, err := m.AsStrSlice()
	must(t, err)
	return got
}

// chunks are the keys of all chunks of a store.
func chunks(t *testing.T, s *redisstore.Store) []string {
	t.Helper()
	return redis(t, "KEYS", strings.SplitN(s.OrderKeys()[0], "{", 2)[0]+"*snapshot*")
}

// ages makes copies older than those that may still become the shared one.
func ages(t *testing.T, s *redisstore.Store) {
	t.Helper()
	_, copies := s.SharedKeys()
	for _, name := range redis(t, "HKEYS", copies) {
		redis(t, "HSET", copies, name, "2 1")
	}
}

// TestCopiesOfTheDeadGo has processes die before what they wrote is the shared
// snapshot, and before the one that was is dropped.
func TestCopiesOfTheDeadGo(t *testing.T) {
	a, b := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.PublishEvery = time.Millisecond })
	_, copies := a.SharedKeys()
	first := send(t, a, signal("u", "1", 1))
	publish(t, a, first, first, strings.Repeat("1", 3<<20))
	second := send(t, a, signal("u", "2", 1))
	must(t, a.PublishHalf(t.Context(), second, []byte(strings.Repeat("2", 2<<20)), true))
	if n := len(chunks(t, a)); n != 5 {
		t.Fatalf("%d chunks, want three of what was dropped and two of what is shared", n)
	}
	_, err := b.Prune(t.Context(), 1)
	must(t, err)
	if n := len(chunks(t, a)); n != 2 || load(t, b, first) == "none" {
		t.Fatalf("%d chunks, want the two that are shared", n)
	}

	third := send(t, a, signal("u", "3", 1))
	must(t, a.PublishHalf(t.Context(), third, []byte("3"), false))
	_, err = b.Prune(t.Context(), 1)
	must(t, err)
	if n := len(chunks(t, a)); n != 3 {
		t.Fatalf("%d chunks; the last may still become the shared one", n)
	}
	names := redis(t, "HKEYS", copies)
	if len(names) != 2 {
		t.Fatalf("copies %v, want the shared one and the last", names)
	}
	ages(t, a)
	_, err = b.Prune(t.Context(), 1)
	must(t, err)
	if n := len(chunks(t, a)); n != 2 || load(t, b, first) == "none" {
		t.Fatalf("%d chunks, want the two that are shared", n)
	}
	if n := len(redis(t, "HKEYS", copies)); n != 1 {
		t.Fatalf("%d copies are remembered, want one", n)
	}
}

// TestTooSlowACopyIsRefused has one given up before it becomes the shared one.
func TestTooSlowACopyIsRefused(t *testing.T) {
	a, b := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.PublishEvery = time.Millisecond })
	at := send(t, a, signal("u", "1", 1))
	must(t, a.PublishSlowly(t.Context(), at, []byte("slow"), func() {
		ages(t, a)
		_, err := b.Prune(t.Context(), 1)
		must(t, err)
	}))
	if got := load(t, b, ""); got != "none" {
		t.Fatalf("shared %q, whose chunks may be gone", got)
	}
	publish(t, b, at, at, "fast")
	if got := chunks(t, a); load(t, a, "") != "fast" || len(got) != 1 {
		t.Fatalf("chunks %v, want that of the second", got)
	}
}

// TestDamagedCopyIsNone damages the shared snapshot and what is said of it in many
// ways: it is as if there were none, the log says so, and the next one replaces it.
func TestDamagedCopyIsNone(t *testing.T) {
	var log bytes.Buffer
	a, _ := pair(t, shared.single.URL(), func(c *redisstore.Config) {
		c.PublishEvery, c.Logger = time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	})
	key, _ := a.SharedKeys()
	for what, damage := range map[string]func(chunk string){
		"a chunk's bytes":      func(chunk string) { redis(t, "SET", chunk, "garbage") },
		"a chunk's type":       func(chunk string) { redis(t, "DEL", chunk); redis(t, "HSET", chunk, "a", "b") },
		"a chunk gone":         func(chunk string) { redis(t, "DEL", chunk) },
		"another type":         func(string) { redis(t, "SET", key, "garbage") },
		"a place":              func(string) { redis(t, "HSET", key, "at", "99999-garbage") },
		"no number of chunks":  func(string) { redis(t, "HSET", key, "chunks", "garbage") },
		"too many chunks":      func(string) { redis(t, "HSET", key, "chunks", "18446744073709551615") },
		"chunks below nothing": func(string) { redis(t, "HSET", key, "chunks", "-1") },
		"a size":               func(string) { redis(t, "HSET", key, "size", "1") },
		"a sum":                func(string) { redis(t, "HSET", key, "sum", "99999999999999999999") },
	} {
		t.Run(what, func(t *testing.T) {
			at := send(t, a, signal("u", what, 1))
			if !publish(t, a, at, at, what) || load(t, a, "") != what {
				t.Fatal("a new one does not replace the damaged one before")
			}
			chunk, err := a.ChunkKey(t.Context(), 0)
			must(t, err)
			damage(chunk)
			log.Reset()
			if got := load(t, a, ""); got != "none" || !strings.Contains(log.String(), "level=WARN") {
				t.Fatalf("shared %q, and the log says %q", got, log.String())
			}
		})
	}
	at := send(t, a, signal("u", "last", 1))
	if !publish(t, a, at, at, "last") || load(t, a, "") != "last" {
		t.Errorf("at last %q is shared", load(t, a, ""))
	}
	// What nothing said to be dropped goes as what was never finished.
	ages(t, a)
	_, err := a.Prune(t.Context(), 1)
	must(t, err)
	if got := chunks(t, a); len(got) != 1 {
		t.Errorf("chunks %q, want the last one's", got)
	}
}

// TestCloseWhileASnapshotIsRead has read, which makes calls of its own, meet a
// Close that waits.
func TestCloseWhileASnapshotIsRead(t *testing.T) {
	for what, load := range map[string]func(*redisstore.Store, context.Context, func(io.Reader) error) error{
		"own": (*redisstore.Store).LoadSnapshot,
		"shared": func(s *redisstore.Store, ctx context.Context, read func(io.Reader) error) error {
			return s.LoadPublished(ctx, "", read)
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := open(t, shared.single.URL(), small(t))
			at := send(t, s, signal("u", "1", 1))
			publish(t, s, at, at, "shared")
			must(t, s.SaveSnapshot(t.Context(), func(w io.Writer) error { _, err := io.WriteString(w, "own"); return err }))
			read := make(chan error, 1)
			closed := make(chan error, 1)
			go func() {
				read <- load(s, t.Context(), func(io.Reader) error {
					go func() { closed <- s.Close() }()
					s.WaitLog(t.Context(), at) //nolint:errcheck // it ends when Close begins
					var err error
					for err == nil { // until Close is at it
						_, _, err = s.ReadLog(t.Context(), "", 1)
					}
					return nil
				})
			}()
			for _, c := range []chan error{read, closed} {
				select {
				case err := <-c:
					must(t, err)
				case <-time.After(20 * time.Second):
					t.Fatal("reading and closing wait for each other")
				}
			}
		})
	}
}
