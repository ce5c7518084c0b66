package redisstore

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// readChunk bounds how many references are read at a time.
const readChunk = 1000

// ReadLog is as the contract says. A log that was trimmed begins with the
// catalogue as it is: whoever has no snapshot knows all articles nonetheless.
func (s *Store) ReadLog(ctx context.Context, after feed.Position, max int) ([]feed.Entry, feed.Position, error) {
	if err := s.enter(ctx); err != nil {
		return nil, after, err
	}
	defer s.leave()
	if first, article, ok := parseMidway(after); ok {
		return s.readMidway(ctx, first, article, max)
	}
	at, err := parsePosition(after)
	if err != nil || max <= 0 {
		return nil, after, err
	}
	if at == (place{}) {
		first, err := s.first(ctx)
		if err != nil || first == (place{}) {
			return nil, after, err
		}
		if first.seq > 1 {
			return s.readMidway(ctx, first, 0, max)
		}
		return s.readOrder(ctx, at, first.id(), max)
	}
	return s.readOrder(ctx, at, "", max)
}

// readMidway reads the catalogue after an article, and what the log still holds
// after the catalogue.
func (s *Store) readMidway(ctx context.Context, first place, after feed.ArticleID, max int) ([]feed.Entry, feed.Position, error) {
	at := midway(first, after)
	articles, err := s.listArticles(ctx, after, max)
	if err != nil {
		return nil, at, err
	}
	entries := make([]feed.Entry, len(articles))
	for i := range articles {
		entries[i].Article = &articles[i]
	}
	if len(articles) < max {
		rest, next, err := s.readOrder(ctx, place{}, first.id(), max-len(articles))
		if err != nil {
			return nil, at, err
		}
		return append(entries, rest...), next, nil
	}
	// Else what follows could lack what was trimmed meanwhile.
	if _, _, err := s.references(ctx, first, "", 1); err != nil {
		return nil, at, err
	}
	return entries, midway(first, articles[len(articles)-1].ID), nil
}

// readOrder reads entries after a place, or, if there is none, from one that has
// to be the order's first.
func (s *Store) readOrder(ctx context.Context, at place, from string, max int) ([]feed.Entry, feed.Position, error) {
	after := at.position()
	var all []feed.Entry
	for {
		n := min(max-len(all), readChunk)
		refs, next, err := s.references(ctx, at, from, n)
		if err != nil {
			return nil, after, err
		}
		entries, err := s.entries(ctx, refs)
		if err != nil {
			return nil, after, err
		}
		if len(entries) < len(refs) {
			// They were erased, unless they were trimmed after the references
			// were read; then these are gone too.
			if _, _, err := s.references(ctx, at, from, 1); err != nil {
				return nil, after, err
			}
		}
		all = append(all, entries...)
		at, from = next, ""
		if len(refs) == 0 || len(all) == max || (len(refs) < n && len(all) > 0) {
			return all, at.position(), nil
		}
	}
}

// references reads what the order holds after a place, and the place of the last;
// without a place, from one on that has to be there.
func (s *Store) references(ctx context.Context, after place, from string, max int) ([]reference, place, error) {
	start, count := "-", int64(max)
	if from != "" {
		start = from
	}
	if after != (place{}) {
		start, count = after.id(), count+1 // the place itself proves that it is there
	}
	r := s.do(ctx, s.client.B().Xrange().Key(s.names.order).Start(start).End("+").Count(count).Build())
	entries, err := r.AsXRange()
	if err != nil && !rueidis.IsRedisNil(err) {
		return nil, after, failed(err, "reading the order")
	}
	if from != "" && (len(entries) == 0 || entries[0].ID != from) {
		return nil, after, lost(from)
	}
	if after != (place{}) {
		if len(entries) == 0 || entries[0].ID != after.id() {
			return nil, after, lost(after.id())
		}
		entries = entries[1:]
	}
	refs := make([]reference, len(entries))
	for i := range entries {
		if refs[i], err = s.referenceIn(entries[i]); err != nil {
			return nil, after, err
		}
		s.note(refs[i])
	}
	if n := len(entries); n > 0 {
		if after, err = parsePlace(entries[n-1].ID); err != nil {
			return nil, after, err
		}
		s.tail.reach(after)
	}
	return refs, after, nil
}

// entryName says where an entry is, in the words of Redis.
func (s *Store) entryName(r reference) string {
	return fmt.Sprintf("entry %d-0 of %s (partition %d)", r.id, s.names.of(r.partition, "log"), r.partition)
}

func (s *Store) noPartition(r reference) error {
	return feed.Errorf(feed.Internal, "%s refers to entry %d-0 of partition %d, of %d", s.names.order, r.id, r.partition, len(s.names.tags))
}

// referenceIn takes the reference out of an entry of the order.
func (s *Store) referenceIn(e rueidis.XRangeEntry) (reference, error) {
	ref, err := parseReference(e.FieldValues["r"])
	if err != nil {
		return ref, feed.Wrap(feed.Internal, err, "entry "+e.ID+" of "+s.names.order)
	}
	return ref, nil
}

func lost(id string) error {
	return feed.Errorf(feed.Invalid, "position %s is not in the log: it was trimmed, or lost when a server took over", id)
}

// entries reads what references refer to, in their order; erased ones are left
// out. A partition's are read in one range: the order has them without gaps.
func (s *Store) entries(ctx context.Context, refs []reference) ([]feed.Entry, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	ranges := map[int]*span{}
	var parts []int
	for _, r := range refs {
		sp := ranges[r.partition]
		if sp == nil {
			if r.partition >= len(s.floors) {
				return nil, s.noPartition(r)
			}
			sp = &span{uint64(r.partition), r.id, r.id}
			ranges[r.partition] = sp
			parts = append(parts, r.partition)
		}
		sp.upto = r.id
	}
	cs := make([]rueidis.Completed, len(parts))
	for i, p := range parts {
		cs[i] = s.client.B().Xrange().Key(s.names.of(p, "log")).Start(digits(ranges[p].from)).End(digits(ranges[p].upto)).Build()
	}
	found := make(map[reference]string, len(refs))
	for i, r := range s.doMulti(ctx, cs) {
		entries, err := r.AsXRange()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, failed(err, "reading the log")
		}
		for j := range entries {
			at, err := parsePlace(entries[j].ID)
			if err != nil {
				return nil, err
			}
			found[reference{parts[i], at.seq}] = entries[j].FieldValues["e"]
		}
	}
	out := make([]feed.Entry, 0, len(refs))
	for _, r := range refs {
		if b, ok := found[r]; ok {
			e, err := store.DecodeEntry([]byte(b))
			if err != nil {
				// Nobody may go on without it: others may be able to read it.
				return nil, feed.Wrap(feed.Internal, err, s.entryName(r))
			}
			out = append(out, e)
		}
	}
	return out, nil
}
