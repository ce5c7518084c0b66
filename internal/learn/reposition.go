package learn

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"readnext/internal/feed"
)

// SnapshotPosition returns the position that a snapshot says it covers.
func SnapshotPosition(r io.Reader) (feed.Position, error) {
	magic := make([]byte, len(snapshotMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != snapshotMagic {
		return "", errors.Join(errors.New("not a snapshot of this version"), err)
	}
	at, err := readSection(r, "position")
	return feed.Position(at), err
}

// Reposition returns a snapshot that says it covers another position: the one
// that a copy of the log, in another store, has after the same entry.
func Reposition(snapshot []byte, at feed.Position) ([]byte, error) {
	rest := bytes.NewReader(snapshot)
	if _, err := SnapshotPosition(rest); err != nil {
		return nil, err
	}
	var head pieces
	head.add([]byte(snapshotMagic))
	writeSection(&head, "position", []byte(at))
	return slices.Concat(head.whole(), snapshot[len(snapshot)-rest.Len():]), nil
}
