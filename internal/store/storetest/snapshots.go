package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"readnext/internal/feed"
)

var errRefused = errors.New("refused")

func (h *house) save(text string) {
	h.t.Helper()
	h.must(h.SaveSnapshot(h.ctx, func(w io.Writer) error {
		_, err := io.Copy(w, strings.NewReader(text))
		return err
	}))
}

// offered returns the snapshots that LoadSnapshot offers, until it accepts one.
func (h *house) offered(accept string) ([]string, error) {
	h.t.Helper()
	var all []string
	err := h.LoadSnapshot(h.ctx, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		all = append(all, string(b))
		if err == nil && string(b) != accept {
			err = errRefused
		}
		return err
	})
	return all, err
}

func (h *house) wantOffered(accept string, want ...string) {
	h.t.Helper()
	got, err := h.offered(accept)
	found := slices.Contains(want, accept)
	if !slices.Equal(got, want) || (err == nil) != found || (!found && feed.KindOf(err) != feed.NotFound) {
		h.t.Fatalf("offered %.40q (%v), want %.40q", got, err, want)
	}
}

func testSnapshots(h *house) {
	h.must(h.DropSnapshots(h.ctx))
	h.wantOffered("none")
	h.save("one")
	h.wantOffered("one", "one")
	h.save("two")
	h.save("three")
	h.wantOffered("none", "three", "two")
	h.wantOffered("two", "three", "two")
	h.wantOffered("three", "three")
	h.must(h.DropSnapshots(h.ctx))
	h.wantOffered("none", "three")
	h.save("")
	h.wantOffered("", "")
	big := strings.Repeat("0123456789abcdef", 1<<17)
	h.save(big)
	h.wantOffered(big, big)
	// A reader that refuses half-way is offered the next from its beginning.
	h.save("last")
	n := 0
	h.must(h.LoadSnapshot(h.ctx, func(r io.Reader) error {
		if n++; n == 1 {
			_, _ = io.ReadFull(r, make([]byte, 2))
			return errRefused
		}
		b, err := io.ReadAll(r)
		if !bytes.Equal(b, []byte(big)) {
			h.t.Errorf("second snapshot holds %d bytes", len(b))
		}
		return err
	}))
}

func testSnapshotsFailing(h *house) {
	for i := range 3 {
		err := h.SaveSnapshot(h.ctx, func(w io.Writer) error {
			if _, err := fmt.Fprint(w, "half"); err != nil {
				return err
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			h.t.Fatalf("error %v, want the writer's", err)
		}
		if i == 0 {
			h.wantOffered("none")
			h.save("one")
			h.save("two")
		}
		h.wantOffered("none", "two", "one")
	}
}
