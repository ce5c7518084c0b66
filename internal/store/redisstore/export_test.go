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
