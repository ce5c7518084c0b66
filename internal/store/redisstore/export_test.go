package redisstore

import (
	"context"

	"readnext/internal/feed"
)

// AppendHalf writes signals and dies before they are ordered.
func (s *Store) AppendHalf(ctx context.Context, signals []feed.Signal, now feed.Millis) error {
	for i := range signals {
		sh := &share{partition: s.names.partitionOf(&signals[i]), signals: []int{i}}
		sh.call = s.appendCall(sh, signals, now)
		if err := s.writeShares(ctx, []*share{sh}); err != nil {
			return err
		}
	}
	return nil
}

// Repair orders what nobody ordered, now.
func (s *Store) Repair(ctx context.Context) error {
	last, err := s.lasts(ctx)
	if err != nil {
		return err
	}
	return s.repair(ctx, last)
}

// PublishHalf shares a snapshot and dies before it becomes the shared one, or,
// once it did, before the one before is dropped.
func (s *Store) PublishHalf(ctx context.Context, at feed.Position, snapshot []byte, becomes bool) error {
	if becomes {
		return s.PublishSlowly(ctx, at, snapshot, func() {})
	}
	_, err := s.writeCopy(ctx, at, snapshot)
	return err
}

// PublishSlowly has something happen between a copy's last chunk and its becoming
// the shared one, after which it drops nothing.
func (s *Store) PublishSlowly(ctx context.Context, at feed.Position, snapshot []byte, meanwhile func()) error {
	p, err := s.writeCopy(ctx, at, snapshot)
	if err != nil {
		return err
	}
	meanwhile()
	_, err = s.makeShared(ctx, p)
	return err
}

func (s *Store) writeCopy(ctx context.Context, at feed.Position, snapshot []byte) (published, error) {
	covers, err := parsePosition(at)
	if err != nil {
		return published{}, err
	}
	p := newCopy(covers, snapshot)
	return p, s.writeChunks(ctx, p, snapshot)
}

// SharedKeys are the keys of the shared snapshot and of all copies.
func (s *Store) SharedKeys() (shared, copies string) { return s.sharedKey(), s.copiesKey() }

// ChunkKey is a key of the shared snapshot's chunk.
func (s *Store) ChunkKey(ctx context.Context, n int) (string, error) {
	p, err := s.published(ctx)
	return s.chunkKey(p.name, n), err
}

// OrderKeys are the keys of the order.
func (s *Store) OrderKeys() []string { return []string{s.names.order, s.names.marks} }

// PartitionKey is a key of the partition that a reader is in.
func (s *Store) PartitionKey(user feed.UserID, rest string) string {
	return s.names.of(s.names.partition(user), rest)
}

// ReaderKey is a key of a reader.
func (s *Store) ReaderKey(kind string, user feed.UserID) string {
	return s.names.reader(s.names.partition(user), kind, user)
}

// Tags and Slot are how partitions are spread.
var (
	Tags = tags
	Slot = slot
)
