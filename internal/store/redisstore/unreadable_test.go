package redisstore_test

import (
	"slices"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
)

// TestUnreadableEntryIsNamed has entries and references that cannot be understood:
// the log stops there for everybody, says where, and goes on without what was
// removed.
func TestUnreadableEntryIsNamed(t *testing.T) {
	a, b := pair(t, shared.single.URL(), same)
	send(t, a, signal("u", "1", 1))
	send(t, a, signal("u", "2", 2))
	end := send(t, a, signal("u", "3", 3))
	log := a.PartitionKey("u", "log")
	all, err := shared.single.Do(t.Context(), "XRANGE", log, "-", "+")
	must(t, err)
	stored, err := all.AsXRange()
	must(t, err)
	second := stored[1].ID
	// Written anew, at the place of the second: streams take nothing back.
	m, err := shared.single.Do(t.Context(), "EVAL", `
		local all = redis.call('XRANGE', KEYS[1], '-', '+')
		redis.call('DEL', KEYS[1])
		for i, e in ipairs(all) do
			local value = e[2][2]
			if i == 2 then value = ARGV[1] .. string.sub(value, 2) end
			redis.call('XADD', KEYS[1], e[1], 'e', value)
		end
		return #all`, "1", log, "\x63")
	must(t, err)
	if n, err := m.AsInt64(); n != 3 || err != nil {
		t.Fatalf("%d entries (%v), want 3", n, err)
	}
	for _, s := range []*redisstore.Store{a, b} {
		_, _, err := s.ReadLog(t.Context(), "", 10)
		wantKind(t, err, feed.Internal)
		for _, want := range []string{second, log, "format 99", "too old"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q, which does not say %q", err, want)
			}
		}
	}
	redis(t, "XDEL", log, second)
	if got, at := entries(t, b, ""); !slices.Equal(got, []string{"u/1", "u/3"}) || at != end {
		t.Fatalf("log %v after the entry was removed", got)
	}

	order := a.OrderKeys()[0]
	redis(t, "XADD", order, "4-7", "r", "garbage")
	_, _, err = b.ReadLog(t.Context(), end, 10)
	wantKind(t, err, feed.Internal)
	if !strings.Contains(err.Error(), "entry 4-7 of "+order) {
		t.Errorf("error %q, which does not say where", err)
	}
}
