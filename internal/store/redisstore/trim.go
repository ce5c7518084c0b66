package redisstore

import (
	"context"
	"slices"

	"github.com/redis/rueidis"
)

// trim drops from the log what the shared snapshot covers, which reaches to a
// place, but keeps so many entries as are configured: a process that was away
// for a while, or that fell behind, goes on from its own position and need not
// load the snapshot. The place itself stays in the order, where it proves that
// what follows is whole.
func (s *Store) trim(ctx context.Context, covered place) error {
	end, _ := s.tail.get()
	first, err := s.first(ctx)
	if err != nil || first == (place{}) {
		return err
	}
	keep := uint64(s.cfg.KeepEntries)
	if end.seq < keep {
		return nil
	}
	upto := min(covered.seq, end.seq-keep) // the first that stays
	if upto <= first.seq {
		return nil
	}
	drop, err := s.highest(ctx, first, upto)
	if err != nil {
		return err
	}
	// The order goes first: who reads it meanwhile sees that its position is
	// gone, and not entries that seem to be erased.
	if err := s.do(ctx, s.client.B().Xtrim().Key(s.names.order).Minid().Threshold(digits(upto)).Build()).Error(); err != nil {
		return failed(err, "trimming the order")
	}
	for p, id := range drop {
		if id == 0 {
			continue
		}
		_, err := s.write(ctx, call{&s.scripts.trim, []string{s.names.of(p, "log"), s.names.of(p, "meta")}, []string{digits(id)}}, "trimming the log")
		if err != nil {
			return err
		}
	}
	return nil
}

// first is the first place that the order holds.
func (s *Store) first(ctx context.Context) (place, error) {
	r := s.do(ctx, s.client.B().Xrange().Key(s.names.order).Start("-").End("+").Count(1).Build())
	entries, err := r.AsXRange()
	if err != nil && !rueidis.IsRedisNil(err) {
		return place{}, failed(err, "reading the order")
	}
	if len(entries) == 0 {
		return place{}, nil
	}
	return parsePlace(entries[0].ID)
}

// highest returns the highest entry of each partition that the order has before
// a sequence, 0 where it has none.
func (s *Store) highest(ctx context.Context, first place, before uint64) ([]uint64, error) {
	ids := make([]uint64, len(s.names.tags))
	note := func(r reference) error {
		if r.partition >= len(ids) {
			return s.noPartition(r)
		}
		ids[r.partition] = max(ids[r.partition], r.id)
		return nil
	}
	start := first.id()
	for {
		r := s.do(ctx, s.client.B().Xrange().Key(s.names.order).Start(start).End(digits(before-1)).Count(readChunk).Build())
		entries, err := r.AsXRange()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, failed(err, "reading the order")
		}
		for _, e := range entries {
			ref, err := s.referenceIn(e)
			if err == nil {
				err = note(ref)
			}
			if err != nil {
				return nil, err
			}
		}
		if len(entries) < readChunk {
			return slices.Clip(ids), nil
		}
		start = "(" + entries[len(entries)-1].ID
	}
}
