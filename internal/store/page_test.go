package store_test

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// TestPageLeavesZerosOut has features at every place of a byte's bits.
func TestPageLeavesZerosOut(t *testing.T) {
	page := somePage
	page.Places = nil
	for n := range 20 {
		place := feed.Place{Article: feed.ArticleID(1 + n), Propensity: 1}
		for i := range n {
			place.Features = append(place.Features, float32(i%3)/8)
		}
		page.Places = append(page.Places, place)
	}
	b := encodePage(&page)
	got, err := store.DecodePage(b)
	if err != nil || !reflect.DeepEqual(got, &page) {
		t.Fatalf("%+v, %v; want %+v", got, err, page)
	}
	dense := page
	dense.Places = append([]feed.Place(nil), page.Places...)
	for i := range dense.Places {
		dense.Places[i].Features = append([]float32(nil), dense.Places[i].Features...)
		for j := range dense.Places[i].Features {
			dense.Places[i].Features[j]++
		}
	}
	if zeros, more := 70, len(encodePage(&dense))-len(b); more != 2*zeros {
		t.Errorf("without its %d zeros a page takes %d bytes less", zeros, more)
	}
}

// TestPagesOfFormat1 reads pages as they were written with all their zeros.
func TestPagesOfFormat1(t *testing.T) {
	b := []byte{1, 1, 5, 1, 'u', 3, 18, 10}
	b = binary.LittleEndian.AppendUint64(b, 1<<63)
	b = append(b, 1, 2, byte(feed.ArmFresh))
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(0.5))
	b = append(b, 3)
	for _, x := range []float32{0, 1, 0} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	want := &feed.Page{User: "u", Channel: 3, Stamp: 9, Older: 5, Nonce: 1 << 63, KeyID: 1, Model: 2, Places: []feed.Place{
		{Article: 5, Arm: feed.ArmFresh, Propensity: 0.5, Features: []float32{0, 1, 0}},
	}}
	if got, err := store.DecodePage(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if ids, err := store.AppendPageArticles(nil, b); err != nil || len(ids) != 1 || ids[0] != 5 {
		t.Errorf("articles %v, %v", ids, err)
	}
}

// TestPagesOfFormat2 reads pages as they were written with features of 4 bytes.
func TestPagesOfFormat2(t *testing.T) {
	b := []byte{2, 1, 5, 1, 'u', 3, 18, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, byte(feed.ArmFresh), 0, 0, 0, 0x3f, 3, 1 << 1, 0xcd, 0xcc, 0xcc, 0x3d}
	want := &feed.Page{User: "u", Channel: 3, Stamp: 9, Older: 5, KeyID: 1, Model: 2, Places: []feed.Place{
		{Article: 5, Arm: feed.ArmFresh, Propensity: 0.5, Features: []float32{0, 0.1, 0}},
	}}
	if got, err := store.DecodePage(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// TestFeaturesAreRounded to the nearest of 8 bits, once.
func TestFeaturesAreRounded(t *testing.T) {
	for _, c := range []struct{ is, kept float32 }{
		{1, 1}, {-0.5, -0.5}, {0.1, 0.10009765625}, {-0.1, -0.10009765625},
		{1 + 1.0/256, 1}, {1 + 3.0/256, 1 + 4.0/256}, {1 + 1.001/256, 1 + 2.0/256}, // ties go to even
		{float32(math.Inf(-1)), float32(math.Inf(-1))}, {1e-45, 0}, {math.Float32frombits(0x80000000), math.Float32frombits(0x80000000)},
		{math.Float32frombits(0x7f800001), math.Float32frombits(0x7fc00000)},
	} {
		page := somePage
		for range 2 {
			page.Places = []feed.Place{{Article: 5, Features: []float32{c.is}}}
			got, err := store.DecodePage(encodePage(&page))
			if err != nil || math.Float32bits(got.Places[0].Features[0]) != math.Float32bits(c.kept) {
				t.Errorf("%v is kept as %v, %v; want %v", c.is, got.Places[0].Features[0], err, c.kept)
			}
			c.is = c.kept
		}
	}
}

// TestPageHead is told apart from the page, and as good for what it holds.
func TestPageHead(t *testing.T) {
	for _, p := range []*feed.Page{&somePage, {User: "u", Channel: 1}} {
		b := encodePage(p)
		head, err := store.PageHead(b)
		if err != nil || len(head) >= len(b) {
			t.Errorf("the head is %d bytes of %d, %v", len(head), len(b), err)
		}
		if again, err := store.PageHead(head); err != nil || len(again) != len(head) {
			t.Errorf("the head of %x is %x, %v", head, again, err)
		}
		ids, err := store.AppendPageArticles(nil, head)
		if err != nil || len(ids) != len(p.Places) {
			t.Errorf("articles %v, %v", ids, err)
		}
		for i := range ids {
			if ids[i] != p.Places[i].Article {
				t.Errorf("article %d of the head is %d", i, ids[i])
			}
		}
		if _, err := store.PageHead(head[:len(head)-1]); feed.KindOf(err) != feed.Internal {
			t.Errorf("a head cut short: %v", err)
		}
	}
}

// TestFeaturesBeyondTheLast are bits of the last byte that stand for nothing.
func TestFeaturesBeyondTheLast(t *testing.T) {
	page := feed.Page{User: "u", Channel: 3, Stamp: 9, Places: []feed.Place{{Article: 5, Features: []float32{0, 0, 0}}}}
	b := encodePage(&page)
	b[len(b)-1] = 1 << 3
	if _, err := store.DecodePage(b); feed.KindOf(err) != feed.Internal {
		t.Errorf("%v; want an internal error", err)
	}
}
