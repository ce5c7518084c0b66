package store_test

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// TestPagesOfFormatsBefore reads pages as they were written with features: all of 4
// bytes, those that are not 0 of 4, and of 2. Nothing keeps them any more.
func TestPagesOfFormatsBefore(t *testing.T) {
	want := &feed.Page{User: "u", Channel: 3, Stamp: 9, Older: 5, Nonce: 1 << 63, KeyID: 1, Model: 2, Places: []feed.Place{
		{Article: 5, Arm: feed.ArmFresh, Propensity: 0.5}, {Article: 6, Propensity: 0.5},
	}}
	for format, places := range [][]byte{
		1: slices.Concat(
			[]byte{byte(feed.ArmFresh), 0, 0, 0, 0x3f, 3, 0, 0, 0, 0, 0xcd, 0xcc, 0xcc, 0x3d, 0, 0, 0, 0},
			[]byte{0, 0, 0, 0, 0x3f, 0}),
		2: slices.Concat(
			[]byte{byte(feed.ArmFresh), 0, 0, 0, 0x3f, 3, 1 << 1, 0xcd, 0xcc, 0xcc, 0x3d},
			[]byte{0, 0, 0, 0, 0x3f, 9, 1 << 7, 0, 0, 0x80, 0x3f, 1, 0, 0, 0x80, 0x3f}),
		3: slices.Concat(
			[]byte{byte(feed.ArmFresh), 0, 0, 0, 0x3f, 3, 1<<1 | 1<<2, 0xcd, 0x3d, 0x80, 0x3f},
			[]byte{0, 0, 0, 0, 0x3f, 0}),
	} {
		if format == 0 {
			continue
		}
		b := []byte{byte(format), 2, 5, 6, 1, 'u', 3, 18, 10}
		b = binary.LittleEndian.AppendUint64(b, 1<<63)
		b = append(append(b, 1, 2), places...)
		if got, err := store.DecodePage(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("format %d: %+v, %v; want %+v", format, got, err, want)
		}
		if ids, err := store.AppendPageArticles(nil, b); err != nil || len(ids) != 2 || ids[0] != 5 || ids[1] != 6 {
			t.Errorf("format %d: articles %v, %v", format, ids, err)
		}
		for n := range b {
			if _, err := store.DecodePage(b[:n]); feed.KindOf(err) != feed.Internal {
				t.Errorf("format %d, cut to %d bytes: %v", format, n, err)
			}
		}
		if format > 1 {
			b[len(b)-len(places)+6] = 1<<1 | 1<<3 // 3 features, and a bit for the fourth
			if _, err := store.DecodePage(b); feed.KindOf(err) != feed.Internal {
				t.Errorf("format %d with a feature beyond the last: %v", format, err)
			}
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
