package evaluate_test

import (
	"bytes"
	"runtime/pprof"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/feed"
	"readnext/internal/model/factor"
)

// TestCloseEndsFits closes an engine that has just begun a fit of some length.
func TestCloseEndsFits(t *testing.T) {
	const pairs = 1200
	e, err := evaluate.NewEngine(t.Context(), "readnext", engine.Config{
		Sources: []string{"factor"}, Models: engine.ModelsConfig{Factor: factor.Config{First: 2 * pairs}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Put(t.Context(), articles(pairs, begin-feed.Day)); err != nil {
		t.Fatal(err)
	}
	for _, user := range []feed.UserID{"u", "v"} {
		for i := range pairs {
			ev := feed.Event{User: user + feed.UserID(rune('a'+i%20)), Article: feed.ArticleID(1 + i), Action: feed.Click, Time: begin + feed.Millis(i)}
			if err := e.Learn(t.Context(), ev); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.Bytes(), []byte("factor.(*Model).start")) {
		t.Errorf("a fit goes on: %s", b.Bytes())
	}
}
