package codec

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Head is how a model's snapshot begins: what it is, the version of its layout,
// and the settings that the state depends on.
type Head struct {
	Magic    string // 4 bytes
	Version  uint64
	Settings []float64
}

// ErrSettings is a snapshot of the same layout, made under other settings.
var ErrSettings = errors.New("the snapshot was made under other settings")

// Head writes h.
func (e *Encoder) Head(h Head) {
	e.String(h.Magic)
	e.Uint(h.Version)
	for _, v := range h.Settings {
		e.Float(v)
	}
}

// Head reads a head and returns an error, which it keeps as its first, unless
// it is want.
func (d *Decoder) Head(want Head) error {
	magic := make([]byte, len(want.Magic))
	if d.Bytes(magic); d.err == nil && string(magic) != want.Magic {
		d.Fail(ErrGarbled)
	}
	if v := d.Uint(math.MaxUint64); d.err == nil && v != want.Version {
		d.Fail(fmt.Errorf("the snapshot has version %d, not %d", v, want.Version))
	}
	got := make([]float64, len(want.Settings))
	for i := range got {
		got[i] = d.Float()
	}
	if d.err == nil && !slices.Equal(got, want.Settings) {
		d.Fail(ErrSettings)
	}
	return d.err
}
