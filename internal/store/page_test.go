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
			place.Features = append(place.Features, float32(i%3)/7)
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
	if zeros, more := 70, len(encodePage(&dense))-len(b); more != 4*zeros {
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

// TestFeaturesBeyondTheLast are bits of the last byte that stand for nothing.
func TestFeaturesBeyondTheLast(t *testing.T) {
	page := feed.Page{User: "u", Channel: 3, Stamp: 9, Places: []feed.Place{{Article: 5, Features: []float32{0, 0, 0}}}}
	b := encodePage(&page)
	b[len(b)-1] = 1 << 3
	if _, err := store.DecodePage(b); feed.KindOf(err) != feed.Internal {
		t.Errorf("%v; want an internal error", err)
	}
}
