package pebblestore

import (
	"context"
	"io"
)

// SaveSnapshot also syncs the log before the snapshot counts, so that no
// snapshot covers an entry that a power cut may take.
func (s *Store) SaveSnapshot(ctx context.Context, write func(io.Writer) error) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.snapshots.Save(write, func() error { return s.sync.wait(ctx) })
}

// LoadSnapshot is as the contract says. The call ends before snapshots are read:
// read makes calls of its own, which a Close that waits for this one would stop.
func (s *Store) LoadSnapshot(ctx context.Context, read func(io.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave()
	return s.snapshots.Load(ctx, read)
}

// DropSnapshots is as the contract says.
func (s *Store) DropSnapshots(ctx context.Context) error {
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.snapshots.Drop()
}
