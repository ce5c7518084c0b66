package move

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/store"
)

// snapshot takes the source's newest snapshot of the models along. Both logs are
// known to be equal by now, so its place is as far from the end in one as in
// the other.
func (m *mover) snapshot(ctx context.Context) error {
	body, at, err := m.newest(ctx)
	if err != nil || at == "" {
		return err
	}
	behind := uint64(0) // entries after it
	for p := at; ; {
		entries, next, err := m.from.ReadLog(ctx, p, entryChunk)
		if feed.KindOf(err) == feed.Invalid {
			return nil // nor could the source use it
		}
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		if len(entries) == 0 && next == p {
			break
		}
		behind += uint64(len(entries))
		p = next
	}
	if behind >= m.note.Entries {
		return nil // it covers nothing
	}
	to, err := m.positionAfter(ctx, m.note.Entries-behind)
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if body, err = learn.Reposition(body, to); err != nil {
		return err
	}
	if sharing, ok := m.to.(store.Sharing); ok {
		_, err = sharing.PublishSnapshot(ctx, to, to, body)
	} else {
		err = m.to.SaveSnapshot(ctx, func(w io.Writer) error {
			_, err := w.Write(body)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	m.report.Snapshot = len(body)
	return nil
}

// newest returns the newest snapshot that there is, and the position it covers;
// "" if there is none.
func (m *mover) newest(ctx context.Context) (body []byte, at feed.Position, err error) {
	read := func(r io.Reader) error {
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		covers, err := learn.SnapshotPosition(bytes.NewReader(b))
		if err == nil {
			body, at = b, covers
		}
		return err
	}
	// A shared store's snapshots of this machine may be of another one that was
	// at the same address.
	if sharing, ok := m.from.(store.Sharing); ok {
		err = sharing.LoadPublished(ctx, "", read)
	} else {
		err = m.from.LoadSnapshot(ctx, read)
	}
	if err != nil && feed.KindOf(err) != feed.NotFound {
		return nil, "", fmt.Errorf("source: %w", err)
	}
	return body, at, nil
}

// positionAfter is the target's position after n entries.
func (m *mover) positionAfter(ctx context.Context, n uint64) (feed.Position, error) {
	at := feed.Position("")
	for n > 0 {
		entries, next, err := m.to.ReadLog(ctx, at, int(min(n, entryChunk)))
		if err != nil {
			return "", err
		}
		if len(entries) == 0 && next == at {
			return "", feed.Errorf(feed.Internal, "the log ends %d entries too early", n)
		}
		n -= uint64(len(entries))
		at = next
	}
	return at, nil
}
