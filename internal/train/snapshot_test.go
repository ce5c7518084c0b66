package train_test

import (
	"bytes"
	"testing"

	"readnext/internal/train"
)

func TestSnapshot(t *testing.T) {
	cfg := train.Config{Readers: 5, Acts: 4, Pages: 6, Full: 20, Every: 3, Rate: 1}
	straight := newHouse(t, cfg)
	live(straight, 0, 400)
	for _, cut := range []int{0, 1, 17, 200, 399} {
		a, b := newHouse(t, cfg), newHouse(t, cfg)
		live(a, 0, cut)
		if err := b.ReadSnapshot(bytes.NewReader(image(t, a))); err != nil {
			t.Fatal(err)
		}
		live(b, cut, 400)
		if !bytes.Equal(image(t, b), image(t, straight)) {
			t.Errorf("cut at %d: another state", cut)
		}
	}
	other := newHouse(t, train.Config{Readers: 6})
	if other.ReadSnapshot(bytes.NewReader(image(t, straight))) == nil {
		t.Error("a snapshot of other settings is taken")
	}
}

func FuzzReadSnapshot(f *testing.F) {
	cfg := train.Config{Readers: 5, Acts: 4, Pages: 6}
	h := newHouse(f, cfg)
	f.Add(image(f, h))
	live(h, 0, 60)
	f.Add(image(f, h))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := newHouse(t, cfg)
		if h.ReadSnapshot(bytes.NewReader(b)) != nil {
			return
		}
		again := newHouse(t, cfg)
		if err := again.ReadSnapshot(bytes.NewReader(image(t, h))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(image(t, h), image(t, again)) {
			t.Fatal("a snapshot of what was read is not exact")
		}
	})
}
