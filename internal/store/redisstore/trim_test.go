package redisstore_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
)

// publish shares a snapshot that covers a position.
func publish(t *testing.T, s *redisstore.Store, at, least feed.Position, text string) bool {
	t.Helper()
	ok, err := s.PublishSnapshot(t.Context(), at, least, []byte(text))
	must(t, err)
	return ok
}

func load(t *testing.T, s *redisstore.Store, have feed.Position) string {
	t.Helper()
	var text string
	err := s.LoadPublished(t.Context(), have, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		text = string(b)
		return err
	})
	if feed.KindOf(err) == feed.NotFound && err != nil {
		return "none"
	}
	must(t, err)
	return text
}

func TestShared(t *testing.T) {
	for name, url := range map[string]string{"single": shared.single.URL(), "cluster": shared.cluster.URL()} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, url, func(c *redisstore.Config) { c.PublishEvery = time.Hour })
			if got := load(t, b, ""); got != "none" {
				t.Fatalf("shared %q in an empty store", got)
			}
			var at []feed.Position
			for i := range 4 {
				at = append(at, send(t, a, signal("u", fmt.Sprint(i), 1)))
			}
			one := strings.Repeat("0123456789abcdef", 1<<17) + "1" // more than one chunk
			if !publish(t, a, at[1], "", one) {
				t.Fatal("the first was not published")
			}
			if got := load(t, b, ""); got != one {
				t.Fatalf("shared %.20q of %d bytes", got, len(got))
			}
			if got := load(t, b, at[1]); got != "none" {
				t.Fatalf("shared %.20q to one who has as much", got)
			}
			if publish(t, b, at[2], at[0], "two") || publish(t, b, at[0], at[0], "two") {
				t.Fatal("published twice in a period")
			}
			// A copy that names a forgotten reader does not wait for the period.
			if !publish(t, b, at[3], at[2], "three") || load(t, a, at[1]) != "three" {
				t.Fatalf("shared %.20q", load(t, a, at[1]))
			}
		})
	}
}

// TestOldCopiesGo looks for what is left in Redis.
func TestOldCopiesGo(t *testing.T) {
	a, _ := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.PublishEvery = time.Millisecond })
	for i := range 5 {
		at := send(t, a, signal("u", fmt.Sprint(i), 1))
		publish(t, a, at, at, strings.Repeat("x", 3<<20))
	}
	m, err := shared.single.Do(t.Context(), "KEYS", strings.SplitN(a.OrderKeys()[0], "{", 2)[0]+"*snapshot*")
	must(t, err)
	keys, err := m.AsStrSlice()
	must(t, err)
	if len(keys) != 3 {
		t.Fatalf("chunks %v, want the last copy's three", keys)
	}
}

func TestTrim(t *testing.T) {
	for name, url := range map[string]string{"single": shared.single.URL(), "cluster": shared.cluster.URL()} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, url, func(c *redisstore.Config) { c.PublishEvery, c.KeepEntries = time.Hour, 10 })
			_, _, err := a.PutArticles(t.Context(), []feed.Article{article(5), article(3), article(4)})
			must(t, err)
			_, _, err = a.WithdrawArticles(t.Context(), []feed.ArticleID{4})
			must(t, err)
			at := []feed.Position{}
			for i := range 40 {
				at = append(at, send(t, a, signal(feed.UserID(fmt.Sprint("u", i%7)), fmt.Sprint(i), feed.ArticleID(i+1))))
			}
			publish(t, a, at[19], at[19], "covers twenty")
			// The snapshot covers u5/20, entry 24 with the articles; that stays
			// as the proof that what follows is whole.
			for i, p := range at {
				got, err := read(b, t, p)
				if i < 19 {
					wantKind(t, err, feed.Invalid)
				} else if err != nil || got != 39-i {
					t.Fatalf("%d entries after write %d, %v", got, i, err)
				}
			}
			// Who has nothing gets the catalogue first.
			got, end := entries(t, b, "")
			want := []string{"a3", "a4", "a5"}
			for i := 19; i < 40; i++ {
				want = append(want, fmt.Sprintf("u%d/%d", i%7, i+1))
			}
			if !slices.Equal(got, want) || end != at[39] {
				t.Fatalf("log %v, want %v", got, want)
			}
			// A stretch that is not full ends where the log does, not where the
			// catalogue ends.
			if n, err := read(b, t, ""); err != nil || n != len(want) {
				t.Fatalf("%d entries of %d at once, %v", n, len(want), err)
			}
			// Forgetting works beside what was trimmed.
			_, err = b.Forget(t.Context(), "u1")
			must(t, err)
			got, _ = entries(t, a, at[19])
			if slices.Contains(got, "u1/23") || got[len(got)-1] != "-u1" {
				t.Fatalf("log %v", got)
			}
			if p, err := a.Profile(t.Context(), "u2", day0); err != nil || len(p.Acts) != 6 {
				t.Fatalf("profile %+v, %v; trimming the log is not forgetting", p, err)
			}
		})
	}
}

func read(s *redisstore.Store, t *testing.T, after feed.Position) (int, error) {
	es, _, err := s.ReadLog(t.Context(), after, 1000)
	return len(es), err
}

// TestTrimKeeps: a snapshot that covers everything leaves the latest entries.
func TestTrimKeeps(t *testing.T) {
	a, b := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.PublishEvery, c.KeepEntries = time.Millisecond, 10 })
	var at feed.Position
	for i := range 30 {
		at = send(t, a, signal("u", fmt.Sprint(i), feed.ArticleID(i+1)))
		publish(t, a, at, at, "all")
	}
	if got, _ := entries(t, b, ""); len(got) != 11 || got[10] != "u/30" {
		t.Fatalf("log %v", got)
	}
	// The reader's index of entries forgets what was trimmed.
	m, err := shared.single.Do(t.Context(), "STRLEN", a.ReaderKey("e", "u"))
	must(t, err)
	if n, err := m.AsInt64(); err != nil || n > 8*13 {
		t.Fatalf("the reader's entries take up %d bytes, %v", n, err)
	}
}
