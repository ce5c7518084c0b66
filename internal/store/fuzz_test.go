package store_test

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
)

var (
	someArticle = feed.Article{
		ID: 1 << 62, Channels: []feed.ChannelID{1, math.MaxInt32}, Published: -1, Expires: 1 << 50, Title: "title ü", URL: "u",
		Author: "a", Tags: []string{"", "t"}, Language: "de", Embedding: []float32{1, -0.5}, Boost: 0.1, Withdrawn: true,
	}
	somePage = feed.Page{User: "u", Channel: 3, Stamp: 9, Older: 5, Nonce: 1 << 63, KeyID: 1, Model: math.MaxUint32, Places: []feed.Place{
		{Article: 5, Arm: 1, Propensity: 0.5}, {Article: math.MaxInt64, Propensity: 1},
	}}
	someSignal = feed.Signal{User: "u", Key: feed.KeyOf("k"), Events: []feed.Event{
		{User: "u", Article: 7, Action: feed.Read, Time: 1, Channel: 2, ReadTime: 3},
		{User: "u", Article: 8, Action: feed.Click, Time: -1, Cause: &feed.Cause{Stamp: 4, Position: 65535, Arm: 2, Propensity: 0.25, Model: 6, Nonce: 1 << 63}},
	}}
	mixedSignal = feed.Signal{User: "u", Events: []feed.Event{{User: "v", Article: 7, Action: feed.Read}}}
	someActs    = []feed.Act{{Article: 1, Action: feed.Share, Time: 2, Channel: 3, ReadTime: 4}, {Article: math.MaxInt64, Action: 255, Time: math.MinInt64}}
	someKey     = feed.SigningKey{ID: 9, Secret: [32]byte{1, 2, 31: 3}, Created: 77}
)

func entries() []feed.Entry {
	return []feed.Entry{{Article: &someArticle}, {Withdrawn: 4}, {Signal: &someSignal}, {Signal: &mixedSignal}, {Signal: &feed.Signal{}}, {Forgotten: "u"}}
}

// seed adds an encoding, what it becomes when cut or changed, and garbage.
func seed(f *testing.F, encodings ...[]byte) {
	for _, b := range encodings {
		f.Add(b)
		f.Add(b[:len(b)/2])
		f.Add(append(bytes.Clone(b), 0))
		f.Add(append([]byte{b[0] + 1}, b[1:]...))
	}
	f.Add([]byte{})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
}

// fuzz decodes anything: it fails as an internal error or gives a value whose
// encoding decodes to the same.
func fuzz[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) []byte) {
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(b)
		if err != nil {
			if feed.KindOf(err) != feed.Internal || err.Error() == "" {
				t.Fatalf("error %q of kind %v", err, feed.KindOf(err))
			}
			return
		}
		one := encode(v)
		again, err := decode(one)
		if err != nil {
			t.Fatalf("%x decodes, but its encoding %x does not: %v", b, one, err)
		}
		// Encodings compare where values do not: NaN is not NaN.
		if two := encode(again); !bytes.Equal(one, two) {
			t.Fatalf("%x encodes as %x, then as %x", b, one, two)
		}
	})
}

func encodeArticle(a *feed.Article) []byte { return store.AppendArticle(nil, a) }
func encodePage(p *feed.Page) []byte       { return store.AppendPage(nil, p) }
func encodeEntry(e feed.Entry) []byte      { return store.AppendEntry(nil, &e) }
func encodeActs(as []feed.Act) []byte      { return store.AppendActs(nil, as...) }
func encodeKey(k feed.SigningKey) []byte   { return store.AppendSigningKey(nil, &k) }

func decodeActs(b []byte) ([]feed.Act, error) { return store.DecodeActs(nil, b) }

func FuzzDecodeArticle(f *testing.F) {
	seed(f, encodeArticle(&someArticle), encodeArticle(&feed.Article{}))
	fuzz(f, store.DecodeArticle, encodeArticle)
}

func FuzzDecodePage(f *testing.F) {
	seed(f, encodePage(&somePage), encodePage(&feed.Page{}))
	fuzz(f, func(b []byte) (*feed.Page, error) {
		p, err := store.DecodePage(b)
		if err != nil {
			return nil, err
		}
		ids, err := store.AppendPageArticles(nil, b)
		if err != nil || len(ids) != len(p.Places) {
			f.Fatalf("%d places, %d ids, %v", len(p.Places), len(ids), err)
		}
		for i, id := range ids {
			if p.Places[i].Article != id {
				f.Fatalf("place %d is of %d, its id %d", i, p.Places[i].Article, id)
			}
		}
		return p, nil
	}, encodePage)
}

func FuzzPageArticles(f *testing.F) {
	seed(f, encodePage(&somePage), encodePage(&feed.Page{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		ids, err := store.AppendPageArticles(nil, b)
		if err == nil && len(ids) > len(b) {
			t.Fatalf("%d ids of %d bytes", len(ids), len(b))
		}
	})
}

func FuzzDecodeEntry(f *testing.F) {
	for _, e := range entries() {
		seed(f, encodeEntry(e))
	}
	fuzz(f, store.DecodeEntry, encodeEntry)
}

// TestOldEntries decodes one that was written before causes had nonces.
func TestOldEntries(t *testing.T) {
	ev := feed.Event{User: "u", Article: 8, Action: feed.Click, Time: 5, Cause: &feed.Cause{Stamp: 4, Position: 3, Propensity: 1, Model: 6}}
	want := feed.Entry{Signal: &feed.Signal{User: "u", Events: []feed.Event{ev}}}
	b := encodeEntry(want)
	old := append([]byte{1}, b[1:len(b)-8]...)
	if got, err := store.DecodeEntry(old); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%x decodes as %+v, %v", old, got, err)
	}
	for _, format := range []byte{0, 3} {
		if _, err := store.DecodeEntry(append([]byte{format}, b[1:]...)); feed.KindOf(err) != feed.Internal {
			t.Errorf("format %d: %v", format, err)
		}
	}
}

func FuzzDecodeActs(f *testing.F) {
	seed(f, encodeActs(someActs), encodeActs(nil))
	fuzz(f, decodeActs, encodeActs)
}

func FuzzDecodeSigningKey(f *testing.F) {
	seed(f, encodeKey(someKey))
	fuzz(f, store.DecodeSigningKey, encodeKey)
}

func TestRoundTrip(t *testing.T) {
	same(t, &someArticle, encodeArticle, store.DecodeArticle)
	same(t, &somePage, encodePage, store.DecodePage)
	same(t, someActs, encodeActs, decodeActs)
	same(t, someKey, encodeKey, store.DecodeSigningKey)
	for _, e := range entries() {
		same(t, e, encodeEntry, store.DecodeEntry)
	}
}

func same[T any](t *testing.T, v T, encode func(T) []byte, decode func([]byte) (T, error)) {
	t.Helper()
	b := encode(v)
	got, err := decode(b)
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%+v decodes as %+v, %v", v, got, err)
	}
	clear(b) // what was decoded shares no memory with b
	if !reflect.DeepEqual(got, v) {
		t.Errorf("%+v changed with the bytes it was decoded from", got)
	}
	for n := range encode(v) {
		if _, err := decode(encode(v)[:n]); err == nil && n != 1 {
			// Acts have no count: they may end after any one of them.
			if _, acts := any(v).([]feed.Act); !acts {
				t.Errorf("%T cut to %d bytes decodes", v, n)
			}
		}
	}
}

// TestGarbageAllocatesLittle decodes counts that nothing follows.
func TestGarbageAllocatesLittle(t *testing.T) {
	huge := []byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f}
	for _, b := range [][]byte{huge, append([]byte{1, 3, 1, 0, 1}, huge...), append([]byte{1, 0, 1}, huge...)} {
		n := testing.AllocsPerRun(10, func() {
			_, _ = store.DecodePage(b)
			_, _ = store.DecodeEntry(b)
			_, _ = store.DecodeArticle(b)
			_, _ = store.DecodeActs(nil, b)
		})
		if n > 40 {
			t.Errorf("decoding %x allocates %v times", b, n)
		}
	}
}
