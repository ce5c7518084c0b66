package redisstore

import (
	"encoding/binary"
	"strconv"
	"strings"

	"readnext/internal/feed"
)

// place is a place in the order: the zero one is before its beginning.
type place struct{ seq, nonce uint64 }

// id is a place as the order's stream has it.
func (p place) id() string {
	return strconv.FormatUint(p.seq, 10) + "-" + strconv.FormatUint(p.nonce, 10)
}

// position is a place as callers have it: 16 bytes, or none.
func (p place) position() feed.Position {
	if p == (place{}) {
		return ""
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], p.seq)
	binary.BigEndian.PutUint64(b[8:], p.nonce)
	return feed.Position(b[:])
}

func parsePosition(p feed.Position) (place, error) {
	switch len(p) {
	case 0:
		return place{}, nil
	case 16:
		b := []byte(p)
		return place{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, nil
	}
	return place{}, feed.Errorf(feed.Invalid, "position %q is not one of this store", string(p))
}

// midway is the position of a reader of a trimmed log, which begins with the
// catalogue as it is: the first place that the log still holds, then up to which
// article the catalogue was read.
func midway(first place, article feed.ArticleID) feed.Position {
	return first.position() + feed.Position(bigEndian(uint64(article)))
}

// parseMidway takes one apart; false if it is none.
func parseMidway(p feed.Position) (place, feed.ArticleID, bool) {
	if len(p) != 24 {
		return place{}, 0, false
	}
	first, err := parsePosition(p[:16])
	return first, feed.ArticleID(binary.BigEndian.Uint64([]byte(p[16:]))), err == nil
}

// parsePlace parses a stream id; "" is the zero place.
func parsePlace(id string) (place, error) {
	if id == "" {
		return place{}, nil
	}
	seq, nonce, _ := strings.Cut(id, "-")
	s, err := strconv.ParseUint(seq, 10, 64)
	n, err2 := strconv.ParseUint(nonce, 10, 64)
	if err != nil || err2 != nil {
		return place{}, feed.Errorf(feed.Internal, "stored stream id %q is none", id)
	}
	return place{s, n}, nil
}

// Covers compares sequences.
func (s *Store) Covers(at, want feed.Position) bool { return sequence(at) >= sequence(want) }

// sequence is up to which sequence a position's reader has read.
func sequence(p feed.Position) uint64 {
	if first, _, ok := parseMidway(p); ok {
		return first.seq - 1
	}
	at, _ := parsePosition(p)
	return at.seq
}

// reference is an order's entry: which entry of which partition.
type reference struct {
	partition int
	id        uint64
}

func parseReference(b string) (reference, error) {
	if len(b) != 10 {
		return reference{}, feed.Errorf(feed.Internal, "stored reference is %d bytes long, want 10", len(b))
	}
	return reference{int(binary.BigEndian.Uint16([]byte(b))), binary.BigEndian.Uint64([]byte(b[2:]))}, nil
}
