package codec_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"readnext/internal/codec"
)

func TestRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	e := codec.NewEncoder(&buf)
	e.String("magic")
	e.Uint(math.MaxUint64)
	e.Int(math.MinInt64)
	e.Bits(1 << 63)
	e.Float(math.Copysign(0, -1))
	e.Float32(math.MaxFloat32)
	e.Byte(7)
	e.Bytes([]byte{1, 2})
	e.Float(1.5)
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	whole := buf.Bytes()
	read := func(r io.Reader) error {
		d := codec.NewDecoder(r)
		magic, two := make([]byte, 5), make([]byte, 2)
		d.Bytes(magic)
		u, i, bits, zero, f32, b := d.Uint(math.MaxUint64), d.Int(), d.Bits(), d.Float(), d.Float32(), d.Byte()
		d.Bytes(two)
		count := d.Count()
		if d.Err() == nil && (string(magic) != "magic" || u != math.MaxUint64 || i != math.MinInt64 || bits != 1<<63 ||
			!math.Signbit(zero) || f32 != math.MaxFloat32 || b != 7 || two[1] != 2 || count != 1.5) {
			t.Error("what was read is not what was written")
		}
		return d.Err()
	}
	if err := read(bytes.NewReader(whole)); err != nil {
		t.Error(err)
	}
	if err := read(codec.NewBytes(whole)); err != nil {
		t.Error(err)
	}
	// Not an io.ByteReader: buffered.
	if err := read(io.MultiReader(bytes.NewReader(whole))); err != nil {
		t.Error(err)
	}
	for n := range whole {
		for _, r := range []io.Reader{bytes.NewReader(whole[:n]), codec.NewBytes(whole[:n])} {
			if err := read(r); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("cut after %d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
}

func TestGarbled(t *testing.T) {
	encode := func(write func(*codec.Encoder)) io.Reader {
		var buf bytes.Buffer
		e := codec.NewEncoder(&buf)
		write(e)
		e.Uint(5)
		if err := e.Flush(); err != nil {
			t.Fatal(err)
		}
		return &buf
	}
	for name, tc := range map[string]struct {
		write func(*codec.Encoder)
		read  func(*codec.Decoder)
	}{
		"over the limit": {func(e *codec.Encoder) { e.Uint(11) }, func(d *codec.Decoder) { d.Uint(10) }},
		"negative count": {func(e *codec.Encoder) { e.Float(-1) }, func(d *codec.Decoder) { d.Count() }},
		"no number":      {func(e *codec.Encoder) { e.Float(math.NaN()) }, func(d *codec.Decoder) { d.Count() }},
		"infinite count": {func(e *codec.Encoder) { e.Float(math.Inf(1)) }, func(d *codec.Decoder) { d.Count() }},
	} {
		d := codec.NewDecoder(encode(tc.write))
		tc.read(d)
		if !errors.Is(d.Err(), codec.ErrGarbled) {
			t.Errorf("%s: %v", name, d.Err())
		}
		if v := d.Uint(10); v != 0 {
			t.Errorf("%s: %d was read after the error", name, v)
		}
	}
}

func TestHead(t *testing.T) {
	head := codec.Head{Magic: "rnXX", Version: 3, Settings: []float64{1, 2.5}}
	var buf bytes.Buffer
	e := codec.NewEncoder(&buf)
	e.Head(head)
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	read := func(want codec.Head) error { return codec.NewDecoder(bytes.NewReader(buf.Bytes())).Head(want) }
	if err := read(head); err != nil {
		t.Error(err)
	}
	for _, tc := range []struct {
		want codec.Head
		err  error
	}{
		{codec.Head{Magic: "rnYY", Version: 3, Settings: head.Settings}, codec.ErrGarbled},
		{codec.Head{Magic: "rnXX", Version: 3, Settings: []float64{1, 2}}, codec.ErrSettings},
		{codec.Head{Magic: "rnXX", Version: 3, Settings: []float64{1, 2.5, 3}}, io.ErrUnexpectedEOF},
	} {
		if err := read(tc.want); !errors.Is(err, tc.err) {
			t.Errorf("%+v: %v, want %v", tc.want, err, tc.err)
		}
	}
	if err := read(codec.Head{Magic: "rnXX", Version: 4, Settings: head.Settings}); err == nil {
		t.Error("another version is read")
	}
}
