package redisstore_test

import (
	"slices"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
)

// TestForgetDamaged forgets readers whose keys hold what they should not: they are
// as if they had never been, and nobody else is touched.
func TestForgetDamaged(t *testing.T) {
	for what, damage := range map[string]func(t *testing.T, key string){
		"another type": func(t *testing.T, key string) { redis(t, "DEL", key); redis(t, "RPUSH", key, "x") },
		"a set's type": func(t *testing.T, key string) { redis(t, "DEL", key); redis(t, "ZADD", key, "1", "x") },
		"garbage":      func(t *testing.T, key string) { redis(t, "DEL", key); redis(t, "SET", key, strings.Repeat("\xff", 23)) },
		"a whole one":  func(t *testing.T, key string) { redis(t, "DEL", key); redis(t, "SET", key, strings.Repeat("\xee", 24)) },
		"a number":     func(t *testing.T, key string) { redis(t, "DEL", key); redis(t, "SET", key, strings.Repeat("9", 16)) },
	} {
		for _, kind := range []string{"r", "d", "k", "e", "s", "p"} {
			t.Run(what+" in "+kind, func(t *testing.T) {
				a, b := pair(t, shared.single.URL(), func(c *redisstore.Config) { c.Partitions = 1 })
				send(t, a, signal("u", "1", 1), signal("other", "1", 2), signal("u", "2", 3))
				p, err := a.Profile(t.Context(), "u", day0)
				must(t, err)
				must(t, a.PutPage(t.Context(), &feed.Page{User: "u", Channel: 1, Stamp: day0, Places: []feed.Place{{Article: 9, Propensity: 1}}}, p.Version))
				key := a.ReaderKey(kind, "u")
				damage(t, key)
				if _, err := b.Profile(t.Context(), "u", day0); err != nil && !strings.Contains(err.Error(), key) {
					t.Errorf("error %q, which does not name %s", err, key)
				}
				_, err = b.Forget(t.Context(), "u")
				must(t, err)
				if got, _ := entries(t, a, ""); !slices.Equal(got, []string{"other/2", "-u"}) {
					t.Errorf("log %v", got)
				}
				if left := redis(t, "KEYS", strings.SplitN(key, "{", 2)[0]+"*:u"); len(left) != 0 {
					t.Errorf("left %v", left)
				}
				fresh, err := a.Profile(t.Context(), "u", day0)
				must(t, err)
				if len(fresh.Acted)+len(fresh.Served)+len(fresh.Acts) != 0 || fresh.Version <= p.Version || fresh.Version > 1<<53 {
					t.Errorf("profile %+v, after that of version %d", fresh, p.Version)
				}
				must(t, a.PutPage(t.Context(), &feed.Page{User: "u", Channel: 1, Stamp: day0 + 1}, fresh.Version))
				if got, err := a.Profile(t.Context(), "other", day0); err != nil || len(got.Acted) != 1 {
					t.Errorf("the other reader's profile is %+v (%v)", got, err)
				}
			})
		}
	}
}
