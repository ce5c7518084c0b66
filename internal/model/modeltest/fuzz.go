package modeltest

import (
	"bytes"
	"testing"
)

// Fuzz reads anything as a snapshot: it is refused, or the model goes on
// without harm.
func Fuzz(f *testing.F, fresh func() Model) {
	w := made(13, 150)
	f.Add(write(f, fresh()))
	f.Add(write(f, fold(fresh(), w.steps[:40])))
	f.Add(write(f, fold(fresh(), w.steps)))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := fresh()
		if m.ReadSnapshot(bytes.NewReader(b)) != nil {
			return
		}
		again := write(t, m)
		if got := write(t, read(t, fresh(), bytes.NewReader(again))); !bytes.Equal(got, again) {
			t.Fatal("a snapshot of what was read is not exact")
		}
		use(t, m, w)
	})
}
