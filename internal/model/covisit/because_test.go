package covisit_test

import (
	"testing"

	"readnext/internal/feed"
)

func TestBecause(t *testing.T) {
	w := newWorld(t, plain())
	for _, user := range []feed.UserID{"1", "2", "3"} {
		w.act(user, "a", t0, 1)
		w.act(user, "x", t0, 1)
	}
	w.act("4", "b", t0, 1)
	w.act("4", "x", t0, 1)
	w.act("5", "c", t0, 1)
	w.act("5", "y", t0, 1)
	query := func(names ...string) *feed.Query {
		q := &feed.Query{Now: t0}
		for _, name := range names {
			it := w.item(name)
			q.Acts = append(q.Acts, feed.ItemAct{Item: it, Value: 1, Act: feed.Act{Article: it.ID, Time: t0}})
		}
		return q
	}
	for _, tc := range []struct {
		past []string
		of   string
		want string // "" for nothing
	}{
		{[]string{"a", "b", "c"}, "x", "a"},
		{[]string{"b", "a", "c"}, "x", "a"}, // 3 at half the weight are more than 1
		{[]string{"b", "c"}, "x", "b"},
		{[]string{"a", "b", "c"}, "y", "c"},
		{[]string{"a", "b"}, "y", ""},
		{[]string{"a"}, "unknown", ""},
		{nil, "x", ""},
	} {
		q := query(tc.past...)
		from, ok := w.m.Because(q, w.item(tc.of).Ord)
		if ok != (tc.want != "") || ok && w.names[from] != tc.want {
			t.Errorf("%s after %v is because of %s, %v, not %q", tc.of, tc.past, w.names[from], ok, tc.want)
		}
		why, ok := w.m.Explain(q, w.item(tc.of), nil, nil)
		if ok != (tc.want != "") || ok && why != (feed.Reason{Kind: feed.ReasonFollows, Article: w.item(tc.want).ID}) {
			t.Errorf("%s after %v is explained by %+v, %v", tc.of, tc.past, why, ok)
		}
	}
	// What the reader disliked in the end speaks for nothing.
	q := query("a", "a")
	q.Acts[0].Value = -1
	if from, ok := w.m.Because(q, w.item("x").Ord); ok {
		t.Errorf("because of %s, which the reader disliked", w.names[from])
	}
}
