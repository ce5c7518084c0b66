package pebblestore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// database opens what is below a store.
func database(t *testing.T, fs vfs.FS) *pebble.DB {
	t.Helper()
	db, err := pebble.Open("/store/db", &pebble.Options{
		FS: fs, WALDir: pebble.MakeStoreRelativePath(fs, "wal"), FormatMajorVersion: pebble.FormatColumnarBlocks,
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// oldPage is a page of article 5 to reader u on channel 3, and its keys.
func oldPage() (key, time, value []byte, page *feed.Page) {
	page = &feed.Page{User: "u", Channel: 3, Stamp: day0, Places: []feed.Place{{Article: 5, Propensity: 0.5}}}
	key = binary.BigEndian.AppendUint32([]byte{'r', 1, 'u', 'p'}, 3)
	key = binary.BigEndian.AppendUint64(key, uint64(day0))
	time = append(binary.BigEndian.AppendUint64([]byte{'t'}, uint64(day0)), key...)
	value = []byte{2, 1, 5, 1, 'u', 3}
	value = binary.AppendVarint(value, int64(day0))
	value = append(value, make([]byte, 1+8+2)...) // older, nonce, key, model
	value = append(value, 0, 0, 0, 0, 0x3f, 2, 1<<1, 0xcd, 0xcc, 0xcc, 0x3d)
	return key, time, value, page
}

// layout1 makes a store with a page as it was kept then.
func layout1(t *testing.T) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewMem()
	closed(t, open(t, "/store", small(fs)))
	key, time, value, _ := oldPage()
	db := database(t, fs)
	must(t, db.Set(key, value, pebble.Sync), db.Set(time, nil, pebble.Sync), db.Close())
	mark(t, fs, "readnext store 1\n")
	return fs
}

// mark says of which layout a store is.
func mark(t *testing.T, fs vfs.FS, format string) {
	t.Helper()
	f, err := fs.Create("/store/FORMAT", vfs.WriteCategoryUnspecified)
	must(t, err)
	_, err = io.WriteString(f, format)
	must(t, err, f.Sync(), f.Close())
}

// keysOf is all that a closed store holds.
func keysOf(t *testing.T, fs vfs.FS) (keys [][]byte) {
	t.Helper()
	db := database(t, fs)
	it, err := db.NewIter(nil)
	must(t, err)
	for it.First(); it.Valid(); it.Next() {
		keys = append(keys, bytes.Clone(it.Key()))
	}
	must(t, it.Close(), db.Close())
	return keys
}

func facts(t *testing.T, s *pebblestore.Store) (pages []*feed.Page) {
	t.Helper()
	must(t, s.ReadFacts(t.Context(), "", func(f *store.Fact, _ string) error {
		pages = append(pages, f.Page)
		return nil
	}))
	return pages
}

func TestStoreOfLayout1(t *testing.T) {
	fs := layout1(t)
	for range 2 { // the second time it is of layout 3
		s := open(t, "/store", small(fs))
		_, _, _, want := oldPage()
		if got, err := s.PageAt(t.Context(), "u", 3, day0+5, 0); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("page %+v, %v; want %+v", got, err, want)
		}
		p, err := s.Profile(t.Context(), "u", day0)
		if err != nil || len(p.Served) != 1 || p.Served[0].Article != 5 || p.NewestStamp(3) != day0 {
			t.Errorf("profile %+v, %v", p, err)
		}
		if pages := facts(t, s); !reflect.DeepEqual(pages, []*feed.Page{want}) {
			t.Errorf("facts are the pages %v", pages)
		}
		closed(t, s)
	}
	f, err := fs.Open("/store/FORMAT")
	must(t, err)
	if line, err := io.ReadAll(f); err != nil || string(line) != "readnext store 3\n" {
		t.Errorf("FORMAT says %q, %v", line, err)
	}
	must(t, f.Close())
}

func TestPagesOfBothLayoutsGo(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(s *pebblestore.Store) error
	}{
		{"Prune", func(s *pebblestore.Store) error { _, err := s.Prune(t.Context(), day0+2); return err }},
		{"Forget", func(s *pebblestore.Store) error { _, err := s.Forget(t.Context(), "u"); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := layout1(t)
			s := open(t, "/store", small(fs))
			must(t, serve(s, "u", day0+1))
			if pages := facts(t, s); len(pages) != 2 || pages[0].Stamp != day0 || len(pages[1].Places) != 10 {
				t.Errorf("facts are the pages %v", pages)
			}
			must(t, c.end(s))
			if pages := facts(t, s); len(pages) != 0 {
				t.Errorf("pages %v are left", pages)
			}
			closed(t, s)
			for _, key := range keysOf(t, fs) {
				if key[0] != 'l' {
					t.Errorf("key %q is left", key)
				}
			}
		})
	}
}

// TestHeadAlone has the rest of a page gone, which nothing but damage does.
func TestHeadAlone(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, "/store", small(fs))
	must(t, serve(s, "u", day0))
	closed(t, s)
	db := database(t, fs)
	must(t, db.DeleteRange([]byte{'t'}, []byte{'u'}, pebble.Sync), db.Close())
	s = open(t, "/store", small(fs))
	defer closed(t, s)
	if _, err := s.PageAt(t.Context(), "u", 1, day0, 0); feed.KindOf(err) != feed.Internal {
		t.Errorf("error %v; want an internal one", err)
	}
}
