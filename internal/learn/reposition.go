package learn

import (
	"bytes"
	"errors"
	"io"

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
	head := newPieces(false)
	head.add([]byte(snapshotMagic))
	writeSection(head, "position", []byte(at))
	head.end(nil)
	var b bytes.Buffer
	err := head.writeTo(&b)
	b.Write(snapshot[len(snapshot)-rest.Len():])
	return b.Bytes(), err
}
