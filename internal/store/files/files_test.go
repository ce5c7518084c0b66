package files_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"readnext/internal/feed"
	"readnext/internal/store/files"
)

func saying(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// TestWriteIsWholeOrNotThere cuts the power at several moments of a file's
// making.
func TestWriteIsWholeOrNotThere(t *testing.T) {
	fs := vfs.NewCrashableMem()
	if err := files.MakeDir(fs, "/a/b"); err != nil {
		t.Fatal(err)
	}
	after := func(when string) vfs.FS {
		t.Helper()
		crashed := fs.CrashClone(vfs.CrashCloneCfg{})
		if _, err := crashed.Stat("/a/b"); err != nil {
			t.Fatalf("%s: the directory is gone: %v", when, err)
		}
		return crashed
	}
	read := func(fs vfs.FS) string {
		f, err := fs.Open("/a/b/name")
		if err != nil {
			return err.Error()
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		return fmt.Sprint(string(b), err)
	}
	err := files.Write(fs, "/a/b", "name", saying("old"), func() error {
		if _, err := after("before it is there").Stat("/a/b/name"); err == nil {
			t.Error("a file is there before it may be")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(after("once it was written")); got != "old<nil>" {
		t.Errorf("after a power cut the file says %q", got)
	}
	refused := errors.New("refused")
	for _, tc := range []struct {
		write func(io.Writer) error
		ready func() error
	}{
		{func(w io.Writer) error { return errors.Join(saying("half")(w), refused) }, nil},
		{saying("new"), func() error { return refused }},
	} {
		if err := files.Write(fs, "/a/b", "name", tc.write, tc.ready); !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
		if got := read(fs); got != "old<nil>" {
			t.Errorf("after a write that failed the file says %q", got)
		}
		if names, err := fs.List("/a/b"); err != nil || len(names) != 1 {
			t.Errorf("after a write that failed the directory has %v (%v)", names, err)
		}
	}
}

// TestSnapshotsComeNewestFirst keeps two, and falls back to the older one.
func TestSnapshotsComeNewestFirst(t *testing.T) {
	fs := vfs.NewMem()
	if err := files.MakeDir(fs, "/s"); err != nil {
		t.Fatal(err)
	}
	for _, stray := range []string{"0000000000000009.snapshot.tmp", "x.snapshot", "7.snapshot"} {
		f, err := fs.Create("/s/"+stray, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	s, err := files.OpenSnapshots(fs, "/s")
	if err != nil {
		t.Fatal(err)
	}
	load := func(refuse int) (got []string, err error) {
		err = s.Load(t.Context(), func(r io.Reader) error {
			b, err := io.ReadAll(r)
			got = append(got, string(b))
			if len(got) <= refuse {
				return errors.New("unreadable")
			}
			return err
		})
		return got, err
	}
	if got, err := load(0); feed.KindOf(err) != feed.NotFound || got != nil {
		t.Errorf("of none %q (%v)", got, err)
	}
	for i := range 4 {
		if err := s.Save(saying(fmt.Sprint(i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	for refuse, want := range []string{"[3]", "[3 2]", "[3 2]"} {
		got, err := load(refuse)
		if fmt.Sprint(got) != want || (feed.KindOf(err) == feed.NotFound) != (refuse == 2) {
			t.Errorf("with %d refused: %q (%v); want %s", refuse, got, err, want)
		}
	}
	refused := errors.New("refused")
	if err := s.Save(func(io.Writer) error { return refused }, nil); err != refused {
		t.Errorf("an error of write came back as %v", err)
	}
	if err := s.Drop(); err != nil {
		t.Fatal(err)
	}
	if got, err := load(1); fmt.Sprint(got) != "[3]" || feed.KindOf(err) != feed.NotFound {
		t.Errorf("after dropping all but the newest: %q (%v)", got, err)
	}
}

// TestSnapshotOfTheLastNumber has a file put there after which none can come: it is
// told, and nothing is saved that would count as the oldest.
func TestSnapshotOfTheLastNumber(t *testing.T) {
	fs := vfs.NewMem()
	s, err := files.OpenSnapshots(fs, "/s")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(saying("one"), nil); err != nil {
		t.Fatal(err)
	}
	const last = "/s/ffffffffffffffff.snapshot"
	f, err := fs.Create(last, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	err = s.Save(saying("two"), nil)
	if names, _ := fs.List("/s"); err == nil || !strings.Contains(err.Error(), last) || len(names) != 2 {
		t.Errorf("error %v, and the directory has %v", err, names)
	}
	if err := fs.Remove(last); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(saying("two"), nil); err != nil {
		t.Fatal(err)
	}
	var got []byte
	err = s.Load(t.Context(), func(r io.Reader) (err error) { got, err = io.ReadAll(r); return err })
	if string(got) != "two" || err != nil {
		t.Errorf("%q (%v) after the file was removed", got, err)
	}
}
