package redisstore_test

import (
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
	for _, name := range names { // an hour and more ago
		redis(t, "HSET", copies, name, "2 1")
	}
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
	_, copies := a.SharedKeys()
	must(t, a.PublishSlowly(t.Context(), at, []byte("slow"), func() {
		for _, name := range redis(t, "HKEYS", copies) {
			redis(t, "HSET", copies, name, "1 1")
		}
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
