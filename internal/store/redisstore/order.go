package redisstore

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/outage"
)

// span is what of a partition is to be ordered: the entries given are all those
// above from and up to upto.
type span struct{ partition, from, upto uint64 }

// gapChunk is how many missing entries are ordered at a time.
const gapChunk = 1000

// order puts entries into the order, in their sequence, and what is missing
// before them. Spans are of different partitions. It returns a place that covers
// all of it.
func (s *Store) order(ctx context.Context, spans []span, entries []reference) (place, error) {
	for {
		at, behind, err := s.tryOrder(ctx, spans, entries)
		if err != nil || len(behind) == 0 {
			return at, err
		}
		// Others may have died between their two steps, or be about to take
		// the second.
		for _, b := range behind {
			if err := s.fill(ctx, b.partition, b.from, b.upto); err != nil {
				return place{}, err
			}
		}
	}
}

// tryOrder returns the partitions that are behind, each with its mark and the
// id that has to be reached, and orders nothing if there are any.
func (s *Store) tryOrder(ctx context.Context, spans []span, entries []reference) (place, []span, error) {
	args := make([]string, 0, 2+3*len(spans)+2*len(entries))
	args = append(args, digits(uint64(rand.Uint32())), strconv.Itoa(len(spans)))
	for _, sp := range spans {
		args = append(args, digits(sp.partition), digits(sp.from), digits(sp.upto))
	}
	for _, e := range entries {
		args = append(args, strconv.Itoa(e.partition), digits(e.id))
	}
	parts, err := s.callOrder(ctx, args)
	for err == nil && len(parts) == 1 && parts[0] == "2" {
		if err = s.remark(ctx); err == nil {
			parts, err = s.callOrder(ctx, args)
		}
	}
	if err != nil {
		return place{}, nil, err
	}
	if len(parts) == 2 && parts[0] == "0" {
		at, err := parsePlace(parts[1])
		if err == nil {
			s.tail.reach(at)
			for _, sp := range spans {
				s.raise(int(sp.partition), sp.upto)
			}
		}
		return at, nil, err
	}
	var behind []span
	for i := 1; i+1 < len(parts); i += 2 {
		p, err := parseUint(parts[i])
		if err != nil {
			return place{}, nil, err
		}
		mark, err := parseUint(parts[i+1])
		if err != nil {
			return place{}, nil, err
		}
		for _, sp := range spans {
			if sp.partition == p {
				behind = append(behind, span{p, mark, sp.from})
			}
		}
	}
	if len(behind) == 0 {
		return place{}, nil, feed.Errorf(feed.Internal, "the order's script answered %q", parts)
	}
	return place{}, behind, nil
}

// callOrder calls the order's script. Whatever fails it is passing: what is to be
// ordered is written, and will be.
func (s *Store) callOrder(ctx context.Context, args []string) ([]string, error) {
	const doing = "ordering"
	r, err := s.write(ctx, call{&s.scripts.order, []string{s.names.order, s.names.marks}, args}, doing)
	if err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "what was written")
	}
	parts, err := r.AsStrSlice()
	return parts, failed(err, doing)
}

// fill orders a partition's entries above its mark, up to one.
func (s *Store) fill(ctx context.Context, partition, mark, upto uint64) error {
	for mark < upto {
		ids, err := s.entryIDs(ctx, int(partition), mark, upto)
		if err != nil {
			return err
		}
		sp := span{partition, mark, upto}
		if len(ids) == gapChunk {
			sp.upto = ids[len(ids)-1].id
		}
		_, behind, err := s.tryOrder(ctx, []span{sp}, ids)
		if err != nil {
			return err
		}
		if mark = sp.upto; len(behind) > 0 {
			mark = behind[0].from // the order lost its end meanwhile
		}
	}
	return nil
}

// entryIDs returns which entries of a partition there are above one id and up
// to another, at most gapChunk.
func (s *Store) entryIDs(ctx context.Context, partition int, above, upto uint64) ([]reference, error) {
	r := s.do(ctx, s.client.B().Xrange().Key(s.names.of(partition, "log")).
		Start(digits(above+1)).End(digits(upto)).Count(gapChunk).Build())
	entries, err := r.AsXRange()
	if err != nil && !rueidis.IsRedisNil(err) {
		return nil, failed(err, "reading the log")
	}
	ids := make([]reference, len(entries))
	for i := range entries {
		at, err := parsePlace(entries[i].ID)
		if err != nil {
			return nil, err
		}
		ids[i] = reference{partition, at.seq}
	}
	return ids, nil
}

// keepRepaired looks now and then for entries that nobody ordered. Without it,
// what a process wrote that died before the second step would wait for the next
// writer to the same partition.
func (s *Store) keepRepaired(ctx context.Context) {
	var seen []uint64
	repairing := outage.New(s.log, slog.LevelWarn, "looking for changes that were not ordered")
	for {
		t := time.NewTimer(s.cfg.RepairEvery/2 + rand.N(s.cfg.RepairEvery))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		last, err := s.lasts(ctx)
		if err == nil {
			err = s.repair(ctx, seen)
			seen = last
		}
		switch {
		case err == nil:
			repairing.Done()
		case ctx.Err() == nil:
			repairing.Failed(err)
		}
	}
}

// repair orders what is not ordered of the partitions' entries up to the given
// ids: those that were there when it was last looked, so that nobody is about to
// order them.
func (s *Store) repair(ctx context.Context, upto []uint64) error {
	marks, err := s.do(ctx, s.client.B().Hgetall().Key(s.names.marks).Build()).AsStrMap()
	if err != nil {
		return failed(err, "reading the marks")
	}
	for p, id := range upto {
		mark := uint64(0)
		if text := marks[strconv.Itoa(p)]; text != "" {
			if mark, err = parseUint(text); err != nil {
				return err
			}
		}
		if mark >= id {
			continue
		}
		if err := s.settle(ctx, p); err != nil {
			return err
		}
		if err := s.fill(ctx, uint64(p), mark, id); err != nil {
			return err
		}
	}
	return nil
}

// lasts reads the last id of every partition.
func (s *Store) lasts(ctx context.Context) ([]uint64, error) {
	var cs []rueidis.Completed
	for p := range s.names.tags {
		cs = append(cs, s.client.B().Hget().Key(s.names.of(p, "meta")).Field("last").Build())
	}
	last := make([]uint64, len(cs))
	for p, r := range s.doMulti(ctx, cs) {
		text, err := r.ToString()
		switch {
		case rueidis.IsRedisNil(err):
			continue
		case err != nil:
			return nil, failed(err, "reading the log's ends")
		}
		if last[p], err = parseUint(text); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// settle returns when what is in a partition is with as many replicas as
// durable means: nothing else may be ordered.
func (s *Store) settle(ctx context.Context, p int) error {
	if s.cfg.WaitReplicas == 0 {
		return nil
	}
	_, err := s.write(ctx, call{&s.scripts.touch, []string{s.names.of(p, "meta")}, nil}, "waiting for replicas")
	return err
}
